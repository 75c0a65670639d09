import type { JSX } from 'preact';
import { listTasks, listWorkers } from '../api/api';
import type { TaskRow, WorkerInfo } from '../api/types';
import { formatBytes } from '../lib/format';
import { agentHref, taskHref } from '../lib/route';
import { useLive } from '../lib/use_live';
import { usePages } from '../lib/use_pages';
import { Badge } from '../ui/badge';
import { Card } from '../ui/card';
import { Command } from '../ui/copy';
import { Empty } from '../ui/empty';
import { PageHead } from '../ui/head';
import { Loaded } from '../ui/loaded';
import { Pager } from '../ui/pager';
import { Table, type Column } from '../ui/table';
import { Line, Prose } from '../ui/text';
import { When } from '../ui/time';

const kRunningPerAgent = 100;
const kAgentsAsked = 20;
const kTasksShown = 3;
const kSilentMs = 10_000;

/** "batch-2 on host7, process 4711". */
export function placeOf({ name, host, pid }: WorkerInfo): string {
  return `${name === host ? '' : `${name} on `}${host}, process ${pid}`;
}

interface Row {
  worker: WorkerInfo;
  runs: readonly TaskRow[];
}

interface Data {
  now: number;
  rows: readonly Row[];
  cursor: string | null;
}

/** The workers, each with the tasks that it holds. */
async function load(from: string, signal: AbortSignal): Promise<Data> {
  const { now, workers, cursor } = await listWorkers(from, signal);
  const busy = new Set(
    workers.flatMap(worker => worker.agents.filter(of => of.running > 0).map(of => of.agent)),
  );
  const pages = await Promise.all(
    [...busy]
      .slice(0, kAgentsAsked)
      .map(agent => listTasks({ agent, state: 'running' }, kRunningPerAgent, signal)),
  );
  const running = pages.flatMap(page => page.tasks);
  return {
    now,
    cursor,
    rows: workers.map(worker => ({ worker, runs: running.filter(task => task.worker === worker.worker) })),
  };
}

function Serves({ worker }: { worker: WorkerInfo }): JSX.Element {
  return (
    <ul class="list-plain">
      {worker.agents.map(of => (
        <li key={of.agent} class="row">
          <a href={agentHref(of.agent)}>
            <Prose text={of.agent} />
          </a>
          <span class="faint number">
            {of.running} of {of.slots}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Runs({ row }: { row: Row }): JSX.Element {
  const running = row.worker.agents.reduce((sum, of) => sum + of.running, 0);
  const shown = row.runs.slice(0, kTasksShown);
  const rest = Math.max(running, row.runs.length) - shown.length;
  if (running === 0 && shown.length === 0) return <span class="faint">nothing</span>;
  return (
    <ul class="list-plain">
      {shown.map(task => (
        <li key={`${task.agent} ${task.id}`}>
          {task.id ? (
            <a href={taskHref(task.agent, task.id)}>
              <Line text={task.id} />
            </a>
          ) : (
            <span class="faint">a message that somebody deleted</span>
          )}
        </li>
      ))}
      {rest > 0 && <li class="faint">{shown.length === 0 ? `${rest} tasks` : `and ${rest} more`}</li>}
    </ul>
  );
}

function Life({ worker }: { worker: WorkerInfo }): JSX.Element {
  if (worker.draining) return <Badge tone="warn">draining</Badge>;
  return worker.silent_ms > kSilentMs ? <Badge tone="bad">silent</Badge> : <Badge tone="good">alive</Badge>;
}

const kColumns: readonly Column<Row>[] = [
  {
    title: 'Worker',
    kind: 'id',
    cell: ({ worker }) => (
      <>
        <Line text={worker.worker} />
        <span class="faint">
          <Prose text={placeOf(worker)} />
        </span>
      </>
    ),
  },
  { title: 'State', cell: ({ worker }) => <Life worker={worker} /> },
  { title: 'Serves', cell: ({ worker }) => <Serves worker={worker} /> },
  { title: 'Runs now', kind: 'wide', cell: row => <Runs row={row} /> },
  {
    title: 'Slots',
    align: 'right',
    cell: ({ worker }) => worker.agents.reduce((sum, of) => sum + of.slots, 0),
  },
  { title: 'Memory', align: 'right', cell: ({ worker }) => formatBytes(worker.rss_bytes) },
  { title: 'Version', cell: ({ worker }) => <Line text={worker.version} /> },
  { title: 'Started', align: 'right', cell: ({ worker }) => <When at={worker.started_at} /> },
  {
    title: 'Last beat',
    align: 'right',
    cell: ({ worker }) => (
      <span class={worker.silent_ms > kSilentMs ? 'bad' : ''}>
        <When at={worker.beat_at} />
      </span>
    ),
  },
];

export function WorkersPage(): JSX.Element {
  const pages = usePages('workers');
  const live = useLive(`workers ${pages.cursor}`, signal => load(pages.cursor, signal));
  return (
    <>
      <PageHead title="Workers" />
      <Loaded live={live}>
        {({ rows, cursor }) => (
          <Card
            title="Alive"
            note={`${rows.length} ${cursor || pages.number > 1 ? 'on this page' : 'in all'}`}
          >
            {rows.length === 0 ? (
              <Empty title="No worker is running">
                <p>Tasks wait until one is. Start a worker for an agent:</p>
                <Command text={'leat worker --agent NAME --exec "COMMAND"'} />
              </Empty>
            ) : (
              <Table label="Workers" columns={kColumns} rows={rows} rowKey={row => row.worker.worker} />
            )}
            <Pager pages={pages} cursor={cursor} />
          </Card>
        )}
      </Loaded>
    </>
  );
}
