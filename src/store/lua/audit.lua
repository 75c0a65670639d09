-- audit: compares tasks with their messages, records and due times, and repairs what disagrees.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    scheduled        zset     task id by due time, server ms
-- @key    results          stream   the archive
-- @key    dead             stream   dead letters
-- @key    stats            hash     totals: audit_<status name> for each repair; dead
-- @key    control          hash     retention_s, results_kept, dead_kept
-- @keys   records          string   the record of each item
-- @arg    agent            name
-- @arg    mode             word     `repair`, or `look`: the same answers, nothing changed
-- @arg    control_channel  name     told `released` or `due`, once each
-- @arg    done_channel     name     told `<task id> dead`, a line for each task closed
-- @args   task_id          name
-- @args   seen_at          text     where its message was seen, as records say it (`n/1732-0`); '' = look at its record
-- @args   missing_at       text     place where its message was missing a good while ago: if it still is, the task is closed
-- @status g good           nothing to do
-- @status l later          not looked at: the call has done enough
-- @status n gone           neither a record nor that message is there any more
-- @status h held           the message is gone, but a worker holds the delivery: it will settle or restore it
-- @status x missing        the message is gone and nobody holds it: closed when it is named again as missing_at
-- @status u unreadable     the record is no record: nothing changed
-- @status r recorded       a message without record got one
-- @status m moved          the record named a message that is gone: it names this one now
-- @status d duplicate      a waiting message that its record does not name was deleted
-- @status s stranded       delivered to nobody, and never would have been: handed out again
-- @status t expiring       the record of a finished task had no time to live: it has one
-- @status p persisted      the record of a live task had a time to live: it has none
-- @status z rescheduled    a parked task was not in `scheduled`
-- @status o stray          an id in `scheduled` without a parked task was removed
-- @status c closed         dead, reason message_missing
-- @status b buried         a parked task without readable message: dead, reason malformed
-- @reply  status characters, then the place named by the record of each missing one; without items: tasks that are live, and how many the counters say
-- @writes ready scheduled results dead stats records
-- @retry  safe: what the first send repaired is good in the second
-- @cost   O(items), about 5 reads each; looks at 256 KiB of messages or a little more
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local scheduled = KEYS[5]
local results = KEYS[6]
local dead = KEYS[7]
local stats = KEYS[8]
local control = KEYS[9]
local records = {unpack(KEYS, 10)}
local agent = ARGV[1]
local mode = ARGV[2]
local control_channel = ARGV[3]
local done_channel = ARGV[4]
local good, later, gone, held, missing, unreadable = 'g', 'l', 'n', 'h', 'x', 'u'
local recorded, moved, duplicate, stranded = 'r', 'm', 'd', 's'
local expiring, persisted, rescheduled, stray, closed, buried = 't', 'p', 'z', 'o', 'c', 'b'
local consumer = ''  -- nobody processed what ends here
local head_bytes, call_bytes = 255, 262144
-- @include place
-- @include clock
-- @include counters
-- @include entry
-- @include record
-- @include unparked
-- @include archive
-- @include iso_time
-- @include bury
-- @include tally
-- @include kept

-- These reads also find keys of a wrong type before anything is written.
for _, key in pairs(ready) do
    call('XLEN', key)
end
call('ZCARD', scheduled)
call('XLEN', results)
call('XLEN', dead)
call('HLEN', stats)
if #records == 0 then
    return {tally()}
end

local bytes = 0  -- of messages looked at

-- Whether the message of a task is in this place.
local function has_message(lane, entry_id, task_id)
    local fields = entry_fields(ready[lane or ''], entry_id)
    bytes = bytes + #(fields and field(fields, 'payload') or '')
    return fields and field(fields, 'task_id') == task_id
end

local function is_pending(key, id)
    local rows = redis.pcall('XPENDING', key, 'workers', id, id, 1)
    return not rows.err and rows[1] ~= nil
end

-- How far the group has read a lane, as two numbers; nil without a group.
local read_up_to = {}
local function last_delivered(lane)
    if read_up_to[lane] == nil then
        read_up_to[lane] = false
        local key = ready[lane]
        local groups = redis.pcall('XINFO', 'GROUPS', key)
        for _, group in ipairs(groups.err and {} or groups) do
            if field(group, 'name') == 'workers' then
                local ms, sequence = string.match(field(group, 'last-delivered-id'), '^(%d+)%-(%d+)$')
                read_up_to[lane] = {tonumber(ms), tonumber(sequence)}
            end
        end
    end
    return read_up_to[lane]
end

-- A message that the group has read past and that nobody holds would wait for ever.
local function is_stranded(lane, entry_id)
    local last = last_delivered(lane)
    if not last then
        return false
    end
    local ms, sequence = string.match(entry_id, '^(%d+)%-(%d+)$')
    ms, sequence = tonumber(ms), tonumber(sequence)
    return (ms < last[1] or ms == last[1] and sequence <= last[2]) and not is_pending(ready[lane], entry_id)
end

-- What is wrong with a message that was seen in a lane.
local function judge_message(task_id, lane, entry_id, head, known)
    if not has_message(lane, entry_id, task_id) then
        return gone
    end
    if not head then
        return recorded
    end
    if not known then
        return unreadable
    end
    local known_lane, known_entry = place_of(known)
    if known.state == 'ready' and known_lane == lane and known_entry == entry_id then
        return is_stranded(lane, entry_id) and stranded or good
    end
    if known.state == 'ready' and not has_message(known_lane, known_entry, task_id) then
        return moved
    end
    return is_pending(ready[lane], entry_id) and good or duplicate
end

-- What is wrong with a task, by its record.
local function judge_record(item, task_id, missing_at, head, known)
    local due = call('ZSCORE', scheduled, task_id)
    if not head or (known and known.state ~= 'scheduled' and due) then
        return due and stray or gone
    end
    if not known then
        return unreadable
    end
    local lives = call('TTL', records[item])
    if known.state ~= 'ready' and known.state ~= 'scheduled' then
        return lives < 0 and expiring or good
    end
    if lives >= 0 then
        return persisted
    end
    if known.state == 'scheduled' then
        if due then
            return good
        end
        known.whole = decode_record(call('GET', records[item])) or {}
        bytes = bytes + call('STRLEN', records[item])
        return tonumber(known.whole.due) and unparked(known.whole.message, task_id) and rescheduled or buried
    end
    local lane, entry_id = place_of(known)
    if not ready[lane or ''] then
        return unreadable
    end
    if has_message(lane, entry_id, task_id) then
        return is_stranded(lane, entry_id) and stranded or good
    end
    if is_pending(ready[lane], entry_id) then
        return held
    end
    return missing_at == known.at and closed or missing
end

-- Judges the whole batch before anything is written. A record's head tells all but the message of a parked one.
local replies, known_of, place_named, seen = {}, {}, {}, {}
for item = 1, #records do
    local at = 4 + (item - 1) * 3
    local task_id, seen_at, missing_at = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    if bytes >= call_bytes or seen[task_id] then
        replies[item] = later
    else
        seen[task_id] = true
        local head = redis.pcall('GETRANGE', records[item], 0, head_bytes)
        if head.err then
            head = 'another type'
        elseif head == '' and call('EXISTS', records[item]) == 0 then
            head = nil
        end
        local due = head and string.match(head, '^{"state":"scheduled","due":(%d+),"message":{')
        local known = due and {state = 'scheduled'} or decode_record(head)
        local lane, entry_id = place_of({at = seen_at})
        if ready[lane or ''] then
            replies[item] = judge_message(task_id, lane, entry_id, head, known)
        else
            replies[item] = judge_record(item, task_id, missing_at, head, known)
        end
        known_of[item] = known
        place_named[item] = ready[lane or ''] and seen_at or known and known.at
    end
end
local answer = {table.concat(replies)}
for item, reply in ipairs(replies) do
    if reply == missing then
        answer[#answer + 1] = known_of[item].at
    end
end
if mode ~= 'repair' then
    return answer
end
local retention_s, results_kept, dead_kept = kept()

local function close(item, task_id, message, payload, problem, reason)
    local entry = archive(task_id, 'dead', '0 0 0', problem, '')
    local letter = bury(task_id, message, payload, problem, reason, '0', '0', '0')
    call('SET', records[item], '{"state":"dead","at":"' .. letter .. '","result":"' .. entry .. '"}', 'EX', retention_s)
end

local names = {[recorded] = 'recorded', [moved] = 'moved', [duplicate] = 'duplicate', [stranded] = 'stranded',
               [expiring] = 'expiring', [persisted] = 'persisted', [rescheduled] = 'rescheduled', [stray] = 'stray',
               [closed] = 'closed', [buried] = 'buried'}
local repairs, finished = {}, {}
for item, reply in ipairs(replies) do
    local at = 4 + (item - 1) * 3
    local task_id = ARGV[at + 1]
    local known = known_of[item]
    local lane, entry_id = place_of({at = place_named[item]})
    if reply == recorded or reply == moved then
        local cancel = known and known.cancel and ',"cancel":1' or ''
        call('SET', records[item], '{"state":"ready","at":"' .. place(lane, entry_id) .. '"' .. cancel .. '}')
    elseif reply == duplicate then
        call('XDEL', ready[lane], entry_id)
    elseif reply == stranded then
        call('XCLAIM', ready[lane], 'workers', 'released', 0, entry_id, 'IDLE', 604800000, 'RETRYCOUNT', 0, 'FORCE',
             'JUSTID')
    elseif reply == expiring then
        call('EXPIRE', records[item], retention_s)
    elseif reply == persisted then
        call('PERSIST', records[item])
    elseif reply == rescheduled then
        call('ZADD', scheduled, string.format('%.0f', tonumber(known.whole.due)), task_id)
    elseif reply == stray then
        call('ZREM', scheduled, task_id)
    elseif reply == closed then
        close(item, task_id, nil, '', 'somebody deleted the message of this task from its stream', '')
    elseif reply == buried then
        close(item, task_id, {}, call('GET', records[item]), 'the parked message of this task cannot be read', 'malformed')
    end
    if reply == closed or reply == buried then
        finished[#finished + 1] = task_id .. ' dead'
    end
    if names[reply] then
        repairs[reply] = (repairs[reply] or 0) + 1
    end
end
for reply, number in pairs(repairs) do
    add('audit_' .. names[reply], number)
end
if #finished > 0 then
    add('dead', #finished)
    call('XTRIM', results, 'MAXLEN', '~', results_kept)
    call('XTRIM', dead, 'MAXLEN', '~', dead_kept)
    call('PUBLISH', done_channel, table.concat(finished, '\n'))
end
if repairs[stranded] then
    call('PUBLISH', control_channel, 'released')
end
if repairs[rescheduled] then
    call('PUBLISH', control_channel, 'due')
end
return answer
