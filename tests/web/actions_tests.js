// What an operator does: everything that changes something, with the mouse and with the keyboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDashboard } from './browser.js';
import { installation } from './installation.js';

const state = (page, name) => page.locator('main .badge', { hasText: new RegExp(`^${name}$`) }).first();
const button = (page, name) => page.getByRole('button', { name, exact: true });
const toast = (page, words) => page.locator('.toast', { hasText: words }).first();

async function makeDead(ids, error) {
  const { api } = installation();
  for (const id of ids) await api.dispatch('mail', id, { fail: 9, error }, { max_retries: 0 });
  for (const id of ids) await api.ended('mail', id);
}

export function testActions() {
  test('an agent is paused and resumed', async () => {
    const { page, go, close } = await openDashboard(installation().url);
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

  test('tasks are cancelled, waiting and running', async () => {
    const { api, url } = installation();
    await api.dispatch('invoices', 'unwanted', { total: '0.00' });
    await api.dispatch('mail', 'stuck', { hold: true });
    await api.until('tasks/mail/stuck', task => task.state === 'running');
    const { page, go, close } = await openDashboard(url);
    for (const [agent, id] of Object.entries({
      invoices: 'unwanted',
      mail: 'stuck',
    })) {
      await go(`tasks/${agent}/${id}`);
      await button(page, 'Cancel').click();
      await button(page, 'Cancel the task').click();
      await state(page, 'cancelled').waitFor();
    }
    await close();
  });

  test('a dead task is retried', async () => {
    const { api, url } = installation();
    await api.dispatch('mail', 'retried', { fail: 9, error: 'once more' }, { max_retries: 0 });
    await api.ended('mail', 'retried');
    const { page, go, close } = await openDashboard(url);
    await go('tasks/mail/retried');
    await state(page, 'dead').waitFor();
    await button(page, 'Retry').click();
    await toast(page, 'It waits again').waitFor();
    await api.until('agents/mail/dead?limit=200', ({ letters }) =>
      letters.some(letter => letter.id === 'retried' && letter.state === 'replayed'),
    );
    await close();
  });

  test('a task is dispatched again with another payload', async () => {
    const { page, go, close } = await openDashboard(installation().url);
    await go('tasks/mail/welcome-1');
    await button(page, 'Duplicate').click();
    const payload = page.getByLabel('Payload (JSON)');
    assert.match(await payload.inputValue(), /hunter2/); // a copy is whole; the page hides it
    await payload.fill('{"to":');
    assert.equal(await button(page, 'Dispatch').isDisabled(), true);
    await payload.fill('{"to":"alan@example.org"}');
    await button(page, 'Dispatch').click();
    await page.waitForURL(/#\/tasks\/mail\/(?!welcome-1)/);
    await state(page, 'succeeded').waitFor();
    await page.getByText('alan@example.org').first().waitFor();
    await close();
  });

  test('dead letters are replayed one by one, by group and all', async () => {
    const { api, url } = installation();
    const replayed = ids =>
      api.until('agents/mail/dead?limit=200', ({ letters }) =>
        ids.every(id => letters.some(letter => letter.id === id && letter.state === 'replayed')),
      );
    await makeDead(['alone'], 'a single failure');
    await makeDead(['pair-1', 'pair-2'], 'a failure of two');
    const { page, go, close } = await openDashboard(url);
    await go('dead?agent=mail');
    const letters = page.getByRole('table', {
      name: 'Dead letters',
      exact: true,
    });
    await letters.getByRole('row', { name: /alone/ }).getByRole('button', { name: 'Replay' }).click();
    await replayed(['alone']);

    const group = page.getByRole('row', { name: /a failure of two/ }).filter({ hasText: 'Replay group' });
    await group.getByRole('button', { name: 'Replay group' }).click();
    await page.getByLabel('Tasks a second').fill('0');
    await page.locator('dialog').getByRole('button', { name: 'Replay' }).click();
    await page.getByText('Replay finished: 2 brought back').waitFor();
    await replayed(['pair-1', 'pair-2']);

    await button(page, 'Replay all …').click();
    await page.getByLabel('Tasks a second').fill('1000');
    await page.locator('dialog').getByRole('button', { name: 'Replay' }).click();
    await page.getByText(/Replay finished: [1-9]/).waitFor();
    await replayed(['bounced-1', 'refused-1']);
    await close();
  });

  test('the payload of a dead letter is corrected before the replay', async () => {
    await makeDead(['wrong'], 'no such address');
    const { page, go, close } = await openDashboard(installation().url);
    await go('dead?agent=mail');
    await page.getByRole('link', { name: 'wrong' }).first().click();
    await button(page, 'Edit and replay …').click();
    await page.getByLabel('Payload (JSON)').fill('{"to":"right@example.org"}');
    await page.locator('dialog').getByRole('button', { name: 'Replay' }).click();
    await page.waitForURL(/#\/tasks\/mail\/wrong/);
    await state(page, 'succeeded').waitFor();
    await close();
  });

  test('everything can be reached with the keyboard', async () => {
    const { page, go, close } = await openDashboard(installation().url);
    await go('');
    await page.getByRole('row', { name: /^mail/ }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('flaky-1');
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: /flaky-1/ }).waitFor();
    await page.locator('main').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/tasks\/mail\/flaky-1/);
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await page.waitForURL(/#\/workers/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'hidden' });
    await close();
  });

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
