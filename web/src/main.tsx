import 'uplot/dist/uPlot.min.css';
import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './style/controls.css';
import './style/content.css';
import './style/tables.css';
import './style/charts.css';

import { render } from 'preact';
import { followOverview } from './api/overview_stream';
import { loadSession } from './api/session';
import { App } from './app';
import { startTheme } from './lib/theme';

startTheme();
const root = document.getElementById('app');
if (root) render(<App />, root);
loadSession()
  .catch(() => undefined) // the server is away: the pages say so, and try again
  .then(followOverview);
