-- @include pending
-- The delivery count of each item as `consumer` holds it, nil where it does not; a repeated entry counts once.
-- One range per lane covers a batch that is sorted by entry; what it does not show is asked one by one.
local function delivery_counts(lanes, entries)
    local spans = {}
    for item = 1, #entries do
        local span = spans[lanes[item]]
        if not span then
            span = {first = entries[item], size = 0}
            spans[lanes[item]] = span
        end
        span.last = entries[item]
        span.size = span.size + 1
    end
    for lane, span in pairs(spans) do
        span.counts = pending_counts(ready[lane], span.first, span.last, 2 * span.size)
    end
    local counts = {}
    for item = 1, #entries do
        local entry = entries[item]
        local known = spans[lanes[item]].counts
        local held = known[entry]
        if held == nil then
            held = pending_counts(ready[lanes[item]], entry, entry, 1)[entry]
        end
        counts[item] = held or nil
        known[entry] = false
    end
    return counts
end
