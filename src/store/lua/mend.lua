-- mend: puts the groups of an agent right. Without need it writes nothing.
-- @key    ready{critical,high,normal,low}  stream  have the group `workers`, which must not be ahead of its stream
-- @key    stats            hash     totals: groups_created, groups_set_back
-- @reply  number of groups created, number set back
-- @writes ready stats
-- @retry  safe: what the first send mended is right in the second
-- @cost   O(1)
local call = redis.call
local ready = {critical = KEYS[1], high = KEYS[2], normal = KEYS[3], low = KEYS[4]}
local stats = KEYS[5]
-- @include clock
-- @include counters
-- @include entry

for _, key in pairs(ready) do
    call('XLEN', key)  -- finds a wrong type before anything is written
end
call('HLEN', stats)
local created, set_back = 0, 0
for lane, key in pairs(ready) do
    local groups = redis.pcall('XINFO', 'GROUPS', key)
    local last
    for _, group in ipairs(groups.err and {} or groups) do
        if field(group, 'name') == 'workers' then
            last = field(group, 'last-delivered-id')
        end
    end
    if not last then
        call('XGROUP', 'CREATE', ready[lane], 'workers', '0', 'MKSTREAM')
        created = created + 1
    elseif tonumber(string.match(last, '^%d+')) > now_ms then
        -- New messages are numbered by the clock, or by the last number given if that is ahead of it.
        local given = field(call('XINFO', 'STREAM', key), 'last-generated-id')
        if given ~= last then
            local ms, sequence = string.match(given, '^(%d+)%-(%d+)$')
            local last_ms, last_sequence = string.match(last, '^(%d+)%-(%d+)$')
            local ahead_ms = tonumber(last_ms) - tonumber(ms)
            if ahead_ms > 0 or ahead_ms == 0 and tonumber(last_sequence) > tonumber(sequence) then
                call('XGROUP', 'SETID', ready[lane], 'workers', given)
                set_back = set_back + 1
            end
        end
    end
end
add('groups_created', created)
add('groups_set_back', set_back)
return {created, set_back}
