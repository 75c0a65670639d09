import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatExactTime,
  formatRate,
  formatRelative,
  formatShare,
  plural,
} from './format';

test('durations have two units at most', () => {
  const cases: [number | null, string][] = [
    [null, '–'],
    [0, '0 ms'],
    [0.4, '0.4 ms'],
    [12.7, '12 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [1_250, '1.2 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [3_599_999, '59 min'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h'],
    [-1_250, '1.2 s'],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});

test('moments are told relative to now', () => {
  assert.equal(formatRelative(1_000, 1_900), 'just now');
  assert.equal(formatRelative(1_000, 13_500), '12 s ago');
  assert.equal(formatRelative(201_000, 1_000), 'in 3 min 20 s');
});

test('exact times name their zone', () => {
  assert.match(formatExactTime(0), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.000 [+-]\d\d:\d\d$/);
});

test('counts, sizes, shares and rates', () => {
  assert.equal(formatCount(9_999), '9,999');
  assert.equal(formatCount(12_345), '12.3K');
  assert.equal(formatBytes(1_023), '1023 B');
  assert.equal(formatBytes(1_536), '1.5 KiB');
  assert.equal(formatBytes(20 * 2 ** 20), '20 MiB');
  assert.equal(formatShare(0), '0 %');
  assert.equal(formatShare(0.0004), '< 0.1 %');
  assert.equal(formatShare(0.025), '2.5 %');
  assert.equal(formatShare(0.4), '40 %');
  assert.equal(formatRate(0), '0/s');
  assert.equal(formatRate(0.004), '< 0.01/s');
  assert.equal(formatRate(0.02), '0.02/s');
  assert.equal(formatRate(3.42), '3.4/s');
  assert.equal(formatRate(1_250), '1,250/s');
  assert.equal(plural(1, 'task'), '1 task');
  assert.equal(plural(2, 'crash', 'crashes'), '2 crashes');
});
