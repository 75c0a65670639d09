import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { href } from '../lib/route';
import { Store, useStore } from '../lib/store';
import { navigate } from '../lib/use_route';
import { Dialog } from './dialog';
import { kSearchId } from './search';

const help = new Store(false);
export const openHelp = (): void => help.set(true);

const kGoTo: Record<string, { path: string; title: string }> = {
  o: { path: '', title: 'Overview' },
  t: { path: 'tasks', title: 'Tasks' },
  d: { path: 'dead', title: 'Dead letters' },
  w: { path: 'workers', title: 'Workers' },
  p: { path: 'pending', title: 'Pending' },
  r: { path: 'redis', title: 'Redis' },
};
const kSequenceMs = 1_200;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null;
}

/** Moves the focus to the link of the next or previous row of the page's first table. */
function moveRow(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('main tr.linked td.id a')];
  const at = links.findIndex(row => row === document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  links[Math.max(0, Math.min(next, links.length - 1))]?.focus();
}

function listen(): () => void {
  let wentAt = 0; // when "g" was pressed
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]')) return; // nothing behind it moves
    const place = kGoTo[event.key];
    if (place && event.timeStamp - wentAt < kSequenceMs) navigate(href(place.path ? [place.path] : []));
    else if (event.key === '/') document.getElementById(kSearchId)?.focus();
    else if (event.key === '?') openHelp();
    else if (event.key === 'j') moveRow(1);
    else if (event.key === 'k') moveRow(-1);
    else if (event.key === 'g') {
      wentAt = event.timeStamp;
      return;
    } else return;
    wentAt = 0;
    event.preventDefault();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

/** Keys for those who leave the mouse alone, and the window that lists them. */
export function Shortcuts(): JSX.Element | null {
  const shown = useStore(help);
  useEffect(listen, []);
  if (!shown) return null;
  return (
    <Dialog title="Keyboard" onClose={() => help.set(false)}>
      <dl class="facts">
        <dt>
          <kbd>/</kbd>
        </dt>
        <dd>Find a task by its id</dd>
        <dt>
          <kbd>j</kbd> <kbd>k</kbd>
        </dt>
        <dd>Next and previous row; Enter opens it</dd>
        {Object.entries(kGoTo).flatMap(([key, { title }]) => [
          <dt key={key}>
            <kbd>g</kbd> <kbd>{key}</kbd>
          </dt>,
          <dd key={`${key} title`}>{title}</dd>,
        ])}
        <dt>
          <kbd>Esc</kbd>
        </dt>
        <dd>Close a window</dd>
      </dl>
    </Dialog>
  );
}
