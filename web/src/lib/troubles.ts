// What is wrong: the server's alerts, and what needs no limit to be told. Pure.
import type { AgentAtAGlance, Alert, AlertKind, Overview } from '../api/types';
import { plural } from './format';
import { agentHref, href } from './route';

export interface Trouble {
  severe: boolean; // tasks do not move, or may be lost
  text: string;
  link: string;
}

/** The page that shows more of it. */
function linkOf(kind: AlertKind, agent: string | null): string {
  switch (kind) {
    case 'renewals_stalled':
    case 'pending_high':
      return href(['pending']);
    case 'dead_rate':
      return href(['dead'], agent === null ? {} : { agent });
    case 'corrupt':
    case 'redis_down':
    case 'memory_high':
    case 'eviction_possible':
    case 'write_failed':
      return href(['redis']);
    default:
      return agent === null ? href([]) : agentHref(agent);
  }
}

const ofAlert = ({ alert, agent, severity, text }: Alert): Trouble => ({
  severe: severity === 'critical',
  text,
  link: linkOf(alert, agent),
});

/** Somebody wanted that, so it is no alert; but who looks should know. */
function ofPause(agent: AgentAtAGlance): Trouble[] {
  const waiting = agent.ready + agent.scheduled;
  if (agent.condition !== 'paused' || waiting === 0) return [];
  const text = `${agent.agent} is paused while ${plural(waiting, 'task')} wait.`;
  return [{ severe: false, text, link: agentHref(agent.agent) }];
}

/** The severe ones first. */
export function troublesOf(overview: Overview): Trouble[] {
  const all = [...overview.alerts.map(ofAlert), ...overview.agents.flatMap(ofPause)];
  return [...all.filter(trouble => trouble.severe), ...all.filter(trouble => !trouble.severe)];
}
