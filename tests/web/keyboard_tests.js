// Every action with the keyboard alone: reached with Tab, seen on the way, done with Enter; and the focus is never lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDashboard } from './browser.js';
import { makeDead } from './fixtures.js';
import { installation } from './installation.js';
import { focused, press, staysInDialog, tabTo } from './keyboard.js';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const badge = (page, name) => page.locator('main .badge', { hasText: new RegExp(`^${name}$`) }).first();
const dialogs = page => page.locator('dialog');

/** Opens the dialog of a button, which keeps the focus until Escape gives it back to the button. */
async function opensAndCloses(page, opener) {
  await press(page, opener);
  await dialogs(page).waitFor();
  await staysInDialog(page);
  await page.keyboard.press('Escape');
  await dialogs(page).waitFor({ state: 'detached' });
  await focused(page, opener);
  await page.keyboard.press('Enter');
  await dialogs(page).waitFor();
  await press(page, dialogs(page).getByRole('button', { name: 'Back' }));
  await dialogs(page).waitFor({ state: 'detached' });
  await focused(page, opener);
  await page.keyboard.press('Enter');
  await dialogs(page).waitFor();
}

/** Replaces what the focused field holds. */
async function type(page, text) {
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
}

function testOfTasks() {
  test('an agent is paused and resumed with the keyboard', async () => {
    const { page, go, close } = await openDashboard(installation().url);
    await go('agents/mail');
    await press(page, button(page, 'Pause'));
    await badge(page, 'paused').waitFor();
    await focused(page, button(page, 'Resume'));
    await page.keyboard.press('Enter');
    await badge(page, 'served').waitFor();
    await focused(page, button(page, 'Pause'));
    await press(page, button(page, '24 h'));
    await tabTo(page, button(page, '1 h'), 'Shift+Tab');
    await press(page, page.locator('.toast').first().getByRole('button', { name: 'Dismiss' }));
    await focused(page, page.locator('main'));
    await close();
  });

  test('a task is cancelled and dispatched again with the keyboard', async () => {
    const { api, url } = installation();
    await api.dispatch('invoices', 'by-keyboard', { total: '0.00' });
    const { page, go, close } = await openDashboard(url, { theme: 'dark' });
    await go('tasks/invoices/by-keyboard');
    await opensAndCloses(page, button(page, 'Cancel'));
    await press(page, button(page, 'Cancel the task'));
    await badge(page, 'cancelled').waitFor();
    await button(page, 'Cancel').waitFor({ state: 'detached' });
    await focused(page, page.locator('main')); // its button has gone

    await go('tasks/mail/welcome-1');
    await opensAndCloses(page, button(page, 'Duplicate'));
    await focused(page, page.getByLabel('Payload (JSON)'));
    await type(page, '{"to":"keys@example.org"}');
    await press(page, button(page, 'Dispatch'));
    await page.waitForURL(/#\/tasks\/mail\/(?!welcome-1)/);
    await badge(page, 'succeeded').waitFor();
    await close();
  });

  test('a dead task is retried with the keyboard', async () => {
    await makeDead(['retried-by-keys'], 'once more');
    const { page, go, close } = await openDashboard(installation().url);
    await go('tasks/mail/retried-by-keys');
    await press(page, button(page, 'Retry'));
    await page.locator('.toast', { hasText: 'It waits again' }).waitFor();
    await close();
  });
}

function testOfLetters() {
  test('dead letters are replayed with the keyboard', async () => {
    const { api, url } = installation();
    await makeDead(['keys-alone'], 'alone with keys');
    await makeDead(['keys-0', 'keys-1', 'keys-2', 'keys-3'], 'a group for keys');
    const { page, go, close } = await openDashboard(url);
    await go('dead?agent=mail');
    const group = page.getByRole('row', { name: 'a group for keys' }).filter({ hasText: 'Replay group' });
    await opensAndCloses(page, group.getByRole('button', { name: 'Replay group' }));
    await focused(page, page.getByLabel('Tasks a second'));
    await type(page, '0.05');
    await page.keyboard.press('Enter');
    await dialogs(page).waitFor({ state: 'detached' });
    await press(page, button(page, 'Stop'));
    await page.getByText(/Replay stopped: /).waitFor();
    await button(page, 'Stop').waitFor({ state: 'detached' });
    await focused(page, page.locator('main'));

    const letters = page.getByRole('table', { name: 'Dead letters', exact: true });
    const alone = letters.getByRole('row', { name: 'keys-alone' }).getByRole('button', { name: 'Replay' });
    await tabTo(page, alone);
    const pressed = await alone.elementHandle(); // the task dies again, and its next letter has such a button, too
    await page.keyboard.press('Enter');
    await pressed.waitForElementState('hidden');
    await focused(page, page.locator('main'));
    await api.until('agents/mail/dead?limit=200', ({ letters: all }) =>
      all.some(letter => letter.id === 'keys-alone' && letter.state === 'replayed'),
    );

    await opensAndCloses(page, button(page, 'Replay all …'));
    await type(page, '0');
    await page.keyboard.press('Enter');
    await page.getByText(/Replay finished: [1-9]/).waitFor();
    await close();
  });

  test('a payload is corrected, and letters are purged, with the keyboard', async () => {
    await makeDead(['keys-wrong'], 'no such address');
    const { page, go, close } = await openDashboard(installation().url, { theme: 'dark' });
    await go('dead/mail/keys-wrong');
    await opensAndCloses(page, button(page, 'Edit and replay …'));
    await focused(page, page.getByLabel('Payload (JSON)'));
    await type(page, '{"to":"right@example.org"}');
    await press(page, dialogs(page).getByRole('button', { name: 'Replay' }));
    await page.waitForURL(/#\/tasks\/mail\/keys-wrong/);

    await go('dead?agent=mail');
    await opensAndCloses(page, button(page, 'Purge …'));
    await focused(page, page.getByLabel('Which'));
    await page.keyboard.type('older than 30');
    await press(page, dialogs(page).getByRole('button', { name: 'Purge', exact: true }));
    await page.locator('.toast', { hasText: 'No letter is that old' }).waitFor();
    await focused(page, button(page, 'Purge …'));
    await close();
  });
}

export function testKeyboard() {
  testOfTasks();
  testOfLetters();

  test('pages and rows are reached with keys', async () => {
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
    const help = page.getByRole('dialog', { name: 'Keyboard' });
    await help.waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    assert.match(page.url(), /#\/workers/); // the page behind a dialog stays where it is
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
    await close();
  });

  test('the first stop leads past the navigation, and no stop is hidden', async () => {
    const { page, go, close } = await openDashboard(installation().url);
    await go('tasks?agent=mail&state=succeeded');
    await page.getByRole('row', { name: /welcome-1/ }).waitFor();
    await page.keyboard.press('Tab');
    await focused(page, page.getByRole('link', { name: 'Skip to the content' }));
    await page.keyboard.press('Enter');
    await focused(page, page.locator('main'));
    const last = page.locator('main').getByRole('row').last().getByRole('link');
    await tabTo(page, last);
    await tabTo(page, page.locator('main').getByRole('combobox').first(), 'Shift+Tab'); // back, below what sticks to the top
    await close();
  });
}
