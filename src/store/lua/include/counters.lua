-- Adds to a total. Never fails a transition: a counter that is no number stays as it is.
local function add(field, by)
    if by > 0 then
        redis.pcall('HINCRBY', stats, field, string.format('%d', by))
    end
end
