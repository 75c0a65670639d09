import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNotRunning } from './why';

const kNow = 1_700_000_000_000;
const kTask = {
  state: 'ready',
  lane: 'normal',
  agent: 'mail',
  due_in_ms: null,
  retry_count: 0,
  worker: null,
  idle_ms: null,
  cancel_requested: false,
  ahead: null,
  ahead_more: false,
} as const;
const kLane = { ready: 1_200 };
const kAgent = {
  paused: false,
  workers: 2,
  slots: 8,
  running: 8,
  lease_ms: 30_000,
  lanes: { critical: kLane, high: kLane, normal: kLane, low: kLane },
};

test('a ready task waits for a slot, its turn, a worker, or the end of a pause', () => {
  assert.equal(
    whyNotRunning({ ...kTask, ahead: 3 }, kAgent, kNow),
    'It waits behind 3 other tasks in the lane normal; all 8 slots of 2 workers are busy.',
  );
  assert.equal(
    whyNotRunning({ ...kTask, ahead: 0 }, { ...kAgent, running: 2 }, kNow),
    'It is the next one in the lane normal; 2 of 8 slots are busy.',
  );
  assert.equal(
    whyNotRunning({ ...kTask, ahead: 1_000, ahead_more: true }, kAgent, kNow),
    'It waits behind more than 1,000 other tasks in the lane normal; all 8 slots of 2 workers are busy.',
  );
  assert.equal(
    whyNotRunning(kTask, kAgent, kNow),
    'It is one of 1,200 tasks in the lane normal; all 8 slots of 2 workers are busy.',
  );
  assert.equal(
    whyNotRunning({ ...kTask, ahead: 1 }, { ...kAgent, workers: 0 }, kNow),
    'No live worker serves mail, behind 1 other task in the lane normal.',
  );
  assert.equal(
    whyNotRunning({ ...kTask, ahead: 0 }, { ...kAgent, paused: true }, kNow),
    'The agent mail is paused. Resume it to go on.',
  );
});

test('a scheduled task waits for its time', () => {
  const task = { ...kTask, state: 'scheduled', due_in_ms: 65_000 } as const;
  assert.match(whyNotRunning(task, kAgent, kNow) ?? '', /^It is scheduled for .*, in 1 min 5 s\.$/);
  assert.match(
    whyNotRunning({ ...task, retry_count: 1 }, kAgent, kNow) ?? '',
    /^Its last attempt failed; .*5 s\.$/,
  );
  assert.equal(
    whyNotRunning({ ...task, due_in_ms: -5_000 }, { ...kAgent, workers: 0 }, kNow),
    'It has been due for 5 s, but no worker serves mail that could take it up.',
  );
});

test('a running task is explained only where its worker is silent or was told to stop', () => {
  const task = { ...kTask, state: 'running', worker: 'w1', idle_ms: 9_000 } as const;
  assert.equal(whyNotRunning(task, kAgent, kNow), null);
  assert.match(
    whyNotRunning({ ...task, idle_ms: 20_000 }, kAgent, kNow) ?? '',
    /silent for 20 s\. The lease lasts until \d\d:\d\d:\d\d;/,
  );
  assert.match(
    whyNotRunning({ ...task, idle_ms: 40_000 }, kAgent, kNow) ?? '',
    /its lease is over: another worker/,
  );
  assert.match(
    whyNotRunning({ ...task, idle_ms: 40_000 }, { ...kAgent, workers: 0 }, kNow) ?? '',
    /No other worker serves mail/,
  );
  assert.match(whyNotRunning({ ...task, cancel_requested: true }, kAgent, kNow) ?? '', /asked for its end/);
});

test('a task that has ended needs no explanation', () => {
  assert.equal(whyNotRunning({ ...kTask, state: 'succeeded' }, kAgent, kNow), null);
});
