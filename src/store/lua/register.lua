-- register: creates what an agent needs, its groups and its control hash. Without change it writes nothing.
-- @key    ready{critical,high,normal,low}  stream  get the group `workers`, from the first entry on
-- @key    control          hash     v = format of messages and records, lease_ms, results and dead = names of those streams, the policy
-- @key    stats            hash     totals, and `about`: a sentence so long that Redis keeps the hash as a table
-- @arg    format           integer  what this program writes
-- @arg    lease_ms         integer  the last worker that starts decides
-- @arg    results          name     where readers find the archive
-- @arg    dead             name     where readers find the dead letters
-- @arg    retention_s      integer  how long the record of a finished task stays
-- @arg    results_kept     integer  entries of the archive, about
-- @arg    dead_kept        integer  dead letters, about
-- @arg    max_retries      integer  of tasks that come without their own; '' = 3
-- @arg    control_channel  name     told `policy` when the control hash changed
-- @status r registered     all there now
-- @status n newer          the data has a newer format: nothing changed
-- @reply  one status character
-- @writes ready control stats
-- @retry  safe: all of it is idempotent
-- @cost   O(1)
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local control = KEYS[5]
local stats = KEYS[6]
local format = ARGV[1]
local lease_ms = ARGV[2]
local results = ARGV[3]
local dead = ARGV[4]
local retention_s = ARGV[5]
local results_kept = ARGV[6]
local dead_kept = ARGV[7]
local max_retries = ARGV[8]
local control_channel = ARGV[9]
local registered, newer = 'r', 'n'

for _, key in pairs(ready) do
    call('XLEN', key)  -- finds a wrong type before anything is written
end
-- Redis keeps a hash of short values as one list and walks it for each field, ten counters a call. A value of more than
-- 64 bytes makes it a table.
local about = 'Totals of this agent since its first task. This long sentence lets Redis find a counter at once.'
local told = call('HGET', stats, 'about') == about
local policy = {'v', format, 'lease_ms', lease_ms, 'results', results, 'dead', dead, 'retention_s', retention_s,
                'results_kept', results_kept, 'dead_kept', dead_kept, 'max_retries', max_retries}
local changed = false
for i = 1, #policy, 2 do
    local known = call('HGET', control, policy[i])
    if policy[i] == 'v' and (tonumber(known or '') or 0) > tonumber(format) then
        return newer
    end
    changed = changed or known ~= policy[i + 1]
end
for lane, key in pairs(ready) do
    if redis.pcall('XPENDING', key, 'workers').err then
        redis.pcall('XGROUP', 'CREATE', ready[lane], 'workers', '0', 'MKSTREAM')
        call('XPENDING', key, 'workers')  -- reports what pcall hid
    end
end
if not told then
    redis.pcall('HSET', stats, 'about', about)  -- never fails a registration, not even without memory
end
if changed then
    call('HSET', control, unpack(policy))
    call('PUBLISH', control_channel, 'policy')
end
return registered
