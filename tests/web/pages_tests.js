// All pages, in both themes and on a phone.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { checkPage, kDesktop, kPhone, openDashboard } from './browser.js';
import { installation } from './installation.js';
import { kPages } from './pages.js';

const kPictures = process.env.LEAT_UPDATE_PICTURES; // a folder: pictures are written there
const kInTheManual = ['overview', 'agent', 'tasks', 'task', 'dead', 'workers', 'pending', 'redis'];

async function takePicture(page, name) {
  if (!kPictures) return;
  mkdirSync(kPictures, { recursive: true });
  await page.screenshot({ path: `${kPictures}/${name}.png` });
}

export function testPages() {
  for (const theme of ['light', 'dark']) {
    test(`every page is there, ${theme}`, async () => {
      const { page, go, close } = await openDashboard(installation().url, {
        theme,
      });
      for (const { name, at, shows } of kPages) {
        await go(at);
        for (const locator of shows) await locator(page).waitFor();
        await checkPage(page);
        if (kInTheManual.includes(name)) await takePicture(page, `dashboard-${name}-${theme}`);
      }
      await close();
    });
  }

  test('every page fits a phone', async () => {
    const { page, go, close } = await openDashboard(installation().url, {
      viewport: kPhone,
    });
    for (const { name, at, shows } of kPages) {
      await go(at);
      for (const locator of shows) await locator(page).waitFor();
      await checkPage(page);
      if (name === 'overview') await takePicture(page, 'dashboard-phone-light');
    }
    await close();
  });

  test('the theme can be chosen, and is remembered', async () => {
    const { page, go, close } = await openDashboard(installation().url, {
      theme: 'light',
      viewport: kDesktop,
    });
    const ink = () => page.evaluate(() => getComputedStyle(document.body).color);
    await go('');
    const light = await ink();
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    assert.notEqual(await ink(), light);
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    await close();
  });
}
