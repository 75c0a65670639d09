-- The record of a scheduled task: its whole message is parked in it.
local function parked(due, fields)
    local parts = {}
    for i = 1, #fields, 2 do
        parts[#parts + 1] = cjson.encode(fields[i]) .. ':' .. cjson.encode(fields[i + 1])
    end
    return '{"state":"scheduled","due":' .. due .. ',"message":{' .. table.concat(parts, ',') .. '}}'
end
