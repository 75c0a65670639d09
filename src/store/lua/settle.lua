-- settle: records the verdicts of deliveries, each with the removal of its message, if its fence still holds.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    scheduled        zset     task id by due time, server ms
-- @key    results          stream   the archive: every attempt's end
-- @key    dead             stream   dead letters
-- @key    stats            hash     totals
-- @key    minute_stats     hash     the same for this minute and its histogram; lives 25 h
-- @keys   records          string   the record of each item
-- @arg    agent            name
-- @arg    consumer         name     who settles
-- @arg    retention_s      integer  how long the record of a finished task stays
-- @arg    results_kept     integer  entries of the archive, about
-- @arg    dead_kept        integer  dead letters, about
-- @arg    control_channel  name     told `due` when the earliest scheduled task is one of these
-- @arg    done_channel     name     told `<task id> <state>`, a line for each finished task
-- @arg    increments       text     histogram fields: `<field> <by> ` repeated
-- @args   lane             name     items are sorted by lane and entry; other orders cost more
-- @args   entry_id         id
-- @args   count            integer  delivery count, the fence with consumer
-- @args   task_id          name
-- @args   verdict          word     success, retry, dead, cancelled, expired
-- @args   text             text     result of a success, else the error or reason
-- @args   kind             word     dead: why
-- @args   delay_ms         integer  retry: 0 = at once
-- @args   attempt          integer  number of the attempt that ended
-- @args   crashes          integer  deliveries without verdict so far
-- @args   retry_count      integer  after this verdict
-- @args   created_at       integer  ms
-- @args   started_at       integer  ms
-- @args   payload          text     kept in the archive; '' = not kept
-- @status s settled        recorded now
-- @status a already        recorded by an earlier send of this verdict
-- @status c cancelled      a retry that somebody had asked to cancel; recorded as that, now or by an earlier send
-- @status x stale          the fence is lost: nothing changed, counted
-- @reply  one status character per item
-- @writes ready scheduled results dead stats minute_stats records
-- @retry  safe: the fence is gone after the first send, whose entry or message is recognised
-- @cost   O(items), 2 writes for a success, 3 and a read for others; the first writes work when Redis is out of memory
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local scheduled = KEYS[5]
local results = KEYS[6]
local dead = KEYS[7]
local stats = KEYS[8]
local minute_stats = KEYS[9]
local records = {unpack(KEYS, 10)}
local agent = ARGV[1]
local consumer = ARGV[2]
local retention_s = ARGV[3]
local results_kept = ARGV[4]
local dead_kept = ARGV[5]
local control_channel = ARGV[6]
local done_channel = ARGV[7]
local increments = ARGV[8]
local settled, already, cancelled, stale = 's', 'a', 'c', 'x'
-- @include clock
-- @include counters
-- @include entry
-- @include record
-- @include parked
-- @include fence
-- @include archive
-- @include iso_time

-- What became of a verdict whose fence is gone: recorded by an earlier send of this call, or too late.
local function recorded_before(item, task_id, delivery, verdict)
    local record = decode_record(call('MGET', records[item])[1])
    if not record then
        return stale
    end
    local last_fence
    if record.state == 'scheduled' then
        last_fence = type(record.message) == 'table' and record.message.last_fence
    elseif record.state == 'ready' then
        local place, message_id = place_of(record)
        last_fence = field(entry_fields(ready[place or ''], message_id) or {}, 'last_fence')
    else
        local entry = entry_fields(results, record.result or record.at) or {}
        if field(entry, 'task_id') == task_id and field(entry, 'processed_by') == consumer
            and field(entry, 'delivery') == delivery then
            return verdict == 'retry' and record.state == 'cancelled' and cancelled or already
        end
        return stale
    end
    return last_fence == consumer .. ' ' .. delivery and already or stale
end

-- Reads and checks, for the whole batch. The length reads find keys of a wrong type.
call('XLEN', results)
call('XLEN', dead)
call('HLEN', stats)
local new_minute = call('HLEN', minute_stats) == 0
local head = call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')
local lanes, entries = {}, {}
for item = 1, #records do
    local at = 8 + (item - 1) * 14
    local lane, entry_id = ARGV[at + 1], ARGV[at + 2]
    lanes[item] = lane
    entries[item] = entry_id
end
local counts = delivery_counts(lanes, entries)
local replies, verdicts, messages, acknowledged = {}, {}, {}, {}
local stale_items = 0
for item = 1, #records do
    local at = 8 + (item - 1) * 14
    local lane, entry_id, count = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    local task_id, verdict = ARGV[at + 4], ARGV[at + 5]
    if counts[item] ~= tonumber(count) then
        replies[item] = recorded_before(item, task_id, entry_id .. '/' .. count, verdict)
        stale_items = stale_items + (replies[item] == stale and 1 or 0)
    else
        local ids = acknowledged[lane]
        if not ids then
            ids = {}
            acknowledged[lane] = ids
        end
        ids[#ids + 1] = entry_id
        replies[item] = settled
        if verdict == 'retry' then
            local record = call('MGET', records[item])[1]
            messages[item] = entry_fields(ready[lane], entry_id)
            if record and string.find(record, '"cancel":1', 1, true) then
                verdict = 'cancelled'
                replies[item] = cancelled
            elseif not messages[item] then
                verdict = 'dead'  -- somebody deleted the message: there is nothing left to run again
            end
        elseif verdict == 'dead' then
            messages[item] = entry_fields(ready[lane], entry_id)
        end
        verdicts[item] = verdict
    end
end

-- Writes. XACK first: it is allowed when Redis is out of memory, and all of this call with it.
for lane, ids in pairs(acknowledged) do
    call('XACK', ready[lane], 'workers', unpack(ids))
    call('XDEL', ready[lane], unpack(ids))
end
local totals = {success = 0, retry = 0, dead = 0, cancelled = 0, expired = 0}
local finished = {}
local earliest
for item, verdict in pairs(verdicts) do
    local at = 8 + (item - 1) * 14
    local lane, entry_id, count, task_id = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
    local text, attempt, created_at, started_at = ARGV[at + 6], ARGV[at + 9], ARGV[at + 12], ARGV[at + 13]
    local payload = ARGV[at + 14]
    local delivery = entry_id .. '/' .. count
    totals[verdict] = totals[verdict] + 1
    if verdict == 'success' then
        local entry = archive(task_id, verdict, text, attempt, '', created_at, started_at, delivery, payload)
        call('SET', records[item], '{"state":"succeeded","at":"' .. entry .. '"}', 'EX', retention_s)
        finished[#finished + 1] = task_id .. ' succeeded'
    elseif verdict == 'retry' then
        local delay_ms, crashes, retry_count = ARGV[at + 8], ARGV[at + 10], ARGV[at + 11]
        local message = messages[item]
        archive(task_id, verdict, '', attempt, text, created_at, started_at, delivery, payload)
        set_field(message, 'retry_count', retry_count)
        set_field(message, 'attempts', attempt)
        set_field(message, 'crashes', crashes)
        set_field(message, 'last_error', text)
        set_field(message, 'last_fence', consumer .. ' ' .. delivery)
        if delay_ms == '0' then
            local entry = call('XADD', ready[lane], '*', unpack(message))
            call('SET', records[item], '{"state":"ready","at":"' .. lane .. '/' .. entry .. '"}')
        else
            local due_ms = now_ms + delay_ms
            local due = string.format('%.0f', due_ms)
            call('SET', records[item], parked(due, message))
            call('ZADD', scheduled, due, task_id)
            earliest = math.min(earliest or due_ms, due_ms)
        end
    elseif verdict == 'dead' then
        local kind, crashes = ARGV[at + 7], ARGV[at + 10]
        local message = messages[item] or {}
        local letter = {'task_id', task_id, 'original_payload', field(message, 'payload') or payload, 'error', text,
                        'failed_at', iso_time(), 'agent_type', agent, 'reason', messages[item] and kind or 'message_missing',
                        'attempts', attempt, 'crashes', crashes, 'priority', field(message, 'priority') or '0',
                        'max_retries', field(message, 'max_retries') or '0', 'created_at', created_at}
        for _, name in ipairs({'timeout_ms', 'traceparent'}) do
            local value = field(message, name)
            if value then
                set_field(letter, name, value)
            end
        end
        local result = archive(task_id, verdict, '', attempt, text, created_at, started_at, delivery, payload)
        local entry = call('XADD', dead, '*', unpack(letter))
        call('SET', records[item], '{"state":"dead","at":"' .. entry .. '","result":"' .. result .. '"}', 'EX', retention_s)
        finished[#finished + 1] = task_id .. ' dead'
    else
        if replies[item] == cancelled then
            text = 'cancelled on request; the last error was: ' .. text
        end
        local entry = archive(task_id, verdict, '', attempt, text, created_at, started_at, delivery, payload)
        call('SET', records[item], '{"state":"' .. verdict .. '","at":"' .. entry .. '"}', 'EX', retention_s)
        finished[#finished + 1] = task_id .. ' ' .. verdict
    end
end
if next(verdicts) then
    call('XTRIM', results, 'MAXLEN', '~', results_kept)
end
if totals.dead > 0 then
    call('XTRIM', dead, 'MAXLEN', '~', dead_kept)
end
if earliest and (not head[2] or earliest < tonumber(head[2])) then
    call('PUBLISH', control_channel, 'due')
end
if #finished > 0 then
    call('PUBLISH', done_channel, table.concat(finished, '\n'))
end

-- Counters, once per batch.
local words = {success = 'succeeded', retry = 'retried', dead = 'dead', cancelled = 'cancelled', expired = 'expired'}
for verdict, number in pairs(totals) do
    if number > 0 then
        add(words[verdict], number)
        redis.pcall('HINCRBY', minute_stats, words[verdict], number)
    end
end
add('stale', stale_items)
if next(verdicts) then
    for name, by in string.gmatch(increments, '(%S+) (%-?%d+)') do
        redis.pcall('HINCRBY', minute_stats, name, by)
    end
end
if new_minute then
    call('EXPIRE', minute_stats, 90000)
end
return table.concat(replies)
