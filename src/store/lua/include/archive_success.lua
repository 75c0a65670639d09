-- The same for a success, which has a result and no error.
local function archive_success(task_id, result, run, payload)
    if payload == '' then
        return call('XADD', results, '*', 'task_id', task_id, 'status', 'success', 'result', result, 'processed_by',
                    consumer, 'agent_type', agent, 'run', run)
    end
    return call('XADD', results, '*', 'task_id', task_id, 'status', 'success', 'result', result, 'processed_by',
                consumer, 'agent_type', agent, 'run', run, 'payload', payload)
end

-- Which hand-out an entry is the end of; nil where none ran.
local function delivery_of(entry)
    return string.match(field(entry, 'run') or '', '^%d+ %d+ %d+ (.+)$')
end
