// Opens every page of a server with very many tasks, and leaves each open for a few of its reloads. Started by
// tests/http_scale/http_scale.py, which then looks at how long the server took.
//   node scale_pages.js URL
import { openDashboard, startBrowser, stopBrowser } from './browser.js';

const [url] = process.argv.slice(2);
const kStates = ['ready', 'running', 'scheduled', 'succeeded', 'dead', 'cancelled', 'expired'];
const kPages = [
  '',
  'agents/bulk',
  'agents/history',
  ...kStates.map(state => `tasks?agent=bulk&state=${state}`),
  ...kStates.map(state => `tasks?agent=history&state=${state}`),
  'tasks?agent=history&state=cancelled&age=-1h',
  'tasks?agent=history&state=succeeded&age=24h',
  'tasks/bulk/bulk-normal2500-1',
  'tasks/history/history-0-1',
  'tasks/failed/failed-dead0-1',
  'dead?agent=failed',
  'dead/failed/failed-dead0-1',
  'workers',
  'pending',
  'redis',
  'search?id=bulk-normal0-1',
];

await startBrowser();
try {
  for (const theme of ['light', 'dark']) {
    const dashboard = await openDashboard(url, { theme });
    dashboard.page.on('response', response => {
      if (response.status() >= 400) console.error(`${response.status()} ${response.url()}`);
    });
    for (const hash of kPages) {
      await dashboard.go(hash);
      await dashboard.page.getByRole('heading', { level: 1 }).first().waitFor();
      // Until it has loaded what it shows, and once more by itself.
      for (let answers = 0; answers < 2; answers += 1)
        await dashboard.page
          .waitForResponse(response => response.url().includes('/v1/'), { timeout: 15_000 })
          .catch(() => undefined);
    }
    await dashboard.close();
  }
} finally {
  await stopBrowser();
}
