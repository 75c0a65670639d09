-- One status for each item: its own, or the usual one.
local function answer(replies, usual_reply)
    if not next(replies) then
        return string.rep(usual_reply, #records)
    end
    for item = 1, #records do
        replies[item] = replies[item] or usual_reply
    end
    return table.concat(replies)
end
