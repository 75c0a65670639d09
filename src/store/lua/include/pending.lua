-- Rows of one lane that `consumer` holds: entry id, consumer, ms since it was handed out, delivery count. Without a
-- group nobody holds anything.
local function pending_rows(key, first, last, limit)
    local rows = redis.pcall('XPENDING', key, 'workers', first, last, limit, consumer)
    if not rows.err then
        return rows
    elseif string.sub(rows.err, 1, 7) ~= 'NOGROUP' then
        error(rows)
    end
    return {}
end

-- How often an entry has been handed out, if `consumer` holds it; else nil.
local function pending_count(key, entry_id)
    local row = pending_rows(key, entry_id, entry_id, 1)[1]
    return row and row[4]
end

-- Delivery counts by entry; false for the first `taken` rows.
local function counts_of(rows, taken)
    local counts = {}
    for i = 1, #rows do
        counts[rows[i][1]] = i > taken and rows[i][4]
    end
    return counts
end
