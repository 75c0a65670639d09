-- replay: brings dead letters back as new messages; the letters stay.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    dead             stream   dead letters
-- @key    stats            hash     totals: replayed
-- @keys   records          string   the record of each item
-- @arg    agent            name
-- @args   entry_id         id       of the dead letter
-- @args   task_id          name     whose letter it is
-- @args   edited           text     payload of the new message; '' = the letter's
-- @status r replayed       ready again, now or by an earlier send
-- @status n not_dead       the task went on since, or the letter is no task of this agent: nothing changed
-- @status m missing        there is no such letter
-- @reply  one status character per item
-- @writes ready stats records
-- @retry  safe: the new message names the letter it came from
-- @cost   O(items), 1 XRANGE and 1 XADD each
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local dead = KEYS[5]
local stats = KEYS[6]
local records = {unpack(KEYS, 7)}
local agent = ARGV[1]
local replayed, not_dead, missing = 'r', 'n', 'm'
-- @include place
-- @include clock
-- @include counters
-- @include entry
-- @include record
-- @include existing
-- @include lane_of

local function integer_of(text, otherwise)
    return string.match(text or '', '^%-?%d+$') or otherwise
end

-- The message for a letter; nil where it is no letter of a task of this agent.
local function message_of(letter, id, edited)
    local payload = field(letter, 'original_payload')
    if not payload or field(letter, 'reason') == 'malformed' or (field(letter, 'agent_type') or agent) ~= agent then
        return nil
    end
    payload = edited ~= '' and edited or payload
    local fields = {'v', '1', 'task_id', id, 'agent_type', agent, 'payload', payload,
                    'priority', integer_of(field(letter, 'priority'), '0'),
                    'created_at', integer_of(field(letter, 'created_at'), now), 'retry_count', '0',
                    'max_retries', integer_of(field(letter, 'max_retries'), '3')}
    for _, name in ipairs({'timeout_ms', 'traceparent'}) do
        local value = field(letter, name)
        if value then
            set_field(fields, name, value)
        end
    end
    set_field(fields, 'attempts', integer_of(field(letter, 'attempts'), '0'))
    return fields
end

for _, key in pairs(ready) do
    call('XLEN', key)  -- finds a wrong type before anything is written
end
call('XLEN', dead)
call('HLEN', stats)
local found = existing_records()
local replies, messages, writes, taken = {}, {}, {}, {}
for item = 1, #records do
    local at = 1 + (item - 1) * 3
    local entry_id, task_id, edited = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    local letter = entry_fields(dead, entry_id)
    replies[item] = not_dead
    if not letter or field(letter, 'task_id') ~= task_id then
        replies[item] = missing
    elseif found[item] then
        local record = decode_record(found[item]) or {}
        if record.state == 'dead' and record.at == entry_id and not taken[task_id] then
            messages[item] = message_of(letter, task_id, edited)
        elseif record.state == 'ready' then
            local lane, message_id = place_of(record)
            local message = message_fields(ready[lane or ''], message_id)
            if message and field(message, 'replay_of') == entry_id then
                replies[item] = replayed
            end
        end
    elseif not taken[task_id] then
        messages[item] = message_of(letter, task_id, edited)
    end
    if messages[item] then
        taken[task_id] = true
        set_field(messages[item], 'replay_of', entry_id)
    end
end

local number = 0
for item, message in pairs(messages) do
    local lane = lane_of(field(message, 'priority'))
    local entry = call('XADD', ready[lane], '*', unpack(message))
    writes[#writes + 1] = records[item]
    writes[#writes + 1] = '{"state":"ready","at":"' .. place(lane, entry) .. '"}'
    replies[item] = replayed
    number = number + 1
end
if number > 0 then
    call('MSET', unpack(writes))
end
add('replayed', number)
return table.concat(replies)
