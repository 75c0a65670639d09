// Ages are relative; the exact time is a moment away for everybody: with a mouse, a keyboard or a finger.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPage, kPhone, kThemes, openDashboard } from './browser.js';
import { installation } from './installation.js';
import { focused, tabTo } from './keyboard.js';

const kExact = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d$/;
const tip = page => page.getByRole('tooltip');

/** The age in the row of a task that has ended, and the time that it has to show. */
async function ageOf(page, id) {
  const age = page.getByRole('row', { name: id }).getByRole('button', { name: /ago$|^just now$/ });
  const at = await age.locator('time').getAttribute('datetime');
  return { age, at };
}

async function shows(page, at) {
  await tip(page).waitFor();
  const text = await tip(page).textContent();
  assert.match(text, kExact);
  assert.equal(new Date(text.replace(' ', 'T').replace(' ', '')).toISOString(), at);
  const box = await tip(page).boundingBox();
  const { width, height } = page.viewportSize();
  assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height);
}

const hidden = page => tip(page).waitFor({ state: 'hidden' });

export function testTimes() {
  for (const theme of kThemes) {
    test(`the exact time is shown with mouse and keyboard, ${theme}`, async () => {
      const { page, go, close } = await openDashboard(installation().url, { theme });
      await go('tasks?agent=mail&state=succeeded');
      const { age, at } = await ageOf(page, 'welcome-1');
      await tabTo(page, age);
      await shows(page, at);
      assert.equal(await age.getAttribute('aria-describedby'), await tip(page).getAttribute('id'));
      await checkPage(page);
      await page.keyboard.press('Escape');
      await hidden(page);
      await focused(page, age);
      await page.keyboard.press('Enter');
      await shows(page, at);
      await page.keyboard.press('Tab');
      await page.locator(':focus').and(age).waitFor({ state: 'detached' });
      assert.equal(
        await page
          .getByRole('tooltip')
          .filter({ hasText: at.slice(11, 23) })
          .count(),
        0,
      );
      await page.evaluate(() => document.activeElement.blur());
      await hidden(page);

      await age.hover();
      await shows(page, at);
      await tip(page).hover(); // it can be read and copied
      await shows(page, at);
      await page.getByRole('heading', { level: 1 }).hover();
      await hidden(page);
      await close();
    });

    test(`the exact time is shown by a tap, ${theme}`, async () => {
      const { page, go, close } = await openDashboard(installation().url, { theme, screen: kPhone });
      await go('tasks?agent=mail&state=succeeded');
      const { age, at } = await ageOf(page, 'welcome-1');
      await age.tap();
      await shows(page, at);
      await checkPage(page);
      await age.tap();
      await hidden(page);
      await age.tap();
      await shows(page, at);
      const other = await ageOf(page, 'flaky-1');
      await other.age.tap();
      await tip(page)
        .filter({ hasText: other.at.slice(11, 23) })
        .waitFor();
      assert.equal(await tip(page).count(), 1);
      await page.getByRole('heading', { level: 1 }).tap();
      await hidden(page);
      assert.match(page.url(), /#\/tasks\?/); // a tap on an age does not open its row
      await close();
    });
  }
}
