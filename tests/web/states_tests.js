// What pages look like when something is open or wrong: dialogs, banners, toasts. Nothing that axe calls serious, and
// nothing wider than the window, in both themes and on a phone.
import { test } from 'node:test';
import { checkPage, kLooks, openDashboard } from './browser.js';
import { installation } from './installation.js';

const button = (page, name) => page.getByRole('button', { name, exact: true });

const kDialogs = [
  { at: 'tasks/mail/long-1', title: 'Cancel this task?', open: page => button(page, 'Cancel').click() },
  {
    at: 'tasks/mail/welcome-1',
    title: 'Dispatch a copy',
    open: page => button(page, 'Duplicate').click(),
    broken: true,
  },
  {
    at: 'dead/mail/bounced-1',
    title: 'Edit and replay',
    open: page => button(page, 'Edit and replay …').click(),
    broken: true,
  },
  {
    at: 'dead?agent=mail',
    title: /Replay \d+ letters? of this group\?/,
    open: page => button(page, 'Replay group').first().click(),
  },
  { at: 'dead?agent=mail', title: 'Replay all letters?', open: page => button(page, 'Replay all …').click() },
  { at: 'dead?agent=mail', title: 'Purge dead letters', open: page => button(page, 'Purge …').click() },
  { at: 'workers', title: 'Keyboard', open: page => page.keyboard.press('?') },
];

/** Answers in the server's place; `status` 0: not at all. */
const answer = (page, at, status, body) =>
  page.route(at, route =>
    status === 0
      ? route.abort()
      : route.fulfill({
          status,
          contentType: status < 400 ? 'application/json' : 'application/problem+json',
          json: body,
        }),
  );

const kBusy = {
  type: 'about:blank',
  title: 'Busy',
  status: 503,
  code: 'busy',
  detail: 'Redis does not answer',
};
const replayOf = (state, error = null) => ({
  ...{ id: 'made-up', agent: 'mail', error_contains: '', rate: 10, dry_run: false, state, error },
  ...{ started_at: 1, ended_at: 2, looked_at: 40, matched: 40, replayed: 12, skipped: 3 },
});

export function testStates() {
  for (const { name: look, theme, screen } of kLooks) {
    test(`dialogs keep nobody out: ${look}`, async () => {
      const { page, go, close } = await openDashboard(installation().url, { theme, screen });
      for (const { at, title, open, broken } of kDialogs) {
        await go(at);
        await page.locator('main h1').waitFor();
        await open(page);
        const dialog = page.getByRole('dialog', { name: title });
        await dialog.waitFor();
        await checkPage(page);
        if (broken) {
          await page.getByLabel('Payload (JSON)').fill('{"to":');
          await dialog.getByRole('status').filter({ hasText: /\S/ }).waitFor();
          await checkPage(page);
        }
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'hidden' });
      }
      await close();
    });

    test(`bad news keep nobody out: ${look}`, async () => {
      const { page, go, close } = await openDashboard(installation().url, { theme, screen, mayFail: true });
      // Nothing is known, and then what was known is all there is.
      await answer(page, '**/v1/pending*', 0);
      await go('pending');
      await page.getByRole('alert').filter({ hasText: 'leat serve does not answer' }).waitFor();
      await checkPage(page);
      await go('workers');
      await page.getByRole('row', { name: /worker-1 on/ }).waitFor();
      await answer(page, '**/v1/workers*', 503, kBusy);
      await page.getByText('This is the last known state.').waitFor();
      await page.getByRole('row', { name: /worker-1 on/ }).waitFor();
      await checkPage(page);
      await page.unroute('**/v1/workers*');
      await button(page, 'Try again').click();
      await page.getByRole('alert').waitFor({ state: 'detached' });

      // An action that fails says so where one looks: in its dialog, or else below.
      await answer(page, '**/dead/purge', 503, kBusy);
      await go('dead?agent=mail');
      await button(page, 'Purge …').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Purge', exact: true }).click();
      await dialog.getByRole('alert').filter({ hasText: 'Redis does not answer' }).waitFor();
      await checkPage(page);
      await page.keyboard.press('Escape');
      await answer(page, '**/agents/mail/pause', 503, kBusy);
      await go('agents/mail');
      await button(page, 'Pause').click();
      await page.locator('.toast.bad', { hasText: 'Redis does not answer' }).waitFor();
      await checkPage(page);

      await answer(page, '**/dead/replay', 202, replayOf('running'));
      await answer(
        page,
        '**/v1/replays/made-up',
        200,
        replayOf('failed', 'Redis refused: OOM command not allowed'),
      );
      await go('dead?agent=mail');
      await button(page, 'Replay all …').click();
      await dialog.getByRole('button', { name: 'Replay' }).click();
      await page.getByText('Replay failed: 12 brought back').waitFor();
      await checkPage(page);

      for (const [at, words] of Object.entries({
        'tasks/mail/nobody-sent-it': 'All tasks of mail',
        'dead/mail/1-1': 'All dead letters of mail',
      })) {
        await go(at);
        await page.getByRole('alert').waitFor();
        await page.locator('main').getByRole('link', { name: words }).waitFor();
        await checkPage(page);
      }
      await close();
    });
  }
}
