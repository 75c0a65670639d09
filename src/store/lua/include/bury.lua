-- Writes a dead letter and answers its id. `message` is nil where somebody deleted it; `payload` is then what is left.
local function bury(task_id, message, payload, problem, reason, attempts, crashes, created_at)
    local known = message or {}
    local letter = {'task_id', task_id, 'original_payload', field(known, 'payload') or payload, 'error', problem,
                    'failed_at', iso_time(), 'agent_type', agent, 'reason', message and reason or 'message_missing',
                    'attempts', attempts, 'crashes', crashes, 'priority', field(known, 'priority') or '0',
                    'max_retries', field(known, 'max_retries') or '0', 'created_at', created_at}
    for _, name in ipairs({'timeout_ms', 'traceparent'}) do
        local value = field(known, name)
        if value then
            set_field(letter, name, value)
        end
    end
    return call('XADD', dead, '*', unpack(letter))
end
