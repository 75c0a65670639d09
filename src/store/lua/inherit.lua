-- inherit: takes over deliveries of one lane from a worker that is known to be gone.
-- @key    ready            stream   one lane
-- @key    stats            hash     totals: reclaimed
-- @arg    consumer         name     who takes over
-- @arg    owner            name     who is gone
-- @arg    limit            integer  at most so many
-- @reply  next cursor (always `0-0`), ids of deleted messages, entries, their new delivery counts, 0
-- @writes ready stats
-- @retry  safe: what the first send took belongs to the consumer and is found again when its lease ends
-- @cost   O(limit), 2 XPENDING, 1 XCLAIM
local call = redis.call
local ready = KEYS[1]
local stats = KEYS[2]
local consumer = ARGV[1]
local owner = ARGV[2]
local limit = ARGV[3]
-- @include counters
-- @include pending

call('HLEN', stats)
call('XLEN', ready)  -- reports a wrong type
local rows = redis.pcall('XPENDING', ready, 'workers', '-', '+', limit, owner)
if rows.err or #rows == 0 then
    return {'0-0', {}, {}, {}, 0}
end
local ids = {}
for item, row in ipairs(rows) do
    ids[item] = row[1]
end
local entries = call('XCLAIM', ready, 'workers', consumer, 0, unpack(ids))
local taken, counts, missing = {}, {}, {}
for item, entry in ipairs(entries) do
    taken[entry[1]] = true
    counts[item] = pending_count(ready, entry[1])
end
for _, id in ipairs(ids) do
    if not taken[id] then
        missing[#missing + 1] = id
    end
end
add('reclaimed', #entries)
return {'0-0', missing, entries, counts, 0}
