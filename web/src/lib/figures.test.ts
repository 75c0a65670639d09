import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt, Overview, StatsPoint, TaskDetail } from '../api/types';
import { DepthHistory } from './depth_history';
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

test('depth is kept for an hour and never twice for a moment', () => {
  const history = new DepthHistory();
  const at = (minutes: number): { at: number; ready: number; running: number; scheduled: number } => ({
    at: minutes * 60_000,
    ready: 1,
    running: 0,
    scheduled: 0,
  });
  history.add(at(1));
  assert.equal(history.add(at(1)).length, 1);
  assert.deepEqual(
    history.add(at(62)).map(sample => sample.at / 60_000),
    [62],
  );
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
  redis: {
    kind: 'redis',
    version: '7.0.15',
    role: 'master',
    used_memory_bytes: 10,
    maxmemory_bytes: 100,
    maxmemory_policy: 'noeviction',
    aof_enabled: true,
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
const troubles = (agent: Partial<typeof kAgent>, redis: Partial<Overview['redis']> = {}): string[] =>
  troublesOf({
    ...kOverview,
    agents: [{ ...kAgent, ...agent }],
    redis: { ...kOverview.redis, ...redis },
  }).map(trouble => `${trouble.severe ? '!' : ''}${trouble.text}`);

test('a healthy installation has no troubles', () => {
  assert.deepEqual(troubles({}), []);
});

test('what keeps tasks from moving is named, the worst first', () => {
  assert.match(troubles({ condition: 'unserved' })[0] ?? '', /^!No live worker serves mail: 3 tasks/);
  assert.deepEqual(troubles({ condition: 'unserved', ready: 0, running: 0 }), []);
  assert.deepEqual(troubles({ condition: 'corrupt', problem: 'control: WRONGTYPE' }), [
    '!mail cannot be read: control: WRONGTYPE.',
  ]);
  assert.match(
    troubles({ condition: 'paused', paused: true })[0] ?? '',
    /^mail is paused while 2 tasks wait/,
  );
  assert.match(troubles({ oldest_idle_ms: 40_000 })[0] ?? '', /^!A worker of mail has been silent for 40 s/);
  assert.match(troubles({ max_waiting: 2 })[0] ?? '', /^!mail is full/);
  assert.match(troubles({ next_due_in_ms: -20_000 })[0] ?? '', /has been due for 20 s/);
  assert.match(troubles({}, { used_memory_bytes: 85 })[0] ?? '', /^Redis uses 85 %/);
  assert.match(troubles({}, { maxmemory_policy: 'allkeys-lru' })[0] ?? '', /^!Redis may evict/);
  assert.match(
    troubles({ condition: 'paused', paused: true }, { maxmemory_policy: 'allkeys-lru' })[0] ?? '',
    /evict/,
  );
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
