-- restore: puts the message of a task back that somebody deleted, from what the worker that held it still knows.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    scheduled        zset     task id by due time, server ms
-- @key    stats            hash     totals: restored
-- @key    record           string   the task's record
-- @arg    task_id          name
-- @arg    lane             name     where the message was
-- @arg    entry_id         id       what it was
-- @arg    delay_ms         integer  0 = ready at once
-- @arg    control_channel  name     told `due` when the task is scheduled
-- @args   name             name     of a field of the message
-- @args   value            text
-- @status r restored       the task waits again
-- @status n not_missing    the message is there, or the task has gone on: nothing changed
-- @reply  one status character
-- @writes ready scheduled stats record
-- @retry  safe: the second send finds the record elsewhere
-- @cost   O(size of the message + log N), N = scheduled
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local scheduled = KEYS[5]
local stats = KEYS[6]
local record = KEYS[7]
local task_id = ARGV[1]
local lane = ARGV[2]
local entry_id = ARGV[3]
local delay_ms = ARGV[4]
local control_channel = ARGV[5]
local items = (#ARGV - 5) / 2
local restored, not_missing = 'r', 'n'
-- @include place
-- @include clock
-- @include counters
-- @include entry
-- @include record
-- @include parked

call('XLEN', ready[lane])
call('ZCARD', scheduled)
call('HLEN', stats)
local known = decode_record(call('GET', record))
if not known or known.state ~= 'ready' or known.at ~= place(lane, entry_id) or entry_fields(ready[lane], entry_id) then
    return not_missing
end
local fields = {}
for item = 1, items do
    local at = 5 + (item - 1) * 2
    local name, value = ARGV[at + 1], ARGV[at + 2]
    fields[#fields + 1] = name
    fields[#fields + 1] = value
end
redis.pcall('XACK', ready[lane], 'workers', entry_id)
local cancel = known.cancel and ',"cancel":1' or ''
if delay_ms == '0' or known.cancel then
    local entry = call('XADD', ready[lane], '*', unpack(fields))
    call('SET', record, '{"state":"ready","at":"' .. place(lane, entry) .. '"' .. cancel .. '}')
else
    local due = string.format('%.0f', now_ms + delay_ms)
    call('SET', record, parked(due, fields))
    call('ZADD', scheduled, due, task_id)
    call('PUBLISH', control_channel, 'due')
end
add('restored', 1)
return restored
