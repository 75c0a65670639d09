-- Appends the end of an attempt, or of a task that never ran, to the archive and answers the entry's id.
local function archive(task_id, status, result, attempt, problem, created_at, started_at, delivery, payload)
    if payload == '' then
        return call('XADD', results, '*', 'task_id', task_id, 'status', status, 'result', result, 'processed_by', consumer,
                    'agent_type', agent, 'attempt', attempt, 'error', problem, 'created_at', created_at,
                    'started_at', started_at, 'finished_at', now, 'delivery', delivery)
    end
    return call('XADD', results, '*', 'task_id', task_id, 'status', status, 'result', result, 'processed_by', consumer,
                'agent_type', agent, 'attempt', attempt, 'error', problem, 'created_at', created_at,
                'started_at', started_at, 'finished_at', now, 'delivery', delivery, 'payload', payload)
end
