-- remove: takes a pending entry that is no task of ours out of its lane, after its adoption or into the dead stream.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    dead             stream   dead letters
-- @key    stats            hash     totals: adopted, quarantined
-- @arg    agent            name
-- @arg    consumer         name     who removes
-- @arg    lane             name
-- @arg    entry_id         id
-- @arg    count            integer  delivery count, the fence with consumer
-- @arg    kind             word     adopted or quarantined
-- @arg    reason           text     why it is quarantined
-- @arg    dead_kept        integer  dead letters, about
-- @status r removed        done
-- @status l lost           the fence is lost: nothing changed
-- @reply  one status character
-- @writes ready dead stats
-- @retry  safe: the second send finds the fence lost
-- @cost   O(size of the entry), whose fields are kept up to 32 MiB; the first writes work when Redis is out of memory
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local dead = KEYS[5]
local stats = KEYS[6]
local agent = ARGV[1]
local consumer = ARGV[2]
local lane = ARGV[3]
local entry_id = ARGV[4]
local count = ARGV[5]
local kind = ARGV[6]
local reason = ARGV[7]
local dead_kept = ARGV[8]
local removed, lost = 'r', 'l'
local copied_max = 33554432  -- bytes of fields: a dead letter that nobody can read helps nobody
-- @include clock
-- @include counters
-- @include entry
-- @include pending
-- @include iso_time

call('XLEN', dead)
call('HLEN', stats)
if pending_count(ready[lane], entry_id) ~= tonumber(count) then
    return lost
end
local fields = entry_fields(ready[lane], entry_id) or {}
call('XACK', ready[lane], 'workers', entry_id)
call('XDEL', ready[lane], entry_id)
if kind == 'quarantined' then
    local parts, bytes = {}, 0
    for i = 1, #fields do
        bytes = bytes + #fields[i]
    end
    for i = 1, bytes <= copied_max and #fields or 0, 2 do
        parts[#parts + 1] = cjson.encode(fields[i]) .. ':' .. cjson.encode(fields[i + 1])
    end
    call('XADD', dead, '*', 'task_id', field(fields, 'task_id') or '', 'original_payload',
         '{' .. table.concat(parts, ',') .. '}', 'error', reason, 'failed_at', iso_time(), 'agent_type', agent,
         'reason', 'malformed')
    call('XTRIM', dead, 'MAXLEN', '~', dead_kept)
end
add(kind, 1)
return removed
