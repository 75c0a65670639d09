-- prune_consumer: deletes a consumer from the lanes where it holds nothing.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @arg    consumer         name
-- @reply  how many deliveries it still holds
-- @writes ready
-- @retry  safe: deleting it again changes nothing
-- @cost   O(C), C = consumers of the agent
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local consumer = ARGV[1]

for _, key in pairs(ready) do
    call('XLEN', key)  -- finds a wrong type before anything is written
end
local held = 0
for lane, key in pairs(ready) do
    local summary = redis.pcall('XPENDING', key, 'workers')
    if not summary.err then
        local here = 0
        for _, row in ipairs(summary[4] or {}) do
            if row[1] == consumer then
                here = tonumber(row[2])
            end
        end
        held = held + here
        if here == 0 then
            redis.pcall('XGROUP', 'DELCONSUMER', ready[lane], 'workers', consumer)
        end
    end
end
return held
