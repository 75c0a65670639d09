// What users stored stays text; who has no token sees nothing, and who may only look has nothing to press.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPage, openDashboard } from './browser.js';
import { kHostile } from './fixtures.js';
import { installation, serve, tokenFile } from './installation.js';

const kOperator = 'operator-0123456789abcdef';
const kViewer = 'viewer-0123456789abcdef';

async function signIn(page, token) {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export function testSecurity() {
  test('hostile payloads and errors are shown as text', async () => {
    const { page, go, close } = await openDashboard(installation().url);
    await go('tasks/mail/hostile-1');
    await page.getByText(kHostile.payload.html.slice(0, 40)).first().waitFor();
    await page.getByText('moved ⟨U+202E⟩ backwards').first().waitFor();
    await page.getByText('</pre><script>window.broken = 4').first().waitFor();
    await go('tasks?agent=mail&state=dead');
    await page.getByRole('row', { name: /hostile-1/ }).waitFor();
    await go('dead?agent=mail');
    await page.getByRole('link', { name: 'hostile-1' }).first().click();
    await page.getByText('javascript:window.broken=3').first().waitFor();
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.equal(await page.locator('main script, main img').count(), 0);
    await close();
  });

  test('hostile addresses are shown as text', async () => {
    const { page, go, close } = await openDashboard(installation().url, {
      mayFail: true,
    });
    const markup = '<img src=x onerror="window.broken=5">';
    for (const at of ['search?id=', 'tasks/mail/', 'agents/', 'dead?agent=']) {
      await go(at + encodeURIComponent(markup));
      await page.getByRole('alert').first().waitFor();
      await page.locator('main', { hasText: '<img src=x' }).waitFor();
    }
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.equal(await page.locator('main img').count(), 0);
    await close();
  });

  test('secrets in payloads are hidden', async () => {
    const { page, go, close } = await openDashboard(installation().url);
    await go('tasks/mail/welcome-1');
    await page.getByText('[redacted]').first().waitFor();
    assert.equal(await page.getByText('hunter2').count(), 0);
    await close();
  });

  test('scripts that are not the page’s own do not run', async () => {
    const { page, go, close } = await openDashboard(installation().url, {
      mayFail: true,
    });
    await go('');
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.broken = 6';
      document.body.append(script);
    });
    assert.equal(await page.evaluate(() => window.broken), undefined);
    await close();
  });

  test('a token opens the dashboard, a viewer’s without buttons', async () => {
    const server = await serve('127.0.0.1:0', [
      ...['--token-file', tokenFile('operator', kOperator)],
      ...['--viewer-token-file', tokenFile('viewer', kViewer)],
    ]);
    const { page, go, close } = await openDashboard(server.url, {
      mayFail: true,
    });
    await go('agents/mail');
    await page.getByLabel('Token').waitFor();
    await checkPage(page);
    await signIn(page, 'wrong-0123456789abcdef');
    await page.getByText('This token is not valid.').waitFor();
    await signIn(page, kViewer);
    await page.getByText('Throughput').first().waitFor();
    await page.getByRole('link', { name: 'Tasks' }).first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Pause' }).count(), 0);
    await go('dead?agent=mail');
    await page.getByRole('row', { name: /bounced-1/ }).waitFor();
    assert.equal(await page.getByRole('button', { name: /Replay|Purge/ }).count(), 0);
    await go('agents/mail');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, kOperator);
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await close();
    await server.stop();
  });

  test('a page says that the server is gone, and goes on when it is back', async () => {
    const first = await serve();
    const { page, go, close } = await openDashboard(first.url, {
      mayFail: true,
    });
    await go('');
    await page.getByText('Live', { exact: true }).waitFor();
    await first.stop();
    await page.getByText('Offline', { exact: true }).waitFor();
    const second = await serve(new URL(first.url).host);
    await page.getByText('Live', { exact: true }).waitFor();
    await close();
    await second.stop();
  });
}
