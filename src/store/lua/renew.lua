-- renew: restarts the lease of deliveries whose fence still holds.
-- @key    ready{critical,high,normal,low}  stream  messages that wait or are pending
-- @keys   records          string   the record of each item; read for its cancel flag
-- @arg    consumer         name     who renews
-- @args   lane             name     items are sorted by lane and entry; other orders cost more
-- @args   entry_id         id
-- @args   count            integer  delivery count, the fence with consumer
-- @status r renewed        the lease starts again
-- @status c cancel_requested  renewed, and somebody asked for the end of the task
-- @status l lost           the fence is lost: nothing changed
-- @status m missing        somebody deleted its message, and nobody has put it back: the delivery is gone
-- @reply  one status character per item
-- @writes ready
-- @retry  safe: a renewal changes nothing but the idle time
-- @cost   O(items), 1 XPENDING and 1 XCLAIM per lane
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local records = {unpack(KEYS, 5)}
local consumer = ARGV[1]
local renewed, cancel_requested, lost, missing = 'r', 'c', 'l', 'm'
-- @include place
-- @include entry
-- @include record
-- @include fence

for item = 1, #records do
    local at = 1 + (item - 1) * 3
    local lane, entry_id = ARGV[at + 1], ARGV[at + 2]
    expect(lane, entry_id, 2)
end
local found = call('MGET', unpack(records))
local claims, replies = {}, {}
for item = 1, #records do
    local at = 1 + (item - 1) * 3
    local lane, entry_id, count = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    replies[item] = lost
    if holds(lane, entry_id, tonumber(count)) then
        local cancelled = found[item] and string.find(found[item], '"cancel":1', 1, true)
        replies[item] = cancelled and cancel_requested or renewed
        claims[lane] = claims[lane] or {ids = {}, items = {}}
        table.insert(claims[lane].ids, entry_id)
        table.insert(claims[lane].items, item)
    elseif found[item] and not entry_fields(ready[lane], entry_id) then
        local record = decode_record(found[item])
        if record and record.at == place(lane, entry_id) then
            replies[item] = missing
        end
    end
end

for lane, claim in pairs(claims) do
    local arguments = {unpack(claim.ids)}
    table.insert(arguments, 'JUSTID')
    local claimed = call('XCLAIM', ready[lane], 'workers', consumer, 0, unpack(arguments))
    if #claimed < #claim.ids then  -- somebody deleted messages: the server drops such deliveries when they are claimed
        local kept = {}
        for _, id in ipairs(claimed) do
            kept[id] = true
        end
        for i, item in ipairs(claim.items) do
            replies[item] = kept[claim.ids[i]] and replies[item] or missing
        end
    end
end
return table.concat(replies)
