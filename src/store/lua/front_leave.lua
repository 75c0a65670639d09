-- front_leave: deletes a consumer of the front door that holds nothing.
-- @key    front            stream   the front door
-- @arg    consumer         name
-- @reply  how many entries it still holds
-- @writes front
-- @retry  safe: deleting it again changes nothing
-- @cost   O(C), C = consumers of the front door
local call = redis.call
local front = KEYS[1]
local consumer = ARGV[1]

call('XLEN', front)  -- reports a wrong type
local summary = redis.pcall('XPENDING', front, 'leat')
if summary.err then
    return 0
end
for _, row in ipairs(summary[4] or {}) do
    if row[1] == consumer then
        return tonumber(row[2])
    end
end
redis.pcall('XGROUP', 'DELCONSUMER', front, 'leat', consumer)
return 0
