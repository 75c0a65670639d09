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
        spans[lane] = {first = entry_id, last = entry_id, limit = limit, taken = 0}
    end
end

-- Whether `consumer` holds an entry with this delivery count, a number. An entry that is named twice is held once.
-- Where a sorted batch holds all of its range, the rows come in its order; from the first that does not on, they are
-- looked up by entry.
local function holds(lane, entry_id, count)
    local span = spans[lane]
    if not span.rows then
        span.rows = pending_rows(ready[lane], span.first, span.last, span.limit)
    end
    local counts = span.counts
    if not counts then
        local row = span.rows[span.taken + 1]
        if row and row[1] == entry_id and row[4] == count then
            span.taken = span.taken + 1
            return true
        end
        counts = counts_of(span.rows, span.taken)
        span.counts = counts
    end
    if counts[entry_id] == nil then
        counts[entry_id] = pending_count(ready[lane], entry_id) or false
    end
    if counts[entry_id] ~= count then
        return false
    end
    counts[entry_id] = false
    return true
end
