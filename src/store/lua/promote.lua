-- promote: moves due tasks from their records to their lanes and tells what is due next.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    scheduled        zset     task id by due time, server ms
-- @key    stats            hash     totals: promoted; orphaned = due, but without a parked message
-- @keys   records          string   the record of each item
-- @arg    most             integer  how many ids it tells at most
-- @args   task_id          name     from the reply of an earlier call; none in the first
-- @reply  number promoted, ms until the next due time (-1 = nothing scheduled), ids due now
-- @writes ready scheduled stats records
-- @retry  safe: what the first send moved is no longer scheduled
-- @cost   O(items + most + log N), N = scheduled; 1 XADD each; the first write works when Redis is out of memory
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local scheduled = KEYS[5]
local stats = KEYS[6]
local records = {unpack(KEYS, 7)}
local most = ARGV[1]
-- @include place
-- @include clock
-- @include counters
-- @include record
-- @include unparked
-- @include entry
-- @include lane_of

for _, key in pairs(ready) do
    call('XLEN', key)  -- finds a wrong type before anything is written
end
call('HLEN', stats)
local head_id = call('ZRANGE', scheduled, 0, 0)[1]

local removed, messages, writes = {}, {}, {}
local promoted = 0
if #records > 0 and head_id then
    local ids = {}
    for item = 1, #records do
        local at = 1 + (item - 1) * 1
        local task_id = ARGV[at + 1]
        ids[item] = task_id
    end
    local due_times = call('ZMSCORE', scheduled, unpack(ids))
    local found = call('MGET', unpack(records))
    local seen = {}
    for item = 1, #records do
        local id = ids[item]
        if not seen[id] and due_times[item] and tonumber(due_times[item]) <= now_ms then
            seen[id] = true
            removed[#removed + 1] = id
            local record = decode_record(found[item])
            messages[item] = record and record.state == 'scheduled' and unparked(record.message, id) or nil
        end
    end
    if #removed > 0 then
        call('ZREM', scheduled, unpack(removed))
    end
    for item, message in pairs(messages) do
        local lane = lane_of(field(message, 'priority'))
        local entry = call('XADD', ready[lane], '*', unpack(message))
        writes[#writes + 1] = records[item]
        writes[#writes + 1] = '{"state":"ready","at":"' .. place(lane, entry) .. '"}'
        promoted = promoted + 1
    end
    if promoted > 0 then
        call('MSET', unpack(writes))
    end
    add('promoted', promoted)
    add('orphaned', #removed - promoted)
end

local due = call('ZRANGE', scheduled, '-inf', now, 'BYSCORE', 'LIMIT', 0, most)
if #due > 0 then
    return {promoted, 0, due}
end
local head = call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')
return {promoted, head[2] and math.max(1, math.ceil(tonumber(head[2]) - now_ms)) or -1, due}
