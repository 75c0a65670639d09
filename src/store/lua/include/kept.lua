-- How long the record of a finished task stays (s), and about how many results and dead letters do: as the agent's
-- workers registered it last, the usual where none did.
local function kept()
    local usual, least = {'86400', '100000', '10000'}, {1, 0, 0}
    local known = call('HMGET', control, 'retention_s', 'results_kept', 'dead_kept')
    for i, value in ipairs(usual) do
        local text = string.match(known[i] or '', '^%d+$')
        if text and #text <= 10 and tonumber(text) >= least[i] then
            value = text
        end
        known[i] = value
    end
    return known[1], known[2], known[3]
end
