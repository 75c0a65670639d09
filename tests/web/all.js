// All tests of the dashboard, one after the other in one browser and on one installation. Started by run.sh.
import { after, before, describe } from 'node:test';
import { testActions } from './actions_tests.js';
import { startBrowser, stopBrowser } from './browser.js';
import { testEmpty } from './empty_tests.js';
import { makeHostile, makeTasks } from './fixtures.js';
import { makeHistory } from './history.js';
import { startServer, startWorkers, stopInstallation } from './installation.js';
import { testKeyboard } from './keyboard_tests.js';
import { testLog } from './log_tests.js';
import { testPages } from './pages_tests.js';
import { takePictures } from './pictures.js';
import { testSecurity } from './security_tests.js';
import { testStates } from './states_tests.js';
import { testTimes } from './times_tests.js';

describe('dashboard', () => {
  before(startBrowser);
  before(startServer);
  after(stopBrowser);
  after(stopInstallation);

  describe('of an empty Redis', testEmpty);
  describe('of agents in every condition', () => {
    before(startWorkers);
    before(makeTasks);
    before(makeHistory);
    takePictures();
    describe('with hostile tasks', () => {
      before(makeHostile);
      testPages();
      testStates();
      testTimes();
      testSecurity();
      testLog();
      testKeyboard();
      testActions(); // the last one: it purges
    });
  });
});
