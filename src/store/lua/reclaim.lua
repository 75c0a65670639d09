-- reclaim: takes over deliveries of one lane whose holder has been silent.
-- @key    ready            stream   one lane
-- @key    stats            hash     totals: reclaimed
-- @arg    consumer         name     who takes over
-- @arg    min_idle_ms      integer  silent for at least so long
-- @arg    cursor           id       where to go on; `0-0` = from the start
-- @arg    limit            integer  at most so many
-- @arg    expected_ms      integer  what the server's clock should say; 0 = whatever
-- @arg    tolerance_ms     integer  how far it may be off: else nothing is taken over
-- @reply  next cursor (`0-0` after a whole sweep), ids of deleted messages, entries, their new delivery counts, 1 where the clock was off
-- @writes ready stats
-- @retry  safe: what the first send took belongs to the consumer and is found again when its lease ends
-- @cost   O(limit), 1 XAUTOCLAIM, 1 XPENDING
local call = redis.call
local ready = KEYS[1]
local stats = KEYS[2]
local consumer = ARGV[1]
local min_idle_ms = ARGV[2]
local cursor = ARGV[3]
local limit = ARGV[4]
local expected_ms = ARGV[5]
local tolerance_ms = ARGV[6]
-- @include clock
-- @include counters
-- @include pending

call('HLEN', stats)
call('XLEN', ready)  -- reports a wrong type
if expected_ms ~= '0' and math.abs(now_ms - expected_ms) > tonumber(tolerance_ms) then
    return {cursor, {}, {}, {}, 1}
end
local claimed = redis.pcall('XAUTOCLAIM', ready, 'workers', consumer, min_idle_ms, cursor, 'COUNT', limit)
if claimed.err then
    if string.sub(claimed.err, 1, 7) ~= 'NOGROUP' then
        error(claimed)
    end
    return {'0-0', {}, {}, {}, 0}
end
local entries = claimed[2]
local counts = {}
if #entries > 0 then
    local shown = counts_of(pending_rows(ready, entries[1][1], entries[#entries][1], 2 * #entries), 0)
    for item = 1, #entries do
        local id = entries[item][1]
        counts[item] = shown[id] or pending_count(ready, id)
    end
    add('reclaimed', #entries)
end
return {claimed[1], claimed[3], entries, counts, 0}
