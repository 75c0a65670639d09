-- epoch: adds a beat to the epoch of the data, and begins a new epoch where there is none.
-- @key    epoch            hash     id; beats = how often anybody looked
-- @arg    fresh            text     the id of a new epoch
-- @reply  id, beats
-- @writes epoch
-- @retry  safe: beats only have to grow
-- @cost   O(1)
local call = redis.call
local epoch = KEYS[1]
local fresh = ARGV[1]

local id = call('HMGET', epoch, 'id')[1]
if not id then
    id = fresh
    call('HSET', epoch, 'id', id)
end
return {id, call('HINCRBY', epoch, 'beats', 1)}
