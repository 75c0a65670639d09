// What a handler says: on its task's page while it runs, and afterwards.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPage, kPhone, openDashboard } from './browser.js';
import { door, installation } from './installation.js';

const progressOf = page => page.getByRole('progressbar', { name: 'Progress' });
const logOf = page => page.getByRole('log', { name: 'Log' });
const line = (page, words) => logOf(page).getByText(words, { exact: true });
const badge = (page, name) => page.locator('main .badge', { hasText: new RegExp(`^${name}$`) }).first();

async function start(id, say) {
  const { api } = installation();
  await api.dispatch('mail', id, { say });
  await api.until(`tasks/mail/${id}`, ({ state }) => state === 'running');
}

export function testLog() {
  test('lines of a running handler appear, and its progress moves', async () => {
    const [first, second] = [door('first'), door('second')];
    await start('talks', [
      { log: 'the first line' },
      { progress: 0.25, note: 'a quarter' },
      { door: first.path },
      { log: '<b>the second</b> line' },
      { error: 'a warning \u202E backwards' },
      { progress: 0.75, note: 'three quarters' },
      { door: second.path },
      { log: 'the last line' },
    ]);
    const { page, go, close } = await openDashboard(installation().url);
    await go('tasks/mail/talks');
    await line(page, 'the first line').waitFor();
    await page.getByText('a quarter', { exact: true }).waitFor();
    assert.equal(await progressOf(page).getAttribute('value'), '25');
    await checkPage(page);

    await first.open();
    await line(page, '<b>the second</b> line').waitFor();
    await line(page, 'a warning ⟨U+202E⟩ backwards').waitFor();
    await page.getByText('three quarters', { exact: true }).waitFor();
    assert.equal(await progressOf(page).getAttribute('value'), '75');
    assert.equal(await logOf(page).locator('b').count(), 0);

    await second.open();
    await line(page, 'the last line').waitFor();
    await badge(page, 'succeeded').waitFor();
    await page.reload();
    await line(page, 'the first line').waitFor();
    await line(page, 'the last line').waitFor();
    assert.equal(await logOf(page).getByRole('listitem').count(), 4);
    await close();
  });

  for (const theme of ['light', 'dark']) {
    test(`a long log stays where its reader is, ${theme} on a phone`, async () => {
      const more = door(`more-${theme}`);
      const lines = Array.from({ length: 200 }, (_, index) => ({ log: `step ${index + 1} of many` }));
      await start(`long-${theme}`, [...lines, { door: more.path }, { log: 'one more' }]);
      const { page, go, close } = await openDashboard(installation().url, { theme, viewport: kPhone });
      await go(`tasks/mail/long-${theme}`);
      await line(page, 'step 200 of many').waitFor();
      const log = logOf(page);
      const distance = () => log.evaluate(box => box.scrollHeight - box.scrollTop - box.clientHeight);
      assert.ok((await distance()) < 10, 'it shows its end');
      await checkPage(page);
      await log.evaluate(box => box.scrollTo(0, 0));
      const follow = page.getByRole('button', { name: 'Follow the latest line' });
      await follow.waitFor();
      await more.open();
      await line(page, 'one more').waitFor({ state: 'attached' });
      assert.equal(await log.evaluate(box => box.scrollTop), 0);
      await follow.click();
      await follow.waitFor({ state: 'detached' });
      assert.ok((await distance()) < 10, 'it shows its end again');
      await close();
    });
  }

  test('the exact time of a line is shown on hover and with the keyboard', async () => {
    const { page, go, close } = await openDashboard(installation().url);
    await installation().api.dispatch('mail', 'brief', { say: [{ log: 'a line' }] });
    await go('tasks/mail/brief');
    const time = logOf(page).locator('time').first();
    await time.waitFor();
    assert.match(await time.getAttribute('title'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} /);
    assert.equal(await time.locator('.exact').isVisible(), false);
    await page.keyboard.press('Tab');
    await logOf(page).focus();
    await time.locator('.exact').waitFor();
    await close();
  });

  test('a task that said nothing tells how to say something', async () => {
    const { page, go, close } = await openDashboard(installation().url);
    await go('tasks/mail/later-1');
    await page.getByText('Nothing was said yet').waitFor();
    await page.getByText('context.log("…")').waitFor();
    await close();
  });
}
