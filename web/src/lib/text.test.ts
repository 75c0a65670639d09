import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from './exact_json';
import { href, parseRoute } from './route';
import { firstLine, visible } from './visible';

test('controls that hide or reorder text are spelled out', () => {
  assert.equal(visible('a\u001b[31mb'), 'a⟨U+001B⟩[31mb');
  assert.equal(visible('\u202egnp.exe\u202c'), '⟨U+202E⟩gnp.exe⟨U+202C⟩');
  assert.equal(visible('zero\u200bwidth\ufeff'), 'zero⟨U+200B⟩width⟨U+FEFF⟩');
  assert.equal(visible('tab\tline\nمرحبا 👍'), 'tab\tline\nمرحبا 👍');
});

test('one line is cut where it is long or goes on', () => {
  assert.equal(firstLine('short'), 'short');
  assert.equal(firstLine('two\nlines'), 'two…');
  assert.equal(firstLine('x'.repeat(300)), `${'x'.repeat(200)}…`);
});

test('numbers in payloads keep their spelling', { skip: !('rawJSON' in JSON) }, () => {
  const text = '{"payload":{"id":12345678901234567890,"ratio":0.1,"list":[1e400]}}';
  assert.equal(JSON.stringify(parseJson(text)), text);
});

test('numbers elsewhere are numbers', () => {
  assert.deepEqual(parseJson('{"p99_ms":11.234567890123456,"count":12345678901234567890}'), {
    p99_ms: 11.234567890123456,
    count: 12345678901234567890,
  });
});

test('addresses survive a round trip', () => {
  const route = parseRoute(href(['tasks', 'a:b', 'x.y/z?#'], { state: 'dead', age: '' }));
  assert.deepEqual(route.path, ['tasks', 'a:b', 'x.y/z?#']);
  assert.deepEqual([...route.query], [['state', 'dead']]);
});

test('a broken address is no error', () => {
  assert.deepEqual(parseRoute('#/tasks/%E0%A4%A').path, ['tasks', '%E0%A4%A']);
  assert.deepEqual(parseRoute('').path, []);
});
