-- The message of a scheduled task as a flat list in the order of all messages; nil where it is no message of this task.
local field_order = {'v', 'task_id', 'agent_type', 'payload', 'priority', 'created_at', 'retry_count', 'max_retries',
                     'timeout_ms', 'traceparent', 'attempts', 'crashes', 'last_error', 'last_fence'}
local function unparked(message, id)
    if type(message) ~= 'table' or message.task_id ~= id then
        return nil
    end
    local fields, rest = {}, {}
    for name, value in pairs(message) do
        if type(name) ~= 'string' or type(value) ~= 'string' then
            return nil
        end
        rest[name] = value
    end
    for _, name in ipairs(field_order) do
        if rest[name] then
            fields[#fields + 1] = name
            fields[#fields + 1] = rest[name]
            rest[name] = nil
        end
    end
    local others = {}
    for name in pairs(rest) do
        others[#others + 1] = name
    end
    table.sort(others)
    for _, name in ipairs(others) do
        fields[#fields + 1] = name
        fields[#fields + 1] = rest[name]
    end
    return #fields <= 200 and fields or nil
end
