-- A record as a table with a known state; nil where the text is no record.
local function decode_record(text)
    local ok, record = pcall(cjson.decode, text or '')
    if ok and type(record) == 'table' and type(record.state) == 'string' then
        return record
    end
    return nil
end

local lanes_by_letter = {c = 'critical', h = 'high', n = 'normal', l = 'low'}

-- Lane and entry id of "n/1732-0"; nil where the record names none.
local function place_of(record)
    if type(record.at) ~= 'string' then
        return nil
    end
    local letter, id = string.match(record.at, '^(%l)/(%d+%-%d+)$')
    local named = lanes_by_letter[letter or '']
    return named, named and id
end
