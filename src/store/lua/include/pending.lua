-- Rows of one lane that `consumer` holds, by entry id: the delivery count. Without a group nobody holds anything.
local function pending_counts(key, first, last, limit)
    local rows = redis.pcall('XPENDING', key, 'workers', first, last, limit, consumer)
    if rows.err and string.sub(rows.err, 1, 7) ~= 'NOGROUP' then
        error(rows)
    end
    local counts = {}
    for i = 1, #rows do
        counts[rows[i][1]] = rows[i][4]
    end
    return counts
end
