-- The lane of an integer priority.
local function lane_of(priority)
    local number = tonumber(priority) or 0
    return number < 0 and 'low' or number < 1 and 'normal' or number < 2 and 'high' or 'critical'
end
