-- balance: books what the live tasks and the counters differ by, so that they agree again.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    scheduled        zset     task id by due time, server ms
-- @key    stats            hash     totals: unaccounted, live tasks that came (or, below zero, went) by no transition
-- @arg    drift            integer  live tasks minus what the counters say, as seen a good while ago
-- @status b booked         they agree
-- @status c changed        the difference is another one now: nothing changed
-- @reply  status character
-- @writes stats
-- @retry  safe: after the first send there is no difference, which is another one
-- @cost   O(1)
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local scheduled = KEYS[5]
local stats = KEYS[6]
local drift = ARGV[1]
local booked, changed = 'b', 'c'
-- @include tally

local live, counted = tally()
if drift == '0' or live - counted ~= tonumber(drift) then
    return changed
end
local reply = redis.pcall('HINCRBY', stats, 'unaccounted', drift)
if type(reply) == 'table' then  -- somebody spoiled it
    return changed
end
return booked
