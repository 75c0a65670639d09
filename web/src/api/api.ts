// One function per question or change that the pages need.
import { noteServerTime } from '../lib/clock';
import { apiUrl, change, get } from './http';
import type {
  AgentInfo,
  AgentPending,
  DeadGroup,
  DeadGroups,
  DeadLetter,
  Finding,
  Page,
  Replay,
  ServerFacts,
  Stats,
  TaskDetail,
  TaskRow,
  TaskState,
  WorkerInfo,
} from './types';

type Signal = AbortSignal | undefined;

// --- agents ---

export const getAgent = (agent: string, signal?: Signal): Promise<AgentInfo> =>
  get(apiUrl(['agents', agent]), signal);

/** Of all agents together. */
export const getStats = (minutes: number, step: number, signal?: Signal): Promise<Stats> =>
  get(apiUrl(['stats'], { minutes, step }), signal);

export const getAgentStats = (
  agent: string,
  minutes: number,
  step: number,
  signal?: Signal,
): Promise<Stats> => get(apiUrl(['agents', agent, 'stats'], { minutes, step }), signal);

export const pauseAgent = (agent: string): Promise<void> =>
  change('POST', apiUrl(['agents', agent, 'pause']));
export const resumeAgent = (agent: string): Promise<void> =>
  change('POST', apiUrl(['agents', agent, 'resume']));

// --- tasks ---

export interface TaskFilter {
  agent?: string;
  state?: TaskState;
  id?: string;
  older_than?: string;
  newer_than?: string;
  cursor?: string;
}

export interface TaskPage extends Page {
  tasks: TaskRow[];
}

export const listTasks = (filter: TaskFilter, limit: number, signal?: Signal): Promise<TaskPage> =>
  get(apiUrl(['tasks'], { ...filter, limit }), signal);

interface Look {
  signal?: AbortSignal;
  reveal?: boolean; // with what the redaction rules hide
}

export async function getTask(agent: string, id: string, look: Look): Promise<TaskDetail> {
  const query = look.reveal ? { reveal: 'true' } : {};
  const task = await get<TaskDetail>(apiUrl(['tasks', agent, id], query), look.signal);
  noteServerTime(task.now);
  return task;
}

export const taskEventsUrl = (agent: string, id: string): URL => apiUrl(['tasks', agent, id, 'events']);

export const cancelTask = (agent: string, id: string): Promise<{ status: string }> =>
  change('POST', apiUrl(['tasks', agent, id, 'cancel']));

export const retryTask = (agent: string, id: string): Promise<{ status: string; state: TaskState }> =>
  change('POST', apiUrl(['tasks', agent, id, 'retry']));

export interface Receipt {
  id: string;
  status: 'created' | 'duplicate' | 'full';
  state: TaskState;
}

/** `payloadText` is JSON text, sent as it is. */
export function dispatchTask(agent: string, payloadText: string, priority: number): Promise<Receipt> {
  const body = `{"agent":${JSON.stringify(agent)},"priority":${priority},"payload":${payloadText}}`;
  return change('POST', apiUrl(['tasks']), body);
}

// --- dead letters ---

export interface DeadPage extends Page {
  letters: DeadLetter[];
}

export const listDead = (agent: string, cursor: string, limit: number, signal?: Signal): Promise<DeadPage> =>
  get(apiUrl(['agents', agent, 'dead'], { cursor, limit }), signal);

export const getDeadGroups = (agent: string, signal?: Signal): Promise<DeadGroups> =>
  get(apiUrl(['agents', agent, 'dead', 'groups']), signal);

export const getLetter = (agent: string, letter: string, look: Look): Promise<DeadLetter> =>
  get(apiUrl(['agents', agent, 'dead', letter], look.reveal ? { reveal: 'true' } : {}), look.signal);

/** `payloadText`: JSON text that replaces the payload; undefined: as it was. */
export const replayLetter = (agent: string, letter: string, payloadText?: string): Promise<{ id?: string }> =>
  change(
    'POST',
    apiUrl(['agents', agent, 'dead', letter, 'replay']),
    payloadText === undefined ? undefined : `{"payload":${payloadText}}`,
  );

/** Which letters: those of a group, or all. */
export interface ReplayRequest {
  group?: Pick<DeadGroup, 'reason' | 'pattern'>;
  rate: number; // tasks a second; 0: as fast as it goes
}

export const replayMany = (agent: string, { group, rate }: ReplayRequest): Promise<Replay> =>
  change('POST', apiUrl(['agents', agent, 'dead', 'replay']), {
    all: true,
    rate,
    ...(group ? { reason: group.reason, pattern: group.pattern } : {}),
  });

/** `olderThan`: an age such as "7d"; undefined: all. */
export const purgeDead = (agent: string, olderThan?: string): Promise<{ purged: number }> =>
  change(
    'POST',
    apiUrl(['agents', agent, 'dead', 'purge']),
    olderThan === undefined ? { all: true } : { older_than: olderThan },
  );

/** Those of all agents that go on in this server, and its last ones; the newest first. */
export const listReplays = (signal?: Signal): Promise<{ replays: Replay[] }> =>
  get(apiUrl(['replays']), signal);

export const stopReplay = (id: string): Promise<Replay> => change('POST', apiUrl(['replays', id, 'stop']));

export const getReplay = (id: string, signal?: Signal): Promise<Replay> =>
  get(apiUrl(['replays', id]), signal);

// --- workers, pending, Redis ---

export const listPending = (cursor: string, signal?: Signal): Promise<{ agents: AgentPending[] } & Page> =>
  get(apiUrl(['pending'], { cursor, limit: 200 }), signal);

export interface WorkerPage extends Page {
  now: number;
  workers: WorkerInfo[];
}

export async function listWorkers(cursor: string, signal?: Signal): Promise<WorkerPage> {
  const page = await get<WorkerPage>(apiUrl(['workers'], { cursor, limit: 200 }), signal);
  noteServerTime(page.now);
  return page;
}

export const getDoctor = (signal?: Signal): Promise<{ checks: Finding[] }> => get(apiUrl(['doctor']), signal);

export const getRedis = (signal?: Signal): Promise<ServerFacts> => get(apiUrl(['redis']), signal);
