// All pages, in both themes and on a phone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPage, kLooks, openDashboard } from './browser.js';
import { installation } from './installation.js';
import { kPages } from './pages.js';

export function testPages() {
  for (const { name: look, theme, screen } of kLooks)
    test(`every page is there: ${look}`, async () => {
      const { page, go, close } = await openDashboard(installation().url, { theme, screen });
      for (const { at, shows } of kPages) {
        await go(at);
        for (const locator of shows) await locator(page).waitFor();
        await checkPage(page);
      }
      await close();
    });

  test('the theme can be chosen, and is remembered', async () => {
    const { page, go, close } = await openDashboard(installation().url, { theme: 'dark' });
    const ink = () => page.evaluate(() => getComputedStyle(document.body).color);
    await go('');
    const dark = await ink();
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).waitFor();
    assert.notEqual(await ink(), dark);
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    assert.equal(await ink(), dark);
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    await close();
  });
}
