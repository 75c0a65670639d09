-- The text of each record, false where there is none. A key of another type, which MGET shows as missing, becomes a
-- text that is no record.
local function existing_records()
    local there = call('EXISTS', unpack(records))
    if there == 0 then
        return {}
    end
    local found = call('MGET', unpack(records))
    local readable = 0
    for item = 1, #records do
        if found[item] then
            readable = readable + 1
        end
    end
    if there ~= readable then
        for item = 1, #records do
            if not found[item] and call('EXISTS', records[item]) == 1 then
                found[item] = 'another type'
            end
        end
    end
    return found
end
