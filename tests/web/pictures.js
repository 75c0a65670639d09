// The pictures of the manual, whole pages, where LEAT_UPDATE_PICTURES names a folder for them.
import { mkdirSync } from 'node:fs';
import { before, test } from 'node:test';
import { kDesktop, kPhone, kThemes, openDashboard } from './browser.js';
import { renewHistory } from './history.js';
import { installation, redis } from './installation.js';
import { kPages } from './pages.js';

const folder = process.env.LEAT_UPDATE_PICTURES;
const kOnDesktops = ['overview', 'agent', 'tasks', 'task', 'dead', 'letter', 'workers', 'pending', 'redis'];
const kOnPhones = ['overview', 'agent', 'dead'];

/** With a window as high as the page: what sticks to the window's edges would else be in the middle of the picture. */
async function takePicture(page, name, { viewport }) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ ...viewport, height: Math.max(viewport.height, height) });
  await page.screenshot({ path: `${folder}/dashboard-${name}.png` });
  await page.setViewportSize(viewport);
}

async function takeAll(theme, screen, names, prefix = '') {
  const { page, go, close } = await openDashboard(installation().url, { theme, screen });
  for (const { name, at, shows, charts } of kPages.filter(of => names.includes(of.name))) {
    renewHistory();
    await go(at);
    await page.reload(); // nothing that the page knew before
    for (const locator of shows) await locator(page).waitFor();
    if (charts)
      await page
        .locator('.chart canvas')
        .nth(charts - 1)
        .waitFor();
    await takePicture(page, `${prefix}${name}-${theme}`, screen);
    if (name !== 'agent' || prefix) continue;
    const day = page.waitForResponse(/minutes=1440/);
    await page.getByRole('button', { name: '24 h', exact: true }).click();
    await day;
    await page.mouse.move(0, 0); // off whatever it would highlight
    await page
      .locator('.chart canvas')
      .nth(charts - 1)
      .waitFor();
    await takePicture(page, `${prefix}agent-day-${theme}`, screen);
  }
  await close();
}

export function takePictures() {
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  // A server as it should be.
  before(() =>
    redis([
      ['CONFIG', 'SET', 'appendonly', 'yes'],
      ['CONFIG', 'SET', 'maxmemory', '32mb'],
      ['CONFIG', 'SET', 'latency-monitor-threshold', '100'],
    ]),
  );
  for (const theme of kThemes)
    test(`pictures are taken, ${theme}`, async () => {
      await takeAll(theme, kDesktop, kOnDesktops);
      await takeAll(theme, kPhone, kOnPhones, 'phone-');
    });
}
