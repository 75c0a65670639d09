-- survey: which tasks have messages in one lane, a slice at a time.
-- @key    ready            stream   one lane
-- @arg    after            id       where to go on; `0-0` = from the start
-- @arg    limit            integer  at most so many entries
-- @reply  last id looked at ('' after the last entry), then entry id and task id of each message of ours
-- @writes nothing
-- @retry  safe: it only reads
-- @cost   O(limit); looks at 256 KiB of messages or a little more
local call = redis.call
local ready = KEYS[1]
local after = ARGV[1]
local limit = ARGV[2]
local call_bytes = 262144
-- @include entry

local reply = {''}
local left, bytes, step = tonumber(limit), 0, 1
while left > 0 and bytes < call_bytes do
    step = math.min(step, left)
    local rows = call('XRANGE', ready, '(' .. after, '+', 'COUNT', step)
    for _, row in ipairs(rows) do
        local task_id = field(row[2], 'task_id')
        bytes = bytes + #(field(row[2], 'payload') or '')
        if task_id and field(row[2], 'v') == '1' then
            reply[#reply + 1] = row[1]
            reply[#reply + 1] = task_id
        end
        after = row[1]
    end
    if #rows < step then
        return reply
    end
    left = left - step
    step = 2 * step
end
reply[1] = after
return reply
