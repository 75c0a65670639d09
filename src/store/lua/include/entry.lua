-- The fields of one stream entry as a flat list; nil where it is gone or `id` is no entry id.
local function entry_fields(key, id)
    if not key or type(id) ~= 'string' or not string.find(id, '^%d+%-%d+$') then
        return nil
    end
    local rows = redis.pcall('XRANGE', key, id, id)
    return not rows.err and rows[1] and rows[1][2] or nil
end

-- The same for a message. One with more fields than any message has is none: it would not fit into a call.
local function message_fields(key, id)
    local fields = entry_fields(key, id)
    return fields and #fields <= 200 and fields or nil
end

local function field(fields, name)
    for i = 1, #fields, 2 do
        if fields[i] == name then
            return fields[i + 1]
        end
    end
    return nil
end

-- Replaces the value of a field, or adds the field at the end.
local function set_field(fields, name, value)
    for i = 1, #fields, 2 do
        if fields[i] == name then
            fields[i + 1] = value
            return
        end
    end
    fields[#fields + 1] = name
    fields[#fields + 1] = value
end
