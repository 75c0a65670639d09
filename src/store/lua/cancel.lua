-- cancel: ends a task that waits, or asks for the end of one that runs.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    scheduled        zset     task id by due time, server ms
-- @key    results          stream   the archive
-- @key    stats            hash     totals: cancelled
-- @key    control          hash     retention_s, results_kept
-- @key    record           string   the task's record
-- @arg    agent            name
-- @arg    task_id          name
-- @arg    control_channel  name     told `cancel <task id>` when it runs
-- @arg    done_channel     name     told `<task id> cancelled` when it ends here
-- @status c cancelled      it waited: the outcome is recorded
-- @status q requested      it runs: noted in the record, its worker is told
-- @status t terminal       it had its outcome already: nothing changed
-- @status n not_found      there is no record
-- @status u unreadable     the record is no record: nothing changed
-- @reply  one status character
-- @writes ready scheduled results stats record
-- @retry  safe: the second send answers terminal, or requested again
-- @cost   O(log N), N = scheduled; the first write works when Redis is out of memory
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local scheduled = KEYS[5]
local results = KEYS[6]
local stats = KEYS[7]
local control = KEYS[8]
local record = KEYS[9]
local agent = ARGV[1]
local task_id = ARGV[2]
local control_channel = ARGV[3]
local done_channel = ARGV[4]
local cancelled, requested, terminal, not_found, unreadable = 'c', 'q', 't', 'n', 'u'
local consumer = ''  -- nobody processed it
-- @include clock
-- @include counters
-- @include entry
-- @include record
-- @include unparked
-- @include holder
-- @include archive
-- @include kept

call('XLEN', results)
call('HLEN', stats)
call('ZCARD', scheduled)
local retention_s, results_kept = kept()
local text = call('GET', record)
if not text then
    return not_found
end
local known = decode_record(text)
if not known then
    return unreadable
end
local message
if known.state == 'scheduled' then
    message = unparked(known.message, task_id)
    call('ZREM', scheduled, task_id)
elseif known.state == 'ready' then
    local lane, entry_id = place_of(known)
    if not ready[lane or ''] then
        return unreadable
    end
    call('XLEN', ready[lane])
    if holder_of(ready[lane], entry_id) then
        if not string.find(text, '"cancel":1', 1, true) then
            call('DEL', record)  -- makes room first: works when Redis is out of memory
            call('SET', record, '{"state":"ready","at":"' .. known.at .. '","cancel":1}')
        end
        call('PUBLISH', control_channel, 'cancel ' .. task_id)
        return requested
    end
    message = message_fields(ready[lane], entry_id)
    call('XACK', ready[lane], 'workers', entry_id)
    call('XDEL', ready[lane], entry_id)
else
    return terminal
end

message = message or {}
local attempts = string.match(field(message, 'attempts') or '', '^%d+$') or '0'
local created_at = string.match(field(message, 'created_at') or '', '^%d+$') or '0'
local entry = archive(task_id, 'cancelled', attempts .. ' ' .. created_at .. ' 0', 'cancelled on request', '')
call('SET', record, '{"state":"cancelled","at":"' .. entry .. '"}', 'EX', retention_s)
call('XTRIM', results, 'MAXLEN', '~', results_kept)
call('PUBLISH', done_channel, task_id .. ' cancelled')
add('cancelled', 1)
return cancelled
