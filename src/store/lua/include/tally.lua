-- Tasks that are live, and how many the counters say are. What came or went by no transition is `unaccounted`.
local function tally()
    local live = call('ZCARD', scheduled)
    for _, key in pairs(ready) do
        live = live + call('XLEN', key)
    end
    local counted = 0
    local values = call('HMGET', stats, 'dispatched', 'replayed', 'unaccounted', 'succeeded', 'dead', 'cancelled', 'expired')
    for i, value in ipairs(values) do
        counted = counted + (i <= 3 and 1 or -1) * (tonumber(value or '') or 0)
    end
    return live, counted
end
