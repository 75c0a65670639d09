import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLine } from '../api/types';
import { isBehind, kEmptyLog, kLinesShown, stepOf, withLines } from './task_log';

const line = (entry: string, text: string, attempt = 1): LogLine => ({
  entry,
  at: 1,
  attempt,
  percent: null,
  text,
});
const step = (entry: string, percent: number, attempt = 1): LogLine => ({
  ...line(entry, 'note', attempt),
  percent,
});

test('entries are ordered by time and sequence, not as texts', () => {
  assert.ok(isBehind('10-0', '9-5'));
  assert.ok(isBehind('9-10', '9-9'));
  assert.ok(!isBehind('9-9', '9-9'));
});

test('what is told twice is shown once', () => {
  let log = withLines(kEmptyLog, [line('1-0', 'a'), step('1-1', 10), line('2-0', 'b')]);
  log = withLines(log, [
    line('1-0', 'a'),
    step('1-1', 10),
    line('2-0', 'b'),
    line('3-0', 'c'),
    step('3-1', 20),
  ]);
  assert.deepEqual(
    log.lines.map(({ text }) => text),
    ['a', 'b', 'c'],
  );
  assert.equal(log.step?.percent, 20);
  assert.equal(log.last, '3-1');
});

test('only the latest lines are kept, and the others counted', () => {
  const many = Array.from({ length: kLinesShown + 3 }, (_, index) => line(`${index + 1}-0`, `${index}`));
  const log = withLines(kEmptyLog, many);
  assert.equal(log.lines.length, kLinesShown);
  assert.equal(log.lines[0]?.text, '3');
  assert.equal(withLines(log, [line('9999-0', 'x')]).left, 4);
});

test('progress of an earlier attempt is none of this one', () => {
  const log = withLines(kEmptyLog, [step('1-0', 80), line('2-0', 'again', 2)]);
  assert.equal(stepOf(log, 1), undefined);
  assert.equal(stepOf(withLines(kEmptyLog, [step('1-0', 80)]), 2), undefined);
  assert.equal(stepOf(withLines(log, [step('3-0', 5, 2)]), 2)?.percent, 5);
});
