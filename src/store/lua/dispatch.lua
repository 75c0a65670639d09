-- dispatch: stores new tasks, each as a message in its lane, or parked in its record until it is due.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    scheduled        zset     task id by due time, server ms
-- @key    stats            hash     totals: dispatched, duplicates
-- @key    control          hash     max_waiting overrules the argument; max_retries of items that name none
-- @keys   records          string   the record of each item
-- @arg    agent            name
-- @arg    max_waiting      integer  refuse beyond so many unfinished tasks; '' = no limit
-- @arg    control_channel  name     told `due` when the earliest scheduled task is one of these
-- @arg    id_start         integer  where the task's id begins in the key of a record, from 1
-- @args   options          text     '' = lane normal, priority 0, at once, the agent's retries; else `<lane> <priority> <delay_ms> <max_retries> <timeout_ms> <traceparent>`, the last three may be empty
-- @args   payload          text     JSON
-- @status c created        stored now
-- @status f full           refused: the agent holds max_waiting tasks
-- @status u unreadable     something that is no record is at the record's key: nothing stored
-- @status r is_ready       a duplicate: ready or running
-- @status s is_scheduled   a duplicate
-- @status o is_succeeded   a duplicate
-- @status d is_dead        a duplicate
-- @status x is_cancelled   a duplicate
-- @status e is_expired     a duplicate
-- @reply  one status character per item
-- @writes ready scheduled stats records
-- @retry  safe: an item stored by the first send is a duplicate in the second
-- @cost   O(items), 1 XADD each
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local scheduled = KEYS[5]
local stats = KEYS[6]
local control = KEYS[7]
local records = {unpack(KEYS, 8)}
local agent = ARGV[1]
local max_waiting = ARGV[2]
local control_channel = ARGV[3]
local id_start = ARGV[4]
local created, full, unreadable = 'c', 'f', 'u'
local is_ready, is_scheduled, is_succeeded, is_dead, is_cancelled, is_expired = 'r', 's', 'o', 'd', 'x', 'e'
local duplicate_of = {ready = is_ready, scheduled = is_scheduled, succeeded = is_succeeded, dead = is_dead,
                      cancelled = is_cancelled, expired = is_expired}
-- @include place
-- @include clock
-- @include counters
-- @include existing
-- @include parked
-- @include answer

-- These reads also find keys of a wrong type before anything is written. Where all go to the usual lane, the first write
-- finds that of the lane, and the others are not touched.
call('HLEN', stats)
local policy = call('HMGET', control, 'max_waiting', 'max_retries')
local limit = tonumber(policy[1] or '') or tonumber(max_waiting)
local usual_retries = string.match(policy[2] or '', '^%d%d?%d?%d?$') or '3'
local all_usual = true
for item = 1, #records do
    local at = 4 + (item - 1) * 2
    local options = ARGV[at + 1]
    all_usual = all_usual and options == ''
end
local room = math.huge
if limit or not all_usual then
    local unfinished = call('ZCARD', scheduled)
    for _, key in pairs(ready) do
        unfinished = unfinished + call('XLEN', key)
    end
    room = limit and limit - unfinished or room
end

local found = existing_records()
local replies, stored, writes, due_times = {}, {}, {}, {}
local dispatched, duplicates = 0, 0
local earliest
local id_first = tonumber(id_start)
for item = 1, #records do
    local at = 4 + (item - 1) * 2
    local options, payload = ARGV[at + 1], ARGV[at + 2]
    local task_id = string.sub(records[item], id_first)
    local reply = stored[task_id]
    if not reply and found[item] then
        reply = duplicate_of[string.match(found[item], '^{"state":"(%l+)"')] or unreadable
    end
    if reply then
        duplicates = duplicates + (reply ~= unreadable and 1 or 0)
    elseif room < 1 then
        reply = full
    elseif options == '' then
        local entry = call('XADD', ready.normal, '*', 'v', '1', 'task_id', task_id, 'agent_type', agent,
                           'payload', payload, 'priority', '0', 'created_at', now, 'retry_count', '0',
                           'max_retries', usual_retries)
        dispatched = dispatched + 1
        writes[2 * dispatched - 1] = records[item]
        writes[2 * dispatched] = '{"state":"ready","at":"n/' .. entry .. '"}'
        stored[task_id] = is_ready
        room = room - 1
    else
        local lane, priority, delay_ms, max_retries, timeout_ms, traceparent =
            string.match(options, '^(%l+) (%-?%d+) (%d+) (%d*) (%d*) (.*)$')
        local fields = {'v', '1', 'task_id', task_id, 'agent_type', agent, 'payload', payload, 'priority', priority,
                        'created_at', now, 'retry_count', '0', 'max_retries',
                        max_retries == '' and usual_retries or max_retries}
        if timeout_ms ~= '' then
            fields[#fields + 1] = 'timeout_ms'
            fields[#fields + 1] = timeout_ms
        end
        if traceparent ~= '' then
            fields[#fields + 1] = 'traceparent'
            fields[#fields + 1] = traceparent
        end
        dispatched = dispatched + 1
        writes[2 * dispatched - 1] = records[item]
        if delay_ms == '0' then
            local entry = call('XADD', ready[lane], '*', unpack(fields))
            writes[2 * dispatched] = '{"state":"ready","at":"' .. place(lane, entry) .. '"}'
            stored[task_id] = is_ready
        else
            local due_ms = now_ms + delay_ms
            local due = string.format('%.0f', due_ms)
            writes[2 * dispatched] = parked(due, fields)
            due_times[#due_times + 1] = due
            due_times[#due_times + 1] = task_id
            earliest = math.min(earliest or due_ms, due_ms)
            stored[task_id] = is_scheduled
        end
        room = room - 1
    end
    replies[item] = reply
end

if dispatched > 0 then
    call('MSET', unpack(writes))
end
if earliest then
    local head = call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')
    call('ZADD', scheduled, unpack(due_times))
    if not head[2] or earliest < tonumber(head[2]) then
        call('PUBLISH', control_channel, 'due')
    end
end
add('dispatched', dispatched)
add('duplicates', duplicates)
return answer(replies, created)
