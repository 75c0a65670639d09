// The first minutes: a Redis that holds nothing, and then one task. Every page says so, and what to do next.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkPage, kLooks, openDashboard } from './browser.js';
import { installation, redis } from './installation.js';

const kWorker = 'leat worker --agent words --exec';
const kDispatch = 'leat dispatch words';

/** Each state's page, and what leads on from there. */
const kNextOfState = {
  ready: kDispatch,
  running: 'Tasks that wait',
  scheduled: '--delay',
  succeeded: 'Tasks that run',
  dead: 'Dead letters',
  cancelled: 'Tasks that wait',
  expired: 'Tasks that wait',
};

// What each page says, and the command or link that leads on.
const kNothing = [
  { at: '', says: 'No agent yet', next: kWorker },
  { at: '', says: 'No agent yet', next: kDispatch },
  { at: 'agents/words', says: 'nobody has dispatched to this agent', next: kWorker },
  { at: 'agents/words', says: 'An agent begins with its first', next: kDispatch },
  { at: 'tasks', says: 'No agent yet', next: kDispatch },
  ...Object.entries(kNextOfState).map(([state, next]) => ({
    at: `tasks?agent=words&state=${state}`,
    says: `No task is ${state}`,
    next,
  })),
  { at: 'tasks?agent=words&state=ready&age=1h', says: 'No such task on this page', next: 'of any age' },
  { at: 'tasks/words/nobody', says: 'there is no task nobody', next: 'All tasks of words' },
  { at: 'dead', says: 'No agent yet', next: 'overview' },
  { at: 'dead?agent=words', says: 'No dead letters', next: 'Tasks that wait' },
  { at: 'dead/words/1-1', says: 'no dead letter of that id', next: 'All dead letters of words' },
  { at: 'workers', says: 'No worker is running', next: 'leat worker --agent NAME --exec' },
  { at: 'pending', says: 'Nothing is pending', next: 'Workers' },
  { at: 'search?id=nobody', says: 'No task has this id', next: 'All tasks' },
  { at: 'redis', says: 'Append-only file', next: 'appendonly' },
  { at: 'no/such/page/at/all', says: 'This address leads nowhere', next: 'Overview' },
];
const kOneTask = [
  { at: 'agents/words', says: 'No live worker serves this agent', next: kWorker },
  { at: 'agents/words', says: 'Tasks wait until a worker serves this agent', next: 'All workers' },
  { at: 'agents/words', says: 'No attempt ended in this hour', next: 'Tasks that wait' },
  { at: 'agents/words', says: 'Nobody looked at the depth in this hour', next: 'All workers' },
  { at: 'tasks/words/first', says: 'No live worker serves words', next: 'words' },
  { at: 'workers', says: 'No worker is running', next: 'leat worker --agent NAME --exec' },
  { at: 'pending', says: 'Nothing is pending', next: 'Workers' },
];

async function leadOn({ theme, screen }, pages) {
  const { page, go, close } = await openDashboard(installation().url, { theme, screen, mayFail: true });
  const main = page.locator('main');
  let checked;
  for (const { at, says, next } of pages) {
    await go(at);
    await main.getByText(says).first().waitFor();
    await main.locator('a, code, .finding').filter({ hasText: next }).first().waitFor();
    if (at !== checked) await checkPage(page);
    checked = at;
  }
  await close();
}

export function testEmpty() {
  test('nothing is there', () => assert.equal(redis([['DBSIZE']]).trim(), '0'));

  for (const look of kLooks)
    test(`every page of nothing says what to do next: ${look.name}`, () => leadOn(look, kNothing));

  describe('but for one task', () => {
    before(() => installation().api.dispatch('words', 'first', { text: 'to be or not to be' }));
    after(() => redis([['FLUSHALL']]));
    for (const look of kLooks)
      test(`every page says what to do next: ${look.name}`, () => leadOn(look, kOneTask));
  });
}
