import type { ComponentChildren, JSX } from 'preact';
import { link, overview, type Link } from '../api/overview_stream';
import { session, signOut } from '../api/session';
import { agentHref, href, type Route } from '../lib/route';
import { useStore } from '../lib/store';
import { nextTheme, theme } from '../lib/theme';
import { troublesOf } from '../lib/troubles';
import { Badge, type Tone } from './badge';
import { ActionButton } from './button';
import { Icon, type IconName } from './icons';
import { Search } from './search';
import { openHelp } from './shortcuts';
import { Line, Prose } from './text';
import { Toasts } from './toast';

interface Place {
  path: string;
  title: string;
  icon: IconName;
  short: string; // on a phone
}

export const kPlaces: readonly Place[] = [
  { path: '', title: 'Overview', icon: 'overview', short: 'Overview' },
  { path: 'tasks', title: 'Tasks', icon: 'tasks', short: 'Tasks' },
  { path: 'dead', title: 'Dead letters', icon: 'dead', short: 'Dead' },
  { path: 'workers', title: 'Workers', icon: 'workers', short: 'Workers' },
  { path: 'pending', title: 'Pending', icon: 'pending', short: 'Pending' },
  { path: 'redis', title: 'Redis', icon: 'redis', short: 'Redis' },
];

const kAgentsShown = 12;

function Brand(): JSX.Element {
  return (
    <a class="brand" href={href([])}>
      <img src="./icon.svg" width="22" height="22" alt="" />
      Leat
    </a>
  );
}

function Places({ route }: { route: Route }): JSX.Element {
  const first = route.path[0] ?? '';
  return (
    <nav class="nav" aria-label="Pages">
      <ul>
        {kPlaces.map(place => (
          <li key={place.path}>
            <a
              href={href(place.path ? [place.path] : [])}
              aria-current={first === place.path ? 'page' : undefined}
              title={place.title}
            >
              <Icon name={place.icon} />
              {place.short === place.title ? (
                place.title
              ) : (
                <>
                  <span class="wide-only">{place.title}</span>
                  <span class="narrow-only" aria-hidden="true">
                    {place.short}
                  </span>
                </>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Agents({ route }: { route: Route }): JSX.Element | null {
  const known = useStore(overview);
  if (!known || known.agents.length === 0) return null;
  const current = route.path[0] === 'agents' ? route.path[1] : undefined;
  const rest = known.agents.length - kAgentsShown;
  return (
    <nav class="nav agents" aria-label="Agents">
      <div class="nav-title">Agents</div>
      <ul>
        {known.agents.slice(0, kAgentsShown).map(agent => (
          <li key={agent.agent}>
            <a href={agentHref(agent.agent)} aria-current={current === agent.agent ? 'page' : undefined}>
              <Line text={agent.agent} />
              <span class="count" title="ready and running">
                {agent.ready + agent.running}
              </span>
            </a>
          </li>
        ))}
        {rest > 0 && (
          <li>
            <a href={href([])}>{rest} more …</a>
          </li>
        )}
      </ul>
    </nav>
  );
}

const kLinks: Record<Link, { tone: Tone; text: string; title: string }> = {
  connecting: { tone: 'quiet', text: 'Connecting', title: 'No answer yet' },
  live: { tone: 'good', text: 'Live', title: 'The server pushes what changes' },
  polling: {
    tone: 'info',
    text: 'Polling',
    title: 'The page asks every five seconds: the event stream does not work',
  },
  offline: {
    tone: 'bad',
    text: 'Offline',
    title: 'leat serve does not answer; what you see is the last known state',
  },
};

function LinkBadge(): JSX.Element {
  const { tone, text, title } = kLinks[useStore(link)];
  return (
    <span title={title}>
      <Badge tone={tone}>{text}</Badge>
    </span>
  );
}

const kThemeIcons = { system: 'system', light: 'sun', dark: 'moon' } as const;

function Tools(): JSX.Element {
  const chosen = useStore(theme);
  const who = useStore(session);
  return (
    <div class="top-tools">
      <LinkBadge />
      <button
        type="button"
        class="button plain icon"
        title={`Theme: ${chosen}`}
        aria-label={`Theme: ${chosen}. Change it.`}
        onClick={nextTheme}
      >
        <Icon name={kThemeIcons[chosen]} />
      </button>
      <button
        type="button"
        class="button plain icon wide-only"
        title="Keyboard: ?"
        aria-label="Keyboard shortcuts"
        onClick={openHelp}
      >
        <Icon name="help" />
      </button>
      {who?.token_needed && (
        <ActionButton run={signOut} small>
          Sign out
        </ActionButton>
      )}
    </div>
  );
}

/** What is around every page. */
export function Layout({ route, children }: { route: Route; children: ComponentChildren }): JSX.Element {
  const known = useStore(overview);
  const troubles = known && route.path.length > 0 ? troublesOf(known).filter(trouble => trouble.severe) : [];
  return (
    <div class="shell">
      <a class="skip-link" href="#main" onClick={skipToMain}>
        Skip to the content
      </a>
      <div class="side">
        <Brand />
        <Places route={route} />
        <Agents route={route} />
      </div>
      <div class="main">
        <header class="top">
          <Brand />
          <Search />
          <Tools />
        </header>
        <main id="main" class="page" tabIndex={-1}>
          {troubles.length > 0 && (
            <a class="banner bad one-line" href={href([])}>
              <Icon name="warning" />
              <Prose
                text={
                  (troubles.length === 1 && troubles[0]?.text) ||
                  `${troubles.length} things are wrong; the overview names them.`
                }
              />
            </a>
          )}
          {children}
        </main>
      </div>
      <Toasts />
    </div>
  );
}

function skipToMain(event: Event): void {
  event.preventDefault(); // the address is not a page
  document.getElementById('main')?.focus();
}
