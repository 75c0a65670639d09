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
-- @arg    done_channel     name     told `<task id> <state>`, a line for each finished task; a success adds ` <entry of results>`, in a small batch a small one also ` <run> <consumer> <result>`
-- @arg    increments       text     histogram fields, for the totals and the minute: `<field> <by> ` repeated
-- @arg    sums             text     the same of what is kept in the totals only
-- @arg    id_start         integer  where the task's id begins in the key of a record, from 1
-- @arg    lanes            text     of the items, in their order: `<lane> <items> ` repeated
-- @args   entry_id         id       sorted within a lane; other orders cost more
-- @args   ruling           text     '' = success of the first attempt and delivery; else `<delivery count> <attempt> success` or `<delivery count> <attempt> <retry, dead, cancelled or expired> <delay_ms> <crashes> <retry_count> <reason>`
-- @args   text             text     result of a success, else the error
-- @args   run              text     `<attempt> <created_at> <started_at> <entry id>/<delivery count>`, times in ms: goes into the archive as it is
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
-- @include archive_success
-- @include requeue
-- @include iso_time
-- @include bury
-- @include answer

-- What became of a verdict whose fence is gone: recorded by an earlier send of this call, or too late.
local function recorded_before(item, lane, entry_id, asked)
    local task_id = string.sub(records[item], tonumber(id_start))
    local delivery = entry_id .. '/' .. asked.count
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
            and delivery_of(entry) == delivery then
            local instead = record.state == 'cancelled' and cancelled or record.state == 'dead' and buried
            return asked.word == 'retry' and instead or already
        end
        return stale
    end
    return last_fence == consumer .. ' ' .. delivery and already or stale
end

local usual = '1 1 success'  -- what an empty ruling says

local replies = {}   -- of items that are not settled as they ask for
local messages = {}  -- of items that need theirs
local stale_items = 0
local head

-- What a verdict that is held becomes, if it is no success: its own word, or another. nil: nothing can be recorded.
local function becomes(item, lane, entry_id, word)
    head = head or call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')
    call('XLEN', dead)
    if word == 'retry' or word == 'dead' then
        messages[item] = message_fields(ready[lane], entry_id)
    end
    if word == 'retry' then
        local record = call('MGET', records[item])[1]
        if record and string.find(record, '"cancel":1', 1, true) then
            replies[item] = cancelled
            return 'cancelled'
        elseif not messages[item] then
            local is_there = entry_fields(ready[lane], entry_id)
            replies[item] = is_there and buried or missing
            return is_there and 'dead' or nil
        end
    end
    return word
end

-- The ruling of an item with the word under which it is recorded; without one it changes nothing.
local function judged(item, lane, entry_id, ruling)
    local count, attempt, verdict = string.match(ruling == '' and usual or ruling, '^(%d+) (%d+) (.*)$')
    local asked = {lane = lane, count = count, attempt = attempt, verdict = verdict, word = string.match(verdict, '^%l+')}
    if not holds(lane, entry_id, tonumber(asked.count)) then
        replies[item] = recorded_before(item, lane, entry_id, asked)
        stale_items = stale_items + (replies[item] == stale and 1 or 0)
        asked.word = nil
    elseif asked.word ~= 'success' then
        asked.word = becomes(item, lane, entry_id, asked.word)
    end
    return asked
end

-- Reads and checks, for the whole batch. The length reads find keys of a wrong type.
local archived = call('XLEN', results)
call('HLEN', stats)
local new_minute = call('HLEN', minute_stats) == 0
local judgements = {}    -- of items that are no success at the first try
local acknowledged = {}  -- entries of a lane
local last_item = 0
for lane, number in string.gmatch(lanes, '(%l+) (%d+)') do
    local first = last_item + 1
    last_item = last_item + number
    for item = first, last_item, math.max(last_item - first, 1) do
        local at = 11 + (item - 1) * 5
        local entry_id = ARGV[at + 1]
        expect(lane, entry_id, last_item - first + 1)
    end
    local ids, held = {}, 0
    for item = first, last_item do
        local at = 11 + (item - 1) * 5
        local entry_id, ruling = ARGV[at + 1], ARGV[at + 2]
        local is_held = ruling == '' and holds(lane, entry_id, 1)
        if not is_held then
            judgements[item] = judged(item, lane, entry_id, ruling)
            is_held = judgements[item].word
        end
        if is_held then
            held = held + 1
            ids[held] = entry_id
        end
    end
    if held > 0 then
        acknowledged[#acknowledged + 1] = {lane = lane, ids = ids}
    end
end

-- Writes. XACK first: it is allowed when Redis is out of memory, and all of this call with it.
for _, of in ipairs(acknowledged) do
    call('XACK', ready[of.lane], 'workers', unpack(of.ids))
    call('XDEL', ready[of.lane], unpack(of.ids))
end
local id_first = tonumber(id_start)
local totals = {}                       -- verdicts of this batch by their word
local finished, parts = {}, 0           -- parts of the message
local first_try = {word = 'success'}
local told_items, told_bytes = 8, 1024  -- who waits for an answer of an idle system gets it at once
local earliest
for item = 1, #records do
    local judgement = judgements[item] or first_try
    local word = judgement.word
    if word then
        local at = 11 + (item - 1) * 5
        local entry_id, text, run, payload = ARGV[at + 1], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5]
        local task_id = string.sub(records[item], id_first)
        totals[word] = (totals[word] or 0) + 1
        if word == 'success' then
            local entry = archive_success(task_id, text, run, payload)
            call('SET', records[item], '{"state":"succeeded","at":"' .. entry .. '"}', 'EX', retention_s)
            finished[parts + 1], finished[parts + 2], finished[parts + 3] = task_id, ' succeeded ', entry
            parts = parts + 3
            if #records <= told_items and #text <= told_bytes and not string.find(text, '\n', 1, true) then
                parts = parts + 1
                finished[parts] = table.concat({'', run, consumer, text}, ' ')
            end
            parts = parts + 1
            finished[parts] = '\n'
        elseif word == 'cancelled' or word == 'expired' then
            if replies[item] == cancelled then
                text = 'cancelled on request; the last error was: ' .. text
            end
            local entry = archive(task_id, word, run, text, payload)
            call('SET', records[item], '{"state":"' .. word .. '","at":"' .. entry .. '"}', 'EX', retention_s)
            finished[parts + 1], finished[parts + 2] = task_id .. ' ' .. word, '\n'
            parts = parts + 2
        else
            local delay_ms, crashes, retry_count, reason = string.match(judgement.verdict, ' (%d+) (%d+) (%d+) (.*)$')
            local message = messages[item]
            local result = archive(task_id, word, run, text, payload)
            if word == 'retry' then
                set_field(message, 'retry_count', retry_count)
                set_field(message, 'attempts', judgement.attempt)
                set_field(message, 'crashes', crashes)
                set_field(message, 'last_error', text)
                set_field(message, 'last_fence', consumer .. ' ' .. entry_id .. '/' .. judgement.count)
                local due_ms = requeue(item, task_id, judgement.lane, message, delay_ms)
                earliest = due_ms and math.min(earliest or due_ms, due_ms) or earliest
            else
                local created_at = string.match(run, '^%d+ (%d+)')
                local entry = bury(task_id, message, payload, text, reason, judgement.attempt, crashes, created_at)
                call('SET', records[item], '{"state":"dead","at":"' .. entry .. '","result":"' .. result .. '"}', 'EX',
                     retention_s)
                finished[parts + 1], finished[parts + 2] = task_id .. ' dead', '\n'
                parts = parts + 2
            end
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
if parts > 0 then
    finished[parts] = nil  -- the last line needs no end
    call('PUBLISH', done_channel, table.concat(finished))
end

-- Counters, once per batch. A text is cheaper to hand over than a number.
local words = {success = 'succeeded', retry = 'retried', dead = 'dead', cancelled = 'cancelled', expired = 'expired'}
for word, number in pairs(totals) do
    local by = string.format('%d', number)
    redis.pcall('HINCRBY', stats, words[word], by)
    redis.pcall('HINCRBY', minute_stats, words[word], by)
end
add('stale', stale_items)
if next(totals) then
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
return answer(replies, settled)
