// What an operator does: everything that changes something, with the mouse, in both themes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPage, kThemes, openDashboard } from './browser.js';
import { makeDead } from './fixtures.js';
import { installation } from './installation.js';

const state = (page, name) => page.locator('main .badge', { hasText: new RegExp(`^${name}$`) }).first();
const button = (page, name) => page.getByRole('button', { name, exact: true });
const toast = (page, words) => page.locator('.toast', { hasText: words }).first();

function testTasksAndAgents(theme) {
  test(`an agent is paused and resumed, ${theme}`, async () => {
    const { page, go, close } = await openDashboard(installation().url, { theme });
    await go('agents/mail');
    await button(page, 'Pause').click();
    await toast(page, 'mail is paused').waitFor();
    await state(page, 'paused').waitFor();
    assert.equal((await installation().api.get('agents/mail')).paused, true);
    await button(page, 'Resume').click();
    await toast(page, 'mail goes on').waitFor();
    await state(page, 'served').waitFor();
    await close();
  });

  test(`tasks are cancelled, waiting and running, ${theme}`, async () => {
    const { api, url } = installation();
    const [unwanted, stuck] = [`unwanted-${theme}`, `stuck-${theme}`];
    await api.dispatch('invoices', unwanted, { total: '0.00' });
    await api.dispatch('mail', stuck, { hold: true });
    await api.until(`tasks/mail/${stuck}`, task => task.state === 'running');
    const { page, go, close } = await openDashboard(url, { theme });
    for (const [agent, id] of Object.entries({ invoices: unwanted, mail: stuck })) {
      await go(`tasks/${agent}/${id}`);
      await button(page, 'Cancel').click();
      await button(page, 'Cancel the task').click();
      await state(page, 'cancelled').waitFor();
    }
    await close();
  });

  test(`a dead task is retried, ${theme}`, async () => {
    const { api, url } = installation();
    const id = `retried-${theme}`;
    await makeDead([id], 'once more');
    const { page, go, close } = await openDashboard(url, { theme });
    await go(`tasks/mail/${id}`);
    await state(page, 'dead').waitFor();
    await button(page, 'Retry').click();
    await toast(page, 'It waits again').waitFor();
    await api.until('agents/mail/dead?limit=200', ({ letters }) =>
      letters.some(letter => letter.id === id && letter.state === 'replayed'),
    );
    await close();
  });

  test(`a task is dispatched again with another payload, ${theme}`, async () => {
    const { page, go, close } = await openDashboard(installation().url, { theme });
    await go('tasks/mail/welcome-1');
    await button(page, 'Duplicate').click();
    const payload = page.getByLabel('Payload (JSON)');
    assert.match(await payload.inputValue(), /hunter2/); // a copy is whole; the page hides it
    await payload.fill('{"to":');
    assert.equal(await button(page, 'Dispatch').isDisabled(), true);
    await payload.fill(`{"to":"alan-${theme}@example.org"}`);
    await button(page, 'Dispatch').click();
    await page.waitForURL(/#\/tasks\/mail\/(?!welcome-1)/);
    await state(page, 'succeeded').waitFor();
    await page.getByText(`alan-${theme}@example.org`).first().waitFor();
    await close();
  });
}

/** The answer once the letters of these tasks were brought back. */
const replayed = ids =>
  installation().api.until('agents/mail/dead?limit=200', ({ letters }) =>
    ids.every(id => letters.some(letter => letter.id === id && letter.state === 'replayed')),
  );

const groupOf = (page, error) => page.getByRole('row', { name: error }).filter({ hasText: 'Replay group' });

/** Starts what the open dialog asks for; answers what the server was sent. */
async function replayAt(page, rate) {
  await page.getByLabel('Tasks a second').fill(rate);
  const sent = page.waitForRequest(
    request => request.method() === 'POST' && /dead\/replay$/.test(request.url()),
  );
  await page.locator('dialog').getByRole('button', { name: 'Replay' }).click();
  return (await sent).postDataJSON();
}

function testDeadLetters(theme) {
  test(`dead letters are replayed one by one, by group and all, ${theme}`, async () => {
    const [alone, ...pair] = ['alone', 'pair-1', 'pair-2'].map(id => `${id}-${theme}`);
    const rest = `rest-${theme}`;
    await makeDead([alone], `a single failure, ${theme}`);
    await makeDead(pair, `a failure of two, ${theme}`);
    await makeDead([rest], `what is left, ${theme}`);
    const { page, go, close } = await openDashboard(installation().url, { theme });
    await go('dead?agent=mail');
    const letters = page.getByRole('table', { name: 'Dead letters', exact: true });
    await letters.getByRole('row', { name: alone }).getByRole('button', { name: 'Replay' }).click();
    await replayed([alone]);

    await groupOf(page, `a failure of two, ${theme}`).getByRole('button', { name: 'Replay group' }).click();
    const ofGroup = await replayAt(page, '0');
    assert.equal(ofGroup.rate, 0);
    assert.match(ofGroup.pattern, /a failure of two/);
    await page.getByText('Replay finished: 2 brought back').waitFor();
    await replayed(pair);

    await button(page, 'Replay all …').click();
    assert.deepEqual(await replayAt(page, '1000'), { all: true, rate: 1000 });
    await page
      .getByText(/Replay finished: [1-9]/)
      .last()
      .waitFor();
    await replayed([rest]);
    await checkPage(page);
    await close();
  });

  test(`a replay that goes on is stopped, from another page as well, ${theme}`, async () => {
    const { api, url } = installation();
    const ids = Array.from({ length: 6 }, (_, index) => `many-${index}-${theme}`);
    await makeDead(ids, `a failure of many, ${theme}`);
    const { page, go, close } = await openDashboard(url, { theme });
    await go('dead?agent=mail');
    await groupOf(page, `a failure of many, ${theme}`).getByRole('button', { name: 'Replay group' }).click();
    await replayAt(page, '0.05');
    const progress = page.getByRole('status').filter({ hasText: 'Replaying: ' });
    await progress.getByRole('button', { name: 'Stop' }).waitFor();
    await checkPage(page);
    await page.reload(); // whoever looks later can stop it, too
    await progress.getByRole('button', { name: 'Stop' }).click();
    await page.getByText(/Replay stopped: [01] brought back/).waitFor();
    const { replays } = await api.get('replays');
    assert.equal(replays[0].state, 'stopped');
    assert.equal(replays[0].rate, 0.05);
    assert.ok(replays[0].replayed < ids.length);
    await close();
  });

  test(`the payload of a dead letter is corrected before the replay, ${theme}`, async () => {
    const id = `wrong-${theme}`;
    await makeDead([id], 'no such address');
    const { page, go, close } = await openDashboard(installation().url, { theme });
    await go('dead?agent=mail');
    await page.getByRole('link', { name: id }).first().click();
    await button(page, 'Edit and replay …').click();
    await page.getByLabel('Payload (JSON)').fill('{"to":"right@example.org"}');
    await page.locator('dialog').getByRole('button', { name: 'Replay' }).click();
    await page.waitForURL(new RegExp(`#/tasks/mail/${id}`));
    await state(page, 'succeeded').waitFor();
    await page.getByText('right@example.org').first().waitFor();
    await close();
  });

  test(`dead letters are purged by age and all, ${theme}`, async () => {
    const { api, url } = installation();
    await makeDead([`spent-${theme}`], 'nobody wants it');
    const { page, go, close } = await openDashboard(url, { theme });
    await go('dead?agent=mail');
    const dialog = page.getByRole('dialog', { name: 'Purge dead letters' });
    const purge = async age => {
      await button(page, 'Purge …').click();
      await dialog.getByLabel('Which').selectOption(age);
      await dialog.getByRole('button', { name: 'Purge', exact: true }).click();
      await dialog.waitFor({ state: 'hidden' });
    };
    await purge('older than 7 days');
    await toast(page, 'No letter is that old').waitFor();
    assert.notEqual((await api.get('agents/mail')).dead_letters, 0);
    await purge('all of them');
    await toast(page, /[1-9]\d* letters? removed/).waitFor();
    await page.getByText('No dead letters', { exact: true }).waitFor();
    assert.equal((await api.get('agents/mail')).dead_letters, 0);
    assert.equal((await api.get(`tasks/mail/spent-${theme}`)).state, 'dead');
    await close();
  });
}

export function testActions() {
  for (const theme of kThemes) {
    testTasksAndAgents(theme);
    testDeadLetters(theme);
  }

  test('an open page follows what happens', async () => {
    const { api, url } = installation();
    await api.dispatch('invoices', 'watched', { total: '1.00' });
    const { page, go, close } = await openDashboard(url);
    await go('tasks/invoices/watched');
    await state(page, 'ready').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await api.post('tasks/invoices/watched/cancel');
    await state(page, 'cancelled').waitFor();
    await close();
  });

  test('the banner shows what the server alerts to, until it is over', async () => {
    const { api, url } = installation();
    const { page, go, close } = await openDashboard(url);
    await go('');
    const banner = page.getByRole('list', { name: 'What is wrong' });
    const alert = banner.getByText('No live worker serves orphans: 1 task cannot go on.');
    await banner.getByText('thumbnails is paused').waitFor();
    assert.equal(await alert.count(), 0);
    await api.dispatch('orphans', 'lonely', {});
    await alert.waitFor();
    const { alerts } = await api.get('alerts');
    assert.ok(alerts.some(({ alert: kind, agent }) => kind === 'no_worker' && agent === 'orphans'));
    await banner
      .getByRole('listitem')
      .filter({ hasText: 'orphans' })
      .getByRole('link', { name: 'Look' })
      .click();
    await page.getByRole('heading', { name: 'orphans' }).waitFor();
    await api.post('tasks/orphans/lonely/cancel');
    await go('');
    await banner.getByText('thumbnails is paused').waitFor();
    await alert.waitFor({ state: 'detached' });
    await close();
  });
}
