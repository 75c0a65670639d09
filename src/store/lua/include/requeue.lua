-- @include place
-- Hands a message out again: at once in its lane, or parked until `delay_ms` have passed. Answers the due time of a
-- parked one, in ms.
local function requeue(item, task_id, lane, message, delay_ms)
    if delay_ms == '0' then
        local entry = call('XADD', ready[lane], '*', unpack(message))
        call('SET', records[item], '{"state":"ready","at":"' .. place(lane, entry) .. '"}')
        return nil
    end
    local due_ms = now_ms + delay_ms
    local due = string.format('%.0f', due_ms)
    call('SET', records[item], parked(due, message))
    call('ZADD', scheduled, due, task_id)
    return due_ms
end
