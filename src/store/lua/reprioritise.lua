-- reprioritise: moves a waiting task to the lane of another priority, behind those who wait there.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    record           string   the task's record
-- @arg    task_id          name
-- @arg    priority         integer  the new one
-- @status m moved          also: a scheduled task that will become ready there
-- @status s unchanged      it is in that lane already, or scheduled with this priority
-- @status r running        nothing changed
-- @status t terminal       nothing changed
-- @status n not_found      there is no record
-- @status u unreadable     the record or its message is unreadable: nothing changed
-- @reply  one status character
-- @writes ready record
-- @retry  safe: the second send answers unchanged
-- @cost   O(1)
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local record = KEYS[5]
local task_id = ARGV[1]
local priority = ARGV[2]
local moved, unchanged, running, terminal, not_found, unreadable = 'm', 's', 'r', 't', 'n', 'u'
-- @include place
-- @include entry
-- @include record
-- @include parked
-- @include unparked
-- @include holder
-- @include lane_of

for _, key in pairs(ready) do
    call('XLEN', key)  -- finds a wrong type before anything is written
end
local text = call('GET', record)
if not text then
    return not_found
end
local known = decode_record(text)
if not known then
    return unreadable
end
if known.state == 'scheduled' then
    local message = unparked(known.message, task_id)
    local due = tonumber(known.due)
    if not message or not due then
        return unreadable
    end
    if field(message, 'priority') == priority then
        return unchanged
    end
    set_field(message, 'priority', priority)
    call('SET', record, parked(string.format('%.0f', due), message))
    return moved
elseif known.state == 'ready' then
    local lane, entry_id = place_of(known)
    if not ready[lane or ''] then
        return unreadable
    end
    local target = lane_of(priority)
    local holder, given_back = holder_of(ready[lane], entry_id)
    if holder then
        return running
    end
    if lane == target then
        return unchanged
    end
    local message = message_fields(ready[lane], entry_id)
    if not message then
        return unreadable
    end
    set_field(message, 'priority', priority)
    if given_back and given_back[4] > 0 then
        -- The new entry starts to count at 0; what the old one saw without a verdict is kept in the message.
        set_field(message, 'crashes', string.format('%.0f', (tonumber(field(message, 'crashes')) or 0) + given_back[4]))
    end
    call('XACK', ready[lane], 'workers', entry_id)
    call('XDEL', ready[lane], entry_id)
    local entry = call('XADD', ready[target], '*', unpack(message))
    -- A task that was given back may carry the wish to cancel it.
    local wish = known.cancel == 1 and ',"cancel":1}' or '}'
    call('SET', record, '{"state":"ready","at":"' .. place(target, entry) .. '"' .. wish)
    return moved
end
return terminal
