-- gauge: writes into the statistics of a minute how much the agent holds now.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    scheduled        zset     task id by due time, server ms
-- @key    minute_stats     hash     of this minute; gets `gauge:ready`, `gauge:running`, `gauge:scheduled`; lives 25 h
-- @reply  tasks that are ready, running, scheduled
-- @writes minute_stats
-- @retry  safe: the last one that writes wins
-- @cost   O(C), C = consumers of the agent; 1 write
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local scheduled = KEYS[5]
local minute_stats = KEYS[6]

local waiting, running = 0, 0
for _, key in pairs(ready) do
    local length = call('XLEN', key)
    local summary = redis.pcall('XPENDING', key, 'workers')
    local held = not summary.err and summary[1] or 0
    for _, row in ipairs(held > 0 and summary[4] or {}) do
        if row[1] == 'released' then
            held = held - tonumber(row[2])  -- given back is waiting, too
        end
    end
    waiting = waiting + math.max(length - held, 0)
    running = running + held
end
local parked = call('ZCARD', scheduled)
local new_minute = call('HLEN', minute_stats) == 0
call('HSET', minute_stats, 'gauge:ready', waiting, 'gauge:running', running, 'gauge:scheduled', parked)
if new_minute then
    call('EXPIRE', minute_stats, 90000)
end
return {waiting, running, parked}
