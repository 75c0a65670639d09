-- @include pending
-- The fences of a batch: name each item with `expect`, or the first and the last of many, then ask for each with
-- `holds`. `limit`: how many rows it is worth to read for it, those of others between them included.
-- One range per lane shows what `consumer` holds, if the batch is sorted; what it does not show is asked one by one.
local spans = {}

local function expect(lane, entry_id, limit)
    local span = spans[lane]
    if span then
        span.last = entry_id
        span.limit = span.limit + limit
    else
        spans[lane] = {first = entry_id, last = entry_id, limit = limit}
    end
end

-- Whether `consumer` holds an entry with this delivery count. An entry that is named twice is held once.
local function holds(lane, entry_id, count)
    local span = spans[lane]
    local counts = span.counts
    if not counts then
        counts = pending_counts(ready[lane], span.first, span.last, span.limit)
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
