import type { JSX } from 'preact';
import { listPending } from '../api/api';
import { overview } from '../api/overview_stream';
import type { AgentPending, PendingByWorker } from '../api/types';
import { formatCount, formatDuration } from '../lib/format';
import { agentHref, href } from '../lib/route';
import { useStore } from '../lib/store';
import { useLive } from '../lib/use_live';
import { usePages } from '../lib/use_pages';
import { Badge } from '../ui/badge';
import { Card } from '../ui/card';
import { Empty } from '../ui/empty';
import { PageHead } from '../ui/head';
import { Loaded } from '../ui/loaded';
import { Pager } from '../ui/pager';
import { Table, type Column } from '../ui/table';
import { Line, Prose } from '../ui/text';

interface Row {
  agent: string;
  lease: number | null;
  held: PendingByWorker;
}

const isLate = (row: Row): boolean => row.lease !== null && row.held.oldest_idle_ms > row.lease;

const kColumns: readonly Column<Row>[] = [
  { title: 'Worker', kind: 'id', cell: row => <Line text={row.held.worker} /> },
  {
    title: 'Agent',
    cell: row => (
      <a href={agentHref(row.agent)}>
        <Prose text={row.agent} />
      </a>
    ),
  },
  {
    title: 'Holds',
    align: 'right',
    cell: row => (
      <a href={href(['tasks'], { agent: row.agent, state: 'running' })}>{formatCount(row.held.count)}</a>
    ),
  },
  {
    title: 'Not renewed for',
    align: 'right',
    cell: row => <span class={isLate(row) ? 'bad' : ''}>{formatDuration(row.held.oldest_idle_ms)}</span>,
  },
  { title: 'Lease', align: 'right', cell: row => formatDuration(row.lease) },
  {
    title: 'Deliveries',
    align: 'right',
    cell: row => <span class={row.held.deliveries_max > 1 ? 'warn' : ''}>{row.held.deliveries_max}</span>,
  },
  {
    title: 'State',
    cell: row => (isLate(row) ? <Badge tone="bad">lease over</Badge> : <Badge tone="good">renewed</Badge>),
  },
];

function rowsOf(agents: readonly AgentPending[], leases: Map<string, number | null>): Row[] {
  return agents
    .flatMap(of => of.workers.map(held => ({ agent: of.agent, lease: leases.get(of.agent) ?? null, held })))
    .sort((left, right) => right.held.oldest_idle_ms - left.held.oldest_idle_ms);
}

export function PendingPage(): JSX.Element {
  const pages = usePages('pending');
  const live = useLive(`pending ${pages.cursor}`, signal => listPending(pages.cursor, signal));
  const known = useStore(overview);
  const leases = new Map(known?.agents.map(agent => [agent.agent, agent.lease_ms]));
  return (
    <>
      <PageHead title="Pending" />
      <Loaded live={live}>
        {({ agents, cursor }) => {
          const rows = rowsOf(agents, leases);
          return (
            <Card title="Handed out and not settled" note="by worker, the longest silence first">
              {rows.length === 0 ? (
                <Empty title="Nothing is pending">
                  <p>
                    What workers hold is listed here, with the time since its lease was last renewed. A
                    healthy worker renews at a third of the lease; when a lease is over, another worker takes
                    the task over.
                  </p>
                  <p>
                    Tasks wait all the same? See whether <a href={href(['workers'])}>Workers</a> are alive.
                  </p>
                </Empty>
              ) : (
                <Table
                  label="Pending deliveries"
                  columns={kColumns}
                  rows={rows}
                  rowKey={row => `${row.agent} ${row.held.worker}`}
                />
              )}
              <Pager pages={pages} cursor={cursor} />
            </Card>
          );
        }}
      </Loaded>
    </>
  );
}
