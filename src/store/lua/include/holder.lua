-- Who holds an entry, as {id, consumer, idle ms, count}; nil where it waits. Given back is waiting too, but pending:
-- the second value is then its row.
local function holder_of(key, id)
    local rows = redis.pcall('XPENDING', key, 'workers', id, id, 1)
    local row = not rows.err and rows[1] or nil
    if row and row[2] == 'released' then
        return nil, row
    end
    return row
end
