// Everything at a glance, pushed by the server; asked for every few seconds where pushing does not work. Pages of the
// whole dashboard share it.
import { noteServerTime } from '../lib/clock';
import { Store } from '../lib/store';
import { apiUrl, get, signedOut } from './http';
import type { Overview } from './types';

export type Link = 'connecting' | 'live' | 'polling' | 'offline';

export const overview = new Store<Overview | null>(null);
export const link = new Store<Link>('connecting');

const kPollMs = 5_000;
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

function accept(value: Overview, how: Link): void {
  noteServerTime(value.now);
  overview.set(value);
  link.set(how);
}

async function poll(): Promise<void> {
  clearTimeout(timer);
  try {
    const value = await get<Overview>(apiUrl(['overview']));
    if (link.get() !== 'live') accept(value, 'polling');
  } catch {
    link.set('offline');
  }
  if (!document.hidden && !signedOut.get() && link.get() !== 'live')
    timer = setTimeout(() => void poll(), kPollMs);
}

function listen(): void {
  source?.close();
  source = new EventSource(apiUrl(['events']));
  source.addEventListener('overview', event => {
    clearTimeout(timer);
    accept(JSON.parse(event.data as string) as Overview, 'live');
  });
  source.onerror = () => {
    // The browser connects again by itself, unless the server refused; meanwhile ask.
    if (link.get() === 'live') link.set('polling');
    void poll();
  };
}

function stop(): void {
  clearTimeout(timer);
  source?.close();
  source = undefined;
  link.set('connecting');
}

/** Follows the server from now on, except while the page is hidden or signed out. */
export function followOverview(): void {
  const update = (): void => {
    if (document.hidden || signedOut.get()) return stop();
    if (source && source.readyState !== EventSource.CLOSED) return;
    listen();
    void poll();
  };
  document.addEventListener('visibilitychange', update);
  signedOut.listen(update);
  setInterval(update, kPollMs); // a refused stream is tried again
  update();
}
