// The shapes of the server's answers (docs/openapi.json). Times are ms since the epoch, null where unknown; `…_ms` are
// durations.

export type TaskState = 'scheduled' | 'ready' | 'running' | 'succeeded' | 'dead' | 'cancelled' | 'expired';
export const kTaskStates: readonly TaskState[] = [
  'ready',
  'running',
  'scheduled',
  'succeeded',
  'dead',
  'cancelled',
  'expired',
];

export type Lane = 'critical' | 'high' | 'normal' | 'low';
export const kLanes: readonly Lane[] = ['critical', 'high', 'normal', 'low'];

export type Condition = 'served' | 'paused' | 'unserved' | 'unknown' | 'corrupt';

export interface LaneDepth {
  ready: number;
  running: number;
  oldest_ready_ms: number | null;
  oldest_idle_ms: number | null;
}

export interface AgentInfo {
  agent: string;
  condition: Condition;
  problem: string | null; // why nothing is known of a corrupt agent
  registered: boolean;
  paused: boolean;
  lease_ms: number | null;
  max_waiting: number | null;
  workers: number;
  slots: number;
  ready: number;
  running: number;
  scheduled: number;
  dead_letters: number;
  results: number;
  oldest_ready_ms: number | null;
  oldest_idle_ms: number | null;
  next_due_in_ms: number | null;
  lanes: Record<Lane, LaneDepth>;
  totals: Record<string, number>;
}

export interface Serving {
  agent: string;
  slots: number;
  running: number;
}

export interface WorkerInfo {
  worker: string;
  name: string;
  host: string;
  pid: number;
  version: string;
  started_at: number | null;
  beat_at: number | null;
  silent_ms: number;
  rss_bytes: number;
  draining: boolean;
  agents: Serving[];
}

export interface PendingByWorker {
  worker: string;
  count: number;
  oldest_idle_ms: number;
  deliveries_max: number;
}

export interface AgentPending {
  agent: string;
  count: number;
  oldest_idle_ms: number;
  workers: PendingByWorker[];
}

/** A payload or a result: a JSON value, or text where it is cut or no JSON. */
export interface WithPayload {
  payload: unknown;
  payload_text: string | null;
}
export interface WithResult {
  result: unknown;
  result_text: string | null;
}

export interface TaskRow extends WithPayload {
  agent: string;
  id: string | null;
  state: TaskState;
  lane: Lane | null;
  created_at: number | null;
  started_at: number | null;
  finished_at: number | null;
  due_in_ms: number | null;
  worker: string | null;
  idle_ms: number | null;
  deliveries: number;
  attempts: number;
  retry_count: number;
  error: string | null;
  payload_bytes: number;
}

export interface Outcome extends WithResult {
  id: string;
  state: TaskState;
  error: string | null;
  worker: string | null;
  attempt: number;
  created_at: number | null;
  started_at: number | null;
  finished_at: number | null;
  archived: boolean;
}

export interface Attempt extends WithResult {
  status: 'success' | 'retry' | 'dead' | 'cancelled' | 'expired';
  attempt: number;
  error: string | null;
  worker: string | null;
  created_at: number | null;
  started_at: number | null;
  finished_at: number | null;
}

/** What a handler said: a line, or a step of progress with its note. */
export interface LogLine {
  entry: string; // orders them: "1732000000000-0"
  at: number | null;
  attempt: number;
  percent: number | null; // null: a line
  text: string;
}

export interface DeadLetter extends WithPayload {
  letter: string;
  id: string;
  state: 'open' | 'replayed' | 'forgotten' | 'malformed';
  reason: string | null;
  error: string | null;
  attempts: number;
  failed_at: number | null;
  payload_bytes: number;
}

export interface Page {
  cursor: string | null;
}

export interface Percentiles {
  count: number;
  p50_ms: number | null; // null where nothing ended
  p95_ms: number | null;
  p99_ms: number | null;
}

/** What several looks at a number come to. */
export interface Level {
  mean: number;
  max: number;
}

/** What happened in one step from `at` on. */
export interface StatsPoint {
  at: number;
  succeeded: number;
  retried: number;
  dead: number;
  cancelled: number;
  expired: number;
  run: Percentiles; // from the start of an attempt to its end
  wait: Percentiles; // until the start
  end: Percentiles; // from the dispatch to the outcome
  depth: { ready: Level; running: Level; scheduled: Level } | null; // null: no worker looked
}

export interface Stats {
  step_minutes: number;
  points: StatsPoint[];
}

export interface ServerFacts {
  kind: string;
  version: string;
  role: string;
  used_memory_bytes: number;
  maxmemory_bytes: number; // 0: no limit
  maxmemory_policy: string;
  aof_enabled: boolean;
  aof_write_ok: boolean; // the last write, and the last rewrite
  save_ok: boolean; // the last snapshot
  loading: boolean;
  replicas: number;
  replica_lag_bytes: number;
  replica_lag_seconds: number;
  link_ok: boolean; // false: a replica that lost its master
}

export type AlertKind =
  | 'no_worker'
  | 'corrupt'
  | 'full'
  | 'renewals_stalled'
  | 'backlog_old'
  | 'running_long'
  | 'scheduler_late'
  | 'pending_high'
  | 'dead_rate'
  | 'redis_down'
  | 'memory_high'
  | 'eviction_possible'
  | 'write_failed';

/** A condition that leat.toml has the server watch for. */
export interface Alert {
  alert: AlertKind;
  agent: string | null; // null: the whole installation
  severity: 'warning' | 'critical';
  state: 'pending' | 'firing' | 'resolved';
  text: string;
  value: number;
  limit: number | null;
  since: number | null;
  fired_at: number | null;
  resolved_at: number | null;
}

export interface Overview {
  now: number;
  agents: Omit<AgentInfo, 'lanes'>[];
  all_agents: boolean;
  ready: number;
  running: number;
  scheduled: number;
  dead_letters: number;
  workers: number;
  totals: Record<string, number>;
  alerts: Alert[]; // those that fire
  redis: ServerFacts;
}
export type AgentAtAGlance = Overview['agents'][number];

/** What `leat doctor` found; `subject` is an agent, or null for the server. */
export interface Finding {
  check: string;
  subject: string | null;
  status: 'ok' | 'unknown' | 'warn' | 'fail';
  found: string;
  advice: string | null;
}

export interface TaskDetail extends WithPayload {
  now: number;
  id: string;
  agent: string;
  state: TaskState;
  lane: Lane;
  attempts: number;
  retry_count: number;
  max_retries: number;
  crashes: number;
  created_at: number | null;
  due_in_ms: number | null;
  worker: string | null;
  idle_ms: number | null;
  cancel_requested: boolean;
  last_error: string | null;
  outcome: Outcome | null;
  history: Attempt[]; // oldest first, as far as the archive tells
  history_complete: boolean; // false: older ones were not looked for
  ahead: number | null; // ready: how many start before it in its lane
  ahead_more: boolean; // more than that
}

/** Dead letters with the same reason and, but for numbers, the same error. */
export interface DeadGroup {
  reason: string;
  pattern: string;
  error: string; // of the newest letter
  count: number;
  open: number; // those that can be replayed
  first_at: number | null;
  last_at: number | null;
  letters: string[]; // a few of them
}

export interface DeadGroups {
  groups: DeadGroup[];
  looked_at: number;
  all: boolean; // false: there are more letters than were looked at
}

/** A replay of many letters, which goes on in the background. */
export interface Replay {
  id: string;
  agent: string;
  state: 'running' | 'finished' | 'stopped' | 'failed';
  dry_run: boolean;
  rate: number;
  looked_at: number;
  matched: number;
  replayed: number;
  skipped: number;
  started_at: number;
  ended_at: number | null;
  error: string | null;
}
