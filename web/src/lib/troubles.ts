// What is wrong, as far as the overview tells. Pure.
import type { AgentAtAGlance, Overview } from '../api/types';
import { formatBytes, formatDuration, formatShare, plural } from './format';
import { agentHref, href } from './route';

export interface Trouble {
  severe: boolean; // tasks do not move, or may be lost
  text: string;
  link: string;
}

const kMemoryShare = 0.8;
const kLateMs = 10_000; // overdue for longer than any sweep takes

function ofAgent(agent: AgentAtAGlance): Trouble[] {
  const troubles: Trouble[] = [];
  if (agent.problem !== null)
    return [
      { severe: true, text: `${agent.agent} cannot be read: ${agent.problem}.`, link: href(['redis']) },
    ];
  const waiting = agent.ready + agent.scheduled;
  const link = agentHref(agent.agent);
  const leaseOver =
    agent.lease_ms !== null && agent.oldest_idle_ms !== null && agent.oldest_idle_ms > agent.lease_ms;
  if (agent.condition === 'unserved' && waiting + agent.running > 0) {
    const held = plural(waiting + agent.running, 'task');
    troubles.push({
      severe: true,
      text: `No live worker serves ${agent.agent}: ${held} cannot go on.`,
      link,
    });
  } else if (leaseOver) {
    const silence = formatDuration(agent.oldest_idle_ms ?? 0);
    const text = `A worker of ${agent.agent} has been silent for ${silence}, longer than its lease; its tasks are being taken over.`;
    troubles.push({ severe: true, text, link: href(['pending']) });
  }
  if (agent.condition === 'paused' && waiting > 0)
    troubles.push({
      severe: false,
      text: `${agent.agent} is paused while ${plural(waiting, 'task')} wait.`,
      link,
    });
  if (agent.max_waiting !== null && waiting >= agent.max_waiting)
    troubles.push({ severe: true, text: `${agent.agent} is full: further tasks are refused.`, link });
  if (agent.condition === 'served' && (agent.next_due_in_ms ?? 0) < -kLateMs) {
    const late = formatDuration(agent.next_due_in_ms ?? 0);
    troubles.push({
      severe: false,
      text: `A scheduled task of ${agent.agent} has been due for ${late}.`,
      link,
    });
  }
  return troubles;
}

function ofServer({ redis }: Overview): Trouble[] {
  const share = redis.maxmemory_bytes > 0 ? redis.used_memory_bytes / redis.maxmemory_bytes : 0;
  const troubles: Trouble[] = [];
  const link = href(['redis']);
  if (share >= kMemoryShare) {
    const text = `Redis uses ${formatShare(share)} of its ${formatBytes(redis.maxmemory_bytes)}: when it is full, dispatches are refused.`;
    troubles.push({ severe: share >= 0.95, text, link });
  }
  if (redis.maxmemory_policy && redis.maxmemory_policy !== 'noeviction') {
    const text = `Redis may evict keys (${redis.maxmemory_policy}): evicted keys are lost tasks.`;
    troubles.push({ severe: true, text, link });
  }
  return troubles;
}

/** The severe ones first. */
export function troublesOf(overview: Overview): Trouble[] {
  const all = [...ofServer(overview), ...overview.agents.flatMap(ofAgent)];
  return [...all.filter(trouble => trouble.severe), ...all.filter(trouble => !trouble.severe)];
}
