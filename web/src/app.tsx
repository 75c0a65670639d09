import type { JSX } from 'preact';
import { signedOut } from './api/http';
import { href, type Route } from './lib/route';
import { useStore } from './lib/store';
import { useRoute } from './lib/use_route';
import { AgentPage } from './pages/agent';
import { DeadPage } from './pages/dead';
import { LetterPage } from './pages/letter';
import { OverviewPage } from './pages/overview';
import { PendingPage } from './pages/pending';
import { RedisPage } from './pages/redis';
import { SignInPage } from './pages/sign_in';
import { TaskPage } from './pages/task';
import { SearchPage, TasksPage } from './pages/tasks';
import { WorkersPage } from './pages/workers';
import { Empty } from './ui/empty';
import { PageHead } from './ui/head';
import { Layout } from './ui/layout';
import { Shortcuts } from './ui/shortcuts';

function NoSuchPage(): JSX.Element {
  return (
    <>
      <PageHead title="No such page" />
      <Empty title="This address leads nowhere">
        <p>
          <a href={href([])}>Overview</a>
        </p>
      </Empty>
    </>
  );
}

function pageOf(route: Route): JSX.Element {
  const [place, first, second, ...rest] = route.path;
  const key = route.path.join('/');
  if (place === undefined) return <OverviewPage />;
  if (rest.length > 0) return <NoSuchPage />;
  if (first === undefined) {
    if (place === 'tasks') return <TasksPage route={route} />;
    if (place === 'dead') return <DeadPage route={route} />;
    if (place === 'workers') return <WorkersPage />;
    if (place === 'pending') return <PendingPage />;
    if (place === 'redis') return <RedisPage />;
    if (place === 'search') return <SearchPage id={route.query.get('id') ?? ''} />;
  } else if (second === undefined) {
    if (place === 'agents') return <AgentPage key={key} agent={first} />;
  } else {
    if (place === 'tasks') return <TaskPage key={key} agent={first} id={second} />;
    if (place === 'dead') return <LetterPage key={key} agent={first} letter={second} />;
  }
  return <NoSuchPage />;
}

export function App(): JSX.Element {
  const route = useRoute();
  if (useStore(signedOut)) return <SignInPage />;
  return (
    <>
      <Layout route={route}>{pageOf(route)}</Layout>
      <Shortcuts />
    </>
  );
}
