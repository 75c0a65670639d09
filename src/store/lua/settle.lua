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
-- @arg    done_channel     name     told `<task id> <state>`, a line for each finished task; a success adds ` <entry of results>`, in a small batch a small one also ` <attempt> <created_at> <started_at> <finished_at> <consumer> <result>`
-- @arg    increments       text     histogram fields, for the totals and the minute: `<field> <by> ` repeated
-- @arg    sums             text     the same of what is kept in the totals only
-- @arg    id_start         integer  where the task's id begins in the key of a record, from 1
-- @arg    lanes            text     of the items, in their order: `<lane> <items> ` repeated
-- @args   entry_id         id       sorted within a lane; other orders cost more
-- @args   ruling           text     '' = success of the first attempt and delivery; else `<delivery count> <attempt> success` or `<delivery count> <attempt> <retry, dead, cancelled or expired> <delay_ms> <crashes> <retry_count> <reason>`
-- @args   text             text     result of a success, else the error
-- @args   created_at       integer  ms
-- @args   started_at       integer  ms
-- @args   payload          text     kept in the archive; '' = not kept
-- @status s settled        recorded now
-- @status a already        recorded by an earlier send of this verdict
-- @status c cancelled      a retry that somebody had asked to cancel; recorded as that, now or by an earlier send
-- @status d buried         a retry whose message has too many fields to be written again: recorded as that
-- @status m missing        somebody deleted the message, of a retry or before the fence was lost: nothing changed, to be restored
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
local sums = ARGV[9]
local id_start = ARGV[10]
local lanes = ARGV[11]
local settled, already, cancelled, buried, missing, stale = 's', 'a', 'c', 'd', 'm', 'x'
-- @include clock
-- @include counters
-- @include entry
-- @include record
-- @include parked
-- @include fence
-- @include archive
-- @include requeue
-- @include iso_time
-- @include bury

-- What became of a verdict whose fence is gone: recorded by an earlier send of this call, or too late.
local function recorded_before(item, task_id, lane, entry_id, count, word)
    local delivery = entry_id .. '/' .. count
    local record = decode_record(call('MGET', records[item])[1])
    if not record then
        return stale
    end
    local last_fence
    if record.state == 'scheduled' then
        last_fence = type(record.message) == 'table' and record.message.last_fence
    elseif record.state == 'ready' then
        local message_lane, message_id = place_of(record)
        local message = entry_fields(ready[message_lane or ''], message_id)
        if not message and message_lane == lane and message_id == entry_id then
            return missing
        end
        last_fence = field(message or {}, 'last_fence')
    else
        local entry = entry_fields(results, record.result or record.at) or {}
        if field(entry, 'task_id') == task_id and field(entry, 'processed_by') == consumer
            and field(entry, 'delivery') == delivery then
            local instead = record.state == 'cancelled' and cancelled or record.state == 'dead' and buried
            return word == 'retry' and instead or already
        end
        return stale
    end
    return last_fence == consumer .. ' ' .. delivery and already or stale
end

-- Reads and checks, for the whole batch. The length reads find keys of a wrong type.
local archived = call('XLEN', results)
call('HLEN', stats)
local new_minute = call('HLEN', minute_stats) == 0
local lane_of_item = {}
for lane, number in string.gmatch(lanes, '(%l+) (%d+)') do
    local first, last = #lane_of_item + 1, #lane_of_item + number
    for item = first, last do
        lane_of_item[item] = lane
    end
    for item = first, last, math.max(last - first, 1) do
        local at = 11 + (item - 1) * 6
        local entry_id = ARGV[at + 1]
        expect(lane, entry_id, last - first + 1)
    end
end
local replies, outcomes, messages, acknowledged = {}, {}, {}, {}
local usual = {count = '1', attempt = '1', word = 'success'}  -- what an empty ruling says
local counts, attempts, verdicts = {}, {}, {}                 -- what others say
local id_first = tonumber(id_start)
local stale_items = 0
local head
for item = 1, #records do
    local at = 11 + (item - 1) * 6
    local entry_id, ruling = ARGV[at + 1], ARGV[at + 2]
    local lane, count, word = lane_of_item[item], usual.count, usual.word
    if ruling ~= '' then
        counts[item], attempts[item], verdicts[item] = string.match(ruling, '^(%d+) (%d+) (.*)$')
        count, word = counts[item], string.match(verdicts[item], '^%l+')
    end
    if not holds(lane, entry_id, count) then
        local task_id = string.sub(records[item], id_first)
        replies[item] = recorded_before(item, task_id, lane, entry_id, count, word)
        stale_items = stale_items + (replies[item] == stale and 1 or 0)
    else
        replies[item] = settled
        if word ~= 'success' then
            head = head or call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')
            call('XLEN', dead)
            if word == 'retry' then
                local record = call('MGET', records[item])[1]
                messages[item] = message_fields(ready[lane], entry_id)
                if record and string.find(record, '"cancel":1', 1, true) then
                    word = 'cancelled'
                    replies[item] = cancelled
                elseif not messages[item] then
                    local is_there = entry_fields(ready[lane], entry_id)
                    word = is_there and 'dead' or nil
                    replies[item] = is_there and buried or missing
                end
            elseif word == 'dead' then
                messages[item] = message_fields(ready[lane], entry_id)
            end
        end
        if word then
            outcomes[item] = word
            local ids = acknowledged[lane] or {}
            ids[#ids + 1] = entry_id
            acknowledged[lane] = ids
        end
    end
end

-- Writes. XACK first: it is allowed when Redis is out of memory, and all of this call with it.
for lane, ids in pairs(acknowledged) do
    call('XACK', ready[lane], 'workers', unpack(ids))
    call('XDEL', ready[lane], unpack(ids))
end
local totals = {}                       -- verdicts of this batch by their word
local finished = {}                     -- parts of the message
local told_items, told_bytes = 8, 1024  -- who waits for an answer of an idle system gets it at once
local earliest
for item, word in pairs(outcomes) do
    local at = 11 + (item - 1) * 6
    local entry_id, text, created_at, started_at = ARGV[at + 1], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5]
    local payload = ARGV[at + 6]
    local task_id = string.sub(records[item], id_first)
    local attempt = attempts[item] or usual.attempt
    local delivery = entry_id .. '/' .. (counts[item] or usual.count)
    totals[word] = (totals[word] or 0) + 1
    if word == 'success' then
        local entry = archive(task_id, word, text, attempt, '', created_at, started_at, delivery, payload)
        call('SET', records[item], '{"state":"succeeded","at":"' .. entry .. '"}', 'EX', retention_s)
        local parts = #finished
        finished[parts + 1], finished[parts + 2], finished[parts + 3] = task_id, ' succeeded ', entry
        if #records <= told_items and #text <= told_bytes and not string.find(text, '\n', 1, true) then
            parts = parts + 1
            finished[parts + 3] = table.concat({'', attempt, created_at, started_at, now, consumer, text}, ' ')
        end
        finished[parts + 4] = '\n'
    elseif word == 'cancelled' or word == 'expired' then
        if replies[item] == cancelled then
            text = 'cancelled on request; the last error was: ' .. text
        end
        local entry = archive(task_id, word, '', attempt, text, created_at, started_at, delivery, payload)
        call('SET', records[item], '{"state":"' .. word .. '","at":"' .. entry .. '"}', 'EX', retention_s)
        finished[#finished + 1] = task_id .. ' ' .. word .. '\n'
    else
        local delay_ms, crashes, retry_count, reason = string.match(verdicts[item], ' (%d+) (%d+) (%d+) (.*)$')
        local message = messages[item]
        local result = archive(task_id, word, '', attempt, text, created_at, started_at, delivery, payload)
        if word == 'retry' then
            set_field(message, 'retry_count', retry_count)
            set_field(message, 'attempts', attempt)
            set_field(message, 'crashes', crashes)
            set_field(message, 'last_error', text)
            set_field(message, 'last_fence', consumer .. ' ' .. delivery)
            local due_ms = requeue(item, task_id, lane_of_item[item], message, delay_ms)
            earliest = due_ms and math.min(earliest or due_ms, due_ms) or earliest
        else
            local entry = bury(task_id, message, payload, text, reason, attempt, crashes, created_at)
            call('SET', records[item], '{"state":"dead","at":"' .. entry .. '","result":"' .. result .. '"}', 'EX',
                 retention_s)
            finished[#finished + 1] = task_id .. ' dead\n'
        end
    end
end
if archived >= tonumber(results_kept) then
    call('XTRIM', results, 'MAXLEN', '~', results_kept)
end
if totals.dead then
    call('XTRIM', dead, 'MAXLEN', '~', dead_kept)
end
if earliest and (not head[2] or earliest < tonumber(head[2])) then
    call('PUBLISH', control_channel, 'due')
end
if #finished > 0 then
    call('PUBLISH', done_channel, string.sub(table.concat(finished), 1, -2))
end

-- Counters, once per batch. A text is cheaper to hand over than a number.
local words = {success = 'succeeded', retry = 'retried', dead = 'dead', cancelled = 'cancelled', expired = 'expired'}
for word, number in pairs(totals) do
    local by = string.format('%d', number)
    redis.pcall('HINCRBY', stats, words[word], by)
    redis.pcall('HINCRBY', minute_stats, words[word], by)
end
add('stale', stale_items)
if next(outcomes) then
    for name, by in string.gmatch(increments, '(%S+) (%-?%d+)') do
        redis.pcall('HINCRBY', stats, name, by)
        redis.pcall('HINCRBY', minute_stats, name, by)
    end
    for name, by in string.gmatch(sums, '(%S+) (%-?%d+)') do
        redis.pcall('HINCRBY', stats, name, by)
    end
end
if new_minute then
    call('EXPIRE', minute_stats, 90000)
end
return table.concat(replies)
