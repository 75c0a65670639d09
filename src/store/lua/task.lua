-- task: everything that is known of one task, in one read.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    results          stream   the archive
-- @key    dead             stream   dead letters
-- @key    record           string   the task's record
-- @status f known          there is a record
-- @status n not_found      there is none
-- @status u unreadable     the record is no record
-- @reply  status, server ms, record, who holds it (id, consumer, idle ms, count), its message, its result, its dead letter (each id, fields); lists are empty where there is nothing
-- @writes nothing
-- @retry  safe: it only reads
-- @cost   O(1)
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local results = KEYS[5]
local dead = KEYS[6]
local record = KEYS[7]
local known, not_found, unreadable = 'f', 'n', 'u'
-- @include clock
-- @include entry
-- @include record
-- @include holder

local function row_of(key, id)
    local found = entry_fields(key, id)
    return found and {id, found} or {}
end

call('XLEN', results)
call('XLEN', dead)
local text = call('GET', record)
if not text then
    return {not_found}
end
local fields = decode_record(text)
if not fields then
    return {unreadable}
end
local holding, message, result, letter = {}, {}, {}, {}
if fields.state == 'ready' then
    local lane, entry_id = place_of(fields)
    if not ready[lane or ''] then
        return {unreadable}
    end
    call('XLEN', ready[lane])
    local holder, given_back = holder_of(ready[lane], entry_id)
    holding = holder or given_back or {}
    message = row_of(ready[lane], entry_id)
elseif fields.state == 'dead' then
    letter = row_of(dead, fields.at)
    result = row_of(results, fields.result)
elseif fields.state ~= 'scheduled' then
    result = row_of(results, fields.at)
end
return {known, now, text, holding, message, result, letter}
