-- For wrk: each request stores one task with an id of its own.
local thread_count = 0
function setup(thread)
    thread_count = thread_count + 1
    thread:set('number', thread_count)
end

local sent = 0
local started = tostring(os.time())
local headers = {['Content-Type'] = 'application/json', ['X-Leat-Request'] = '1'}
function request()
    sent = sent + 1
    local id = 'wrk-' .. started .. '-' .. number .. '-' .. sent
    return wrk.format('POST', '/v1/tasks', headers,
                      '{"agent":"bench","id":"' .. id .. '","payload":{"text":"to be or not to be","n":' .. sent .. '}}')
end

function done(summary)
    local errors = summary.errors
    io.write(string.format('dispatches a second: %.0f\n', summary.requests / summary.duration * 1e6))
    io.write(string.format('refused or failed: %d\n', errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
