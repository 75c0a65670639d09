// Why a task does not run, in a sentence. Pure.
import type { AgentInfo, Lane, TaskDetail } from '../api/types';
import { formatDuration, formatExactCount, formatExactTime, plural } from './format';

type Facts = Pick<
  TaskDetail,
  | 'state'
  | 'lane'
  | 'agent'
  | 'due_in_ms'
  | 'retry_count'
  | 'worker'
  | 'idle_ms'
  | 'cancel_requested'
  | 'ahead'
  | 'ahead_more'
>;
type AgentFacts = Pick<AgentInfo, 'paused' | 'workers' | 'slots' | 'running' | 'lease_ms'> & {
  lanes: Record<Lane, { ready: number }>;
};

function whyScheduled(task: Facts, agent: AgentFacts, now: number): string {
  const dueIn = task.due_in_ms ?? 0;
  if (dueIn > 0) {
    const when = `${formatExactTime(now + dueIn).slice(0, 19)}, in ${formatDuration(dueIn)}`;
    return task.retry_count > 0
      ? `Its last attempt failed; the next one is scheduled for ${when}.`
      : `It is scheduled for ${when}.`;
  }
  if (agent.workers === 0)
    return `It has been due for ${formatDuration(dueIn)}, but no worker serves ${task.agent} that could take it up.`;
  return `It became due ${formatDuration(dueIn)} ago and is about to move to its lane.`;
}

function whyReady(task: Facts, agent: AgentFacts): string {
  const { ahead } = task;
  const lane = `the lane ${task.lane}`;
  const others = task.ahead_more
    ? `more than ${formatExactCount(ahead ?? 0)} other tasks`
    : plural(ahead ?? 0, 'other task');
  const behind = ahead ? `, behind ${others} in ${lane}` : '';
  if (agent.paused) return `The agent ${task.agent} is paused${behind}. Resume it to go on.`;
  if (agent.workers === 0) return `No live worker serves ${task.agent}${behind}.`;
  const busy =
    agent.running >= agent.slots
      ? `all ${plural(agent.slots, 'slot')} of ${plural(agent.workers, 'worker')} are busy`
      : `${agent.running} of ${plural(agent.slots, 'slot')} are busy`;
  if (ahead === 0) return `It is the next one in ${lane}; ${busy}.`;
  if (ahead === null)
    return `It is one of ${plural(agent.lanes[task.lane].ready, 'task')} in ${lane}; ${busy}.`;
  return `It waits${behind.slice(1)}; ${busy}.`;
}

function whyRunning(task: Facts, agent: AgentFacts, now: number): string | null {
  const idle = task.idle_ms ?? 0;
  const lease = agent.lease_ms;
  if (lease === null || task.worker === null) return null;
  // A healthy worker renews at a third of the lease.
  if (idle > lease)
    return agent.workers === 0
      ? `Its worker ${task.worker} has been silent for ${formatDuration(idle)} and its lease is over. No other worker serves ${task.agent} that could take the task over.`
      : `Its worker ${task.worker} has been silent for ${formatDuration(idle)} and its lease is over: another worker is about to take the task over.`;
  if (idle > lease / 2)
    return `Its worker ${task.worker} has been silent for ${formatDuration(idle)}. The lease lasts until ${formatExactTime(now + lease - idle).slice(11, 19)}; then another worker takes the task over.`;
  if (task.cancel_requested) return 'Somebody asked for its end; its worker was told.';
  return null;
}

/** Null where there is nothing to explain: it runs as it should, or has ended. */
export function whyNotRunning(task: Facts, agent: AgentFacts, now: number): string | null {
  switch (task.state) {
    case 'scheduled':
      return whyScheduled(task, agent, now);
    case 'ready':
      return whyReady(task, agent);
    case 'running':
      return whyRunning(task, agent, now);
    default:
      return null;
  }
}
