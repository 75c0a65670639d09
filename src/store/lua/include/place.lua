-- Where a message is, as its record says it: the first letter of the lane, and the entry ("n/1732-0"). So short because
-- a text of up to 44 bytes shares the memory of its key's value.
local function place(lane, entry_id)
    return string.sub(lane, 1, 1) .. '/' .. entry_id
end
