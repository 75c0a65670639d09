import type { JSX } from 'preact';
import { listTasks, type TaskFilter } from '../api/api';
import { overview } from '../api/overview_stream';
import { kTaskStates, type TaskRow, type TaskState } from '../api/types';
import { serverNow } from '../lib/clock';
import { formatBytes, formatDuration } from '../lib/format';
import { href, taskHref, type Route } from '../lib/route';
import { useStore } from '../lib/store';
import { useLive } from '../lib/use_live';
import { usePages } from '../lib/use_pages';
import { replaceQuery } from '../lib/use_route';
import { StateBadge } from '../ui/badge';
import { Command } from '../ui/copy';
import { Empty } from '../ui/empty';
import { PageHead } from '../ui/head';
import { Loaded } from '../ui/loaded';
import { Pager } from '../ui/pager';
import { Table, type Column } from '../ui/table';
import { Line, Prose } from '../ui/text';
import { When } from '../ui/time';

const kPageSize = 50;
const kAges = [
  { value: '', title: 'of any age' },
  { value: '-1m', title: 'newer than 1 min' },
  { value: '-1h', title: 'newer than 1 h' },
  { value: '-24h', title: 'newer than 24 h' },
  { value: '1m', title: 'older than 1 min' },
  { value: '1h', title: 'older than 1 h' },
  { value: '24h', title: 'older than 24 h' },
] as const;

function ageFilter(age: string): Pick<TaskFilter, 'older_than' | 'newer_than'> {
  if (!age) return {};
  return age.startsWith('-') ? { newer_than: age.slice(1) } : { older_than: age };
}

const kId: Column<TaskRow> = {
  title: 'Task',
  kind: 'id',
  cell: task =>
    task.id ? (
      <a href={taskHref(task.agent, task.id)}>
        <Line text={task.id} />
      </a>
    ) : (
      <span class="faint">a message that somebody deleted</span>
    ),
};
const kAgent: Column<TaskRow> = { title: 'Agent', cell: task => <Line text={task.agent} /> };
const kState: Column<TaskRow> = { title: 'State', cell: task => <StateBadge state={task.state} /> };
const kLane: Column<TaskRow> = { title: 'Lane', cell: task => task.lane ?? '' };
const kCreated: Column<TaskRow> = {
  title: 'Created',
  align: 'right',
  cell: task => <When at={task.created_at} />,
};
const kAttempts: Column<TaskRow> = { title: 'Attempts', align: 'right', cell: task => task.attempts };
const kPayload: Column<TaskRow> = {
  title: 'Payload',
  kind: 'wide',
  cell: task => (
    <span class="soft mono" title={formatBytes(task.payload_bytes)}>
      <Line text={task.payload_text ?? JSON.stringify(task.payload)} />
    </span>
  ),
};
const kError: Column<TaskRow> = { title: 'Error', kind: 'wide', cell: task => <Line text={task.error} /> };
const kWorker: Column<TaskRow> = { title: 'Worker', cell: task => <Line text={task.worker} /> };
const kIdle: Column<TaskRow> = {
  title: 'Lease renewed',
  align: 'right',
  cell: task => <When at={task.idle_ms === null ? null : serverNow() - task.idle_ms} />,
};
const kDue: Column<TaskRow> = {
  title: 'Due',
  align: 'right',
  cell: task => <When at={task.due_in_ms === null ? null : serverNow() + task.due_in_ms} />,
};
const kFinished: Column<TaskRow> = {
  title: 'Ended',
  align: 'right',
  cell: task => <When at={task.finished_at} />,
};
const kRunTime: Column<TaskRow> = {
  title: 'Ran for',
  align: 'right',
  cell: task =>
    task.started_at && task.finished_at ? formatDuration(task.finished_at - task.started_at) : '',
};

function columnsFor(state: TaskState): readonly Column<TaskRow>[] {
  switch (state) {
    case 'ready':
      return [kId, kLane, kCreated, kAttempts, kPayload];
    case 'running':
      return [kId, kLane, kCreated, kWorker, kIdle, kPayload];
    case 'scheduled':
      return [kId, kDue, kCreated, kAttempts, kError, kPayload];
    case 'succeeded':
      return [kId, kFinished, kRunTime, kAttempts, kWorker, kPayload];
    default:
      return [kId, kFinished, kAttempts, kError, kPayload];
  }
}

/** The rows of a search by id: of any agent, in any state. */
export const kFoundColumns: readonly Column<TaskRow>[] = [kId, kAgent, kState, kCreated, kFinished, kError];

function Filters({
  route,
  agent,
  state,
  age,
}: {
  route: Route;
  agent: string;
  state: TaskState;
  age: string;
}): JSX.Element {
  const agents = useStore(overview)?.agents.map(info => info.agent) ?? [];
  const names = agent && !agents.includes(agent) ? [agent, ...agents] : agents;
  return (
    <>
      <div class="row">
        <label class="row">
          <span class="soft">Agent</span>
          <select value={agent} onChange={event => replaceQuery(route, { agent: event.currentTarget.value })}>
            {names.map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="row">
          <span class="soft">Tasks</span>
          <select value={age} onChange={event => replaceQuery(route, { age: event.currentTarget.value })}>
            {kAges.map(choice => (
              <option key={choice.value} value={choice.value}>
                {choice.title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <nav class="tabs" aria-label="State">
        {kTaskStates.map(name => (
          <a
            key={name}
            href={href(['tasks'], { agent, state: name, age })}
            aria-current={name === state ? 'true' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
    </>
  );
}

const kEmpty: Record<TaskState, string> = {
  ready: 'Nothing waits: what is dispatched starts at once, or no task was sent yet. Send one:',
  running: 'Nothing runs now.',
  scheduled: 'No delayed task, and no retry that waits for its backoff. Send one for later:',
  succeeded: 'The archive holds no success, or newer entries have pushed it out.',
  dead: 'The archive holds no such end. Tasks end dead when no retry is left, or a handler refuses them.',
  cancelled: 'Nobody cancelled a task. The page of a task that waits or runs has the button.',
  expired: 'No task ended because it was too late.',
};

/** What to do where there is no task in this state: send one, or look where it would come from. */
function Next({ agent, state }: { agent: string; state: TaskState }): JSX.Element {
  if (state === 'ready') return <Command text={`leat dispatch ${agent} '{}'`} />;
  if (state === 'scheduled') return <Command text={`leat dispatch ${agent} '{}' --delay 10m`} />;
  if (state === 'dead')
    return (
      <p>
        <a href={href(['dead'], { agent })}>Dead letters</a>
      </p>
    );
  const before = state === 'succeeded' ? 'running' : 'ready';
  return (
    <p>
      <a href={href(['tasks'], { agent, state: before })}>
        {before === 'running' ? 'Tasks that run' : 'Tasks that wait'}
      </a>
    </p>
  );
}

function List({ agent, state, age }: { agent: string; state: TaskState; age: string }): JSX.Element {
  const key = `${agent} ${state} ${age}`;
  const pages = usePages(key);
  const filter: TaskFilter = {
    agent,
    state,
    ...ageFilter(age),
    ...(pages.cursor ? { cursor: pages.cursor } : {}),
  };
  const live = useLive(`tasks ${key} ${pages.cursor}`, signal => listTasks(filter, kPageSize, signal));
  return (
    <Loaded live={live}>
      {page => (
        <section class="card" aria-label={`Tasks: ${state}`}>
          {page.tasks.length === 0 ? (
            <Empty title={age || pages.number > 1 ? 'No such task on this page' : `No task is ${state}`}>
              {(page.cursor || !age) && (
                <p>{page.cursor ? 'The next page goes on with the search.' : kEmpty[state]}</p>
              )}
              {age ? (
                <p>
                  <a href={href(['tasks'], { agent, state })}>Tasks of any age</a>
                </p>
              ) : (
                pages.number === 1 && !page.cursor && <Next agent={agent} state={state} />
              )}
            </Empty>
          ) : (
            <Table
              label={`Tasks: ${state}`}
              columns={columnsFor(state)}
              rows={page.tasks}
              rowKey={task =>
                `${task.id ?? ''} ${task.lane ?? ''} ${task.finished_at ?? ''} ${task.created_at ?? ''}`
              }
              link={task => (task.id ? taskHref(agent, task.id) : undefined)}
            />
          )}
          <Pager pages={pages} cursor={page.cursor} />
        </section>
      )}
    </Loaded>
  );
}

export function TasksPage({ route }: { route: Route }): JSX.Element {
  const known = useStore(overview);
  const agent = route.query.get('agent') ?? known?.agents[0]?.agent;
  const state = kTaskStates.find(name => name === route.query.get('state')) ?? 'ready';
  const age = kAges.find(choice => choice.value === route.query.get('age'))?.value ?? '';
  return (
    <>
      <PageHead title="Tasks" />
      {agent ? (
        <>
          <Filters route={route} agent={agent} state={state} age={age} />
          <List agent={agent} state={state} age={age} />
        </>
      ) : known ? (
        <section class="card">
          <Empty title="No agent yet">
            <p>Tasks belong to agents, and there is none. Send a first task:</p>
            <Command text={`leat dispatch words '{"text":"to be or not to be"}'`} />
          </Empty>
        </section>
      ) : (
        <p class="loading">Loading …</p>
      )}
    </>
  );
}

/** What a search by id found. */
export function SearchPage({ id }: { id: string }): JSX.Element {
  const live = useLive(`search ${id}`, signal => listTasks({ id }, kPageSize, signal));
  return (
    <>
      <PageHead title={id} crumb="Tasks with the id" />
      <Loaded live={live}>
        {page => (
          <section class="card" aria-label="Tasks found">
            {page.tasks.length === 0 ? (
              <Empty title="No task has this id">
                <p>
                  The whole id is needed. Tasks that have ended are found for as long as their record is kept,
                  24 hours by default.
                </p>
                <p>
                  <a href={href(['tasks'])}>All tasks</a>
                </p>
              </Empty>
            ) : (
              <Table
                label="Tasks found"
                columns={kFoundColumns}
                rows={page.tasks}
                rowKey={task => task.agent}
                link={task => (task.id ? taskHref(task.agent, task.id) : undefined)}
              />
            )}
          </section>
        )}
      </Loaded>
      <p class="faint">
        <Prose text={`Searched in every agent for exactly “${id}”.`} />
      </p>
    </>
  );
}
