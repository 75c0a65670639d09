-- beat: writes a worker's heartbeat, which goes away by itself.
-- @key    worker           hash     what the worker is and serves; lives ttl_ms from now on
-- @arg    ttl_ms           integer
-- @arg    name             text
-- @arg    host             text
-- @arg    version          text
-- @arg    pid              integer
-- @arg    started_at       integer  ms
-- @arg    rss_bytes        integer
-- @arg    draining         integer  1 once it takes no more work
-- @arg    agents           text     JSON: agent, slots and running of each
-- @arg    events           text     JSON: how often each event was told since the start
-- @arg    beats            integer  how many beats this worker has written, with this one
-- @reply  server ms
-- @writes worker
-- @retry  safe: the second beat says the same
-- @cost   O(1)
local call = redis.call
local worker = KEYS[1]
local ttl_ms = ARGV[1]
local name = ARGV[2]
local host = ARGV[3]
local version = ARGV[4]
local pid = ARGV[5]
local started_at = ARGV[6]
local rss_bytes = ARGV[7]
local draining = ARGV[8]
local agents = ARGV[9]
local events = ARGV[10]
local beats = ARGV[11]
-- @include clock

call('HSET', worker, 'name', name, 'host', host, 'version', version, 'pid', pid, 'started_at', started_at,
     'rss_bytes', rss_bytes, 'draining', draining, 'agents', agents, 'events', events, 'beats', beats)
call('PEXPIRE', worker, ttl_ms)
return now_ms
