// All tests of the dashboard, one after the other in one browser and on one installation. Started by run.sh.
import { after, before, describe } from 'node:test';
import { testActions } from './actions_tests.js';
import { startBrowser, stopBrowser } from './browser.js';
import { startInstallation, stopInstallation } from './installation.js';
import { testLog } from './log_tests.js';
import { testPages } from './pages_tests.js';
import { testSecurity } from './security_tests.js';

describe('dashboard', () => {
  before(startBrowser);
  before(startInstallation);
  after(stopBrowser);
  after(stopInstallation);
  testPages();
  testSecurity();
  testLog();
  testActions();
});
