import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert, Attempt, Overview, StatsPoint, TaskDetail } from '../api/types';
import { errorShare, lastLatency, ratesOf, recentRate } from './stats';
import { timelineOf } from './timeline';
import { troublesOf } from './troubles';

const kNothing = { count: 0, p50_ms: null, p95_ms: null, p99_ms: null };
const point = (succeeded: number, retried = 0, dead = 0): StatsPoint => ({
  at: 0,
  succeeded,
  retried,
  dead,
  cancelled: 0,
  expired: 0,
  run: succeeded > 0 ? { count: succeeded, p50_ms: succeeded, p95_ms: null, p99_ms: null } : kNothing,
  wait: kNothing,
  end: kNothing,
  depth: null,
});

test('the rate leaves out the minute that is not over', () => {
  assert.equal(recentRate([point(60), point(120), point(1_000)], 1, 5), 1.5);
  assert.equal(recentRate([point(7)], 1, 5), 0);
});

test('the rate of the minute that is not over is that up to now', () => {
  const points = [point(60), { ...point(30), at: 60_000 }];
  assert.deepEqual(
    [61_000, 75_000, 200_000].map(now => ratesOf(points, 1, now, of => of.succeeded)),
    [
      [1, 3],
      [1, 2],
      [1, 0.5],
    ],
  );
});

test('errors are a share of the attempts with a verdict', () => {
  assert.equal(errorShare([point(0)]), null);
  assert.equal(errorShare([point(6, 3), point(0, 0, 1)]), 0.4);
});

test('the latency is that of the last minute in which something ran', () => {
  assert.equal(lastLatency([point(5), point(0)], 60)?.p50_ms, 5);
  assert.equal(lastLatency([point(5), point(0)], 1), null);
});

const kOverview: Overview = {
  now: 0,
  agents: [],
  all_agents: true,
  ready: 0,
  running: 0,
  scheduled: 0,
  dead_letters: 0,
  workers: 0,
  totals: {},
  alerts: [],
  redis: {
    kind: 'redis',
    version: '7.0.15',
    role: 'master',
    used_memory_bytes: 10,
    maxmemory_bytes: 100,
    maxmemory_policy: 'noeviction',
    aof_enabled: true,
    aof_write_ok: true,
    save_ok: true,
    loading: false,
    replicas: 0,
    replica_lag_bytes: 0,
    replica_lag_seconds: 0,
    link_ok: true,
  },
};
const kAgent: Overview['agents'][number] = {
  agent: 'mail',
  condition: 'served',
  problem: null,
  registered: true,
  paused: false,
  lease_ms: 30_000,
  max_waiting: null,
  workers: 1,
  slots: 4,
  ready: 2,
  running: 1,
  scheduled: 0,
  dead_letters: 0,
  results: 0,
  oldest_ready_ms: 5,
  oldest_idle_ms: 5,
  next_due_in_ms: null,
  totals: {},
};
const alert = (
  kind: Alert['alert'],
  agent: string | null,
  severity: Alert['severity'] = 'warning',
): Alert => ({
  alert: kind,
  agent,
  severity,
  state: 'firing',
  text: `${kind} of ${agent ?? 'all'}`,
  value: 1,
  limit: null,
  since: 1,
  fired_at: 1,
  resolved_at: null,
});
const troubles = (alerts: Alert[], agent: Partial<typeof kAgent> = {}): string[] =>
  troublesOf({ ...kOverview, alerts, agents: [{ ...kAgent, ...agent }] }).map(
    trouble => `${trouble.severe ? '!' : ''}${trouble.text} ${trouble.link}`,
  );

test('a healthy installation has no troubles', () => {
  assert.deepEqual(troubles([]), []);
});

test('the alerts of the server are the troubles, the severe ones first', () => {
  assert.deepEqual(
    troubles([
      alert('backlog_old', 'mail'),
      alert('dead_rate', 'mail'),
      alert('renewals_stalled', 'mail'),
      alert('write_failed', null, 'critical'),
    ]),
    [
      '!write_failed of all #/redis',
      'backlog_old of mail #/agents/mail',
      'dead_rate of mail #/dead?agent=mail',
      'renewals_stalled of mail #/pending',
    ],
  );
});

test('a pause is told while tasks wait, though it is no alert', () => {
  const paused = { condition: 'paused', paused: true } as const;
  assert.deepEqual(troubles([], paused), ['mail is paused while 2 tasks wait. #/agents/mail']);
  assert.deepEqual(troubles([], { ...paused, ready: 0 }), []);
});

const kTask: TaskDetail = {
  now: 100_000,
  id: 'a',
  agent: 'mail',
  state: 'running',
  lane: 'normal',
  attempts: 1,
  retry_count: 1,
  max_retries: 3,
  crashes: 0,
  created_at: 1_000,
  due_in_ms: null,
  worker: 'w2',
  idle_ms: 10,
  cancel_requested: false,
  last_error: 'boom',
  outcome: null,
  history: [],
  history_complete: true,
  ahead: null,
  ahead_more: false,
  payload: {},
  payload_text: null,
};
const kFailed: Attempt = {
  status: 'retry',
  attempt: 1,
  error: 'boom',
  worker: 'w1',
  created_at: 1_000,
  started_at: 3_000,
  finished_at: 4_500,
  result: null,
  result_text: null,
};

test('a timeline tells each attempt with its waiting and its run', () => {
  const moments = timelineOf({ ...kTask, history: [kFailed] });
  assert.deepEqual(
    moments.map(moment => moment.what),
    ['Dispatched', 'Attempt 1 failed, to be tried again', 'Attempt 2 runs'],
  );
  assert.deepEqual(moments[1]?.details, ['waited 2 s', 'ran 1.5 s']);
  assert.equal(moments[1]?.worker, 'w1');
});

test('a timeline says what it does not know', () => {
  assert.match(timelineOf(kTask)[1]?.what ?? '', /^1 attempt no longer in the archive/);
  assert.match(timelineOf({ ...kTask, attempts: 0, crashes: 2 })[1]?.what ?? '', /^2 crashes/);
});
