-- @include pending
-- The fences of a batch: name each item with `expect`, then ask for each with `holds`.
-- One range per lane shows what `consumer` holds, if the batch is sorted; what it does not show is asked one by one.
local spans = {}

local function expect(lane, entry_id)
    local span = spans[lane]
    if span then
        span.last = entry_id
        span.size = span.size + 1
    else
        spans[lane] = {first = entry_id, last = entry_id, size = 1}
    end
end

-- Whether `consumer` holds an entry with this delivery count. An entry that is named twice is held once.
local function holds(lane, entry_id, count)
    local span = spans[lane]
    local counts = span.counts
    if not counts then
        counts = pending_counts(ready[lane], span.first, span.last, 2 * span.size)
        span.counts = counts
    end
    if counts[entry_id] == nil then
        counts[entry_id] = pending_counts(ready[lane], entry_id, entry_id, 1)[entry_id] or false
    end
    if counts[entry_id] ~= tonumber(count) then
        return false
    end
    counts[entry_id] = false
    return true
end
