-- A record as a table with a known state; nil where the text is no record.
local function decode_record(text)
    local ok, record = pcall(cjson.decode, text or '')
    if ok and type(record) == 'table' and type(record.state) == 'string' then
        return record
    end
    return nil
end

-- Lane and entry id of "normal/1732-0".
local function place_of(record)
    if type(record.at) ~= 'string' then
        return nil
    end
    return string.match(record.at, '^(%l+)/(%d+%-%d+)$')
end
