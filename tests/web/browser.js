// Chromium, and what has to hold on every page: no error, no request to anybody else, nothing that axe calls serious.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kPatienceMs = 30_000;
const kSerious = ['serious', 'critical'];
const kPaper = { light: 'rgb(251, 251, 252)', dark: 'rgb(14, 15, 19)' };

export const kThemes = ['light', 'dark'];
export const kDesktop = { viewport: { width: 1280, height: 800 } };
export const kPhone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** Every way in which people see the dashboard, with a name for tests. */
export const kLooks = [
  ['a desktop', kDesktop],
  ['a phone', kPhone],
].flatMap(([where, screen]) => kThemes.map(theme => ({ name: `${theme}, on ${where}`, theme, screen })));

let browser;

export async function startBrowser() {
  browser = await chromium.launch({
    executablePath: process.env.LEAT_CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
}

export const stopBrowser = () => browser?.close();

/** Opens the dashboard in a profile of its own. */
export async function openDashboard(url, { theme = 'light', screen = kDesktop, mayFail = false } = {}) {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: theme,
    ...screen,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  context.setDefaultTimeout(kPatienceMs);
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', error => problems.push(`error: ${error.message}`));
  page.on('dialog', dialog => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', request => {
    if (!request.url().startsWith(`${url}/`)) problems.push(`request: ${request.url()}`);
  });
  page.on('console', message => {
    if (message.type() === 'error' && !mayFail) problems.push(`console: ${message.text()}`);
  });
  return {
    page,
    go: hash => page.goto(`/#/${hash}`),
    /** What was wrong so far is a failure; so is a page in other colours than were asked for. */
    async close() {
      assert.deepEqual(problems, []);
      const paper = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      assert.equal(paper, kPaper[theme]);
      await context.close();
    },
  };
}

/** No finding of axe that keeps somebody out; nothing wider than the window. */
export async function checkPage(page) {
  await page.evaluate(axe); // not as a script of the page: its policy forbids that
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const serious = violations
    .filter(found => kSerious.includes(found.impact))
    .map(found => `${found.id}: ${found.nodes.map(node => `${node.html} ${node.failureSummary}`).join(' ')}`);
  assert.deepEqual(serious, []);
  // A phone's browser would rather make its window as wide as the page than let it scroll.
  const { width } = page.viewportSize();
  const excess = (await page.evaluate(() => document.documentElement.scrollWidth)) - width;
  assert.ok(excess <= 0, `the page is ${excess} pixels wider than its window`);
}
