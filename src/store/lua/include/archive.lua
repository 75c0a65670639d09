-- Appends the end of an attempt, or of a task that never ran, to the archive and answers the entry's id.
-- `run`: `<attempt> <created_at> <started_at> <delivery>`, without the last where none ran. One field: each field of an
-- entry costs what its two words do in a call. When it ended is the time in the entry's id.
local function archive(task_id, status, run, problem, payload)
    if payload == '' then
        return call('XADD', results, '*', 'task_id', task_id, 'status', status, 'result', '', 'processed_by', consumer,
                    'agent_type', agent, 'run', run, 'error', problem)
    end
    return call('XADD', results, '*', 'task_id', task_id, 'status', status, 'result', '', 'processed_by', consumer,
                'agent_type', agent, 'run', run, 'error', problem, 'payload', payload)
end
