-- release: gives deliveries back, available to others at once, nothing counted.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @key    stats            hash     totals: released
-- @arg    consumer         name     who gives back
-- @arg    control_channel  name     told `released`, once
-- @args   lane             name     items are sorted by lane and entry; other orders cost more
-- @args   entry_id         id
-- @args   count            integer  delivery count, the fence with consumer; who claims it next gets the same
-- @status r released       it belongs to `released` now, idle for seven days
-- @status l lost           the fence is lost: nothing changed
-- @reply  one status character per item
-- @writes ready stats
-- @retry  safe: the second send finds the fence lost
-- @cost   O(items), 1 XCLAIM each
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local stats = KEYS[5]
local consumer = ARGV[1]
local control_channel = ARGV[2]
local released, lost = 'r', 'l'
local items = (#ARGV - 2) / 3
-- @include counters
-- @include fence

call('HLEN', stats)
for item = 1, items do
    local at = 2 + (item - 1) * 3
    local lane, entry_id = ARGV[at + 1], ARGV[at + 2]
    expect(lane, entry_id, 2)
end
local replies = {}
local given_back = 0
for item = 1, items do
    local at = 2 + (item - 1) * 3
    local lane, entry_id, count = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    replies[item] = lost
    if holds(lane, entry_id, tonumber(count)) then
        local claimed = call('XCLAIM', ready[lane], 'workers', 'released', 0, entry_id, 'IDLE', 604800000, 'RETRYCOUNT',
                             count - 1, 'JUSTID')
        if #claimed == 1 then
            replies[item] = released
            given_back = given_back + 1
        end
    end
end
if given_back > 0 then
    call('PUBLISH', control_channel, 'released')
end
add('released', given_back)
return table.concat(replies)
