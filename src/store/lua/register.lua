-- register: creates what an agent needs, its groups and its control hash. Without change it writes nothing.
-- @key    ready{critical,high,normal,low}  stream  get the group `workers`, from the first entry on
-- @key    control          hash     v = format of messages and records, lease_ms, results and dead = names of those streams
-- @arg    format           integer  what this program writes
-- @arg    lease_ms         integer  the last worker that starts decides
-- @arg    results          name     where readers find the archive
-- @arg    dead             name     where readers find the dead letters
-- @arg    control_channel  name     told `policy` when the control hash changed
-- @status r registered     all there now
-- @status n newer          the data has a newer format: nothing changed
-- @reply  one status character
-- @writes ready control
-- @retry  safe: all of it is idempotent
-- @cost   O(1)
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local control = KEYS[5]
local format = ARGV[1]
local lease_ms = ARGV[2]
local results = ARGV[3]
local dead = ARGV[4]
local control_channel = ARGV[5]
local registered, newer = 'r', 'n'

for _, key in pairs(ready) do
    call('XLEN', key)  -- finds a wrong type before anything is written
end
local known = call('HMGET', control, 'v', 'lease_ms', 'results', 'dead')
if (tonumber(known[1] or '') or 0) > tonumber(format) then
    return newer
end
for lane, key in pairs(ready) do
    if redis.pcall('XPENDING', key, 'workers').err then
        redis.pcall('XGROUP', 'CREATE', ready[lane], 'workers', '0', 'MKSTREAM')
        call('XPENDING', key, 'workers')  -- reports what pcall hid
    end
end
if known[1] ~= format or known[2] ~= lease_ms or known[3] ~= results or known[4] ~= dead then
    call('HSET', control, 'v', format, 'lease_ms', lease_ms, 'results', results, 'dead', dead)
    call('PUBLISH', control_channel, 'policy')
end
return registered
