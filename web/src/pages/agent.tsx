import type { JSX } from 'preact';
import { getAgent, listWorkers, pauseAgent, resumeAgent } from '../api/api';
import { kLanes, type AgentInfo, type Lane, type LaneDepth, type WorkerInfo } from '../api/types';
import { formatBytes, formatCount, formatDuration, formatExactCount, plural } from '../lib/format';
import { href } from '../lib/route';
import { useLive } from '../lib/use_live';
import { useOperator } from '../lib/use_session';
import { ConditionBadge } from '../ui/badge';
import { ActionButton } from '../ui/button';
import { Card, Figures } from '../ui/card';
import { Command } from '../ui/copy';
import { Empty } from '../ui/empty';
import { PageHead } from '../ui/head';
import { Icon } from '../ui/icons';
import { Loaded } from '../ui/loaded';
import { Table, type Column } from '../ui/table';
import { Line, Prose } from '../ui/text';
import { When } from '../ui/time';
import { say } from '../ui/toast';
import { AgentCharts } from './agent_charts';
import { placeOf } from './workers';

function PauseButton({ agent, onDone }: { agent: AgentInfo; onDone: () => void }): JSX.Element {
  const run = async (): Promise<void> => {
    await (agent.paused ? resumeAgent(agent.agent) : pauseAgent(agent.agent));
    say(
      agent.paused
        ? `${agent.agent} goes on.`
        : `${agent.agent} is paused: what runs goes on to its end, nothing more is handed out.`,
    );
    onDone();
  };
  return (
    <ActionButton run={run} {...(agent.paused ? { kind: 'primary' } : {})}>
      {agent.paused ? 'Resume' : 'Pause'}
    </ActionButton>
  );
}

function Explain({ agent }: { agent: AgentInfo }): JSX.Element | null {
  if (agent.condition === 'served') return null;
  const text = {
    paused: 'Paused: tasks are accepted, nothing is handed out. Resume it to go on.',
    unserved: 'No live worker serves this agent: its tasks wait until one does.',
    unknown:
      'Nobody has dispatched to this agent or served it yet. Start a worker for it, or check the name.',
    corrupt: `One of its keys holds what Leat did not write: ${agent.problem ?? 'see leat doctor'}.`,
  }[agent.condition];
  return (
    <div class="why">
      <Icon name="info" />
      <div class="stack">
        <span>
          <Prose text={text} />
        </span>
        {(agent.condition === 'unserved' || agent.condition === 'unknown') && (
          <Command text={`leat worker --agent ${agent.agent} --exec "COMMAND"`} />
        )}
      </div>
    </div>
  );
}

function Numbers({ agent }: { agent: AgentInfo }): JSX.Element {
  const age = (ms: number | null): string | undefined =>
    ms === null ? undefined : `oldest ${formatDuration(ms)}`;
  const link = (state: string, count: number): JSX.Element => (
    <a href={href(['tasks'], { agent: agent.agent, state })}>{formatCount(count)}</a>
  );
  const due = agent.next_due_in_ms;
  return (
    <Figures
      figures={[
        { name: 'Ready', value: link('ready', agent.ready), note: age(agent.oldest_ready_ms) },
        {
          name: 'Running',
          value: link('running', agent.running),
          note: `of ${plural(agent.slots, 'slot')}, ${plural(agent.workers, 'worker')}`,
        },
        {
          name: 'Scheduled',
          value: link('scheduled', agent.scheduled),
          note: due === null ? undefined : due > 0 ? `next in ${formatDuration(due)}` : 'next one is due',
        },
        {
          name: 'Dead letters',
          value: <a href={href(['dead'], { agent: agent.agent })}>{formatCount(agent.dead_letters)}</a>,
        },
        { name: 'Lease', value: formatDuration(agent.lease_ms) },
        { name: 'May wait', value: agent.max_waiting === null ? 'no limit' : formatCount(agent.max_waiting) },
      ]}
    />
  );
}

interface LaneRow {
  lane: Lane;
  depth: LaneDepth;
}

const kLaneColumns: readonly Column<LaneRow>[] = [
  { title: 'Lane', kind: 'id', cell: row => row.lane },
  { title: 'Ready', align: 'right', cell: row => formatCount(row.depth.ready) },
  {
    title: 'Oldest waits for',
    align: 'right',
    cell: row => formatDuration(row.depth.oldest_ready_ms),
  },
  { title: 'Running', align: 'right', cell: row => formatCount(row.depth.running) },
];

const kWorkerColumns = (agent: string): readonly Column<WorkerInfo>[] => {
  const serving = (worker: WorkerInfo): WorkerInfo['agents'][number] | undefined =>
    worker.agents.find(of => of.agent === agent);
  return [
    {
      title: 'Worker',
      kind: 'id',
      cell: worker => (
        <>
          <Line text={worker.worker} />
          <span class="faint">
            <Prose text={placeOf(worker)} />
          </span>
        </>
      ),
    },
    {
      title: 'Running',
      align: 'right',
      cell: worker => `${serving(worker)?.running ?? 0} of ${serving(worker)?.slots ?? 0}`,
    },
    { title: 'Memory', align: 'right', cell: worker => formatBytes(worker.rss_bytes) },
    { title: 'Last beat', align: 'right', cell: worker => <When at={worker.beat_at} /> },
  ];
};

function Workers({ agent }: { agent: string }): JSX.Element {
  const live = useLive(`workers of ${agent}`, signal => listWorkers('', signal));
  return (
    <Card title="Workers">
      <Loaded live={live}>
        {({ workers }) => {
          const rows = workers.filter(worker => worker.agents.some(of => of.agent === agent));
          return rows.length === 0 ? (
            <Empty title="No live worker">
              <p>Tasks wait until a worker serves this agent.</p>
              <p>
                <a href={href(['workers'])}>All workers</a>
              </p>
            </Empty>
          ) : (
            <Table
              label="Workers"
              columns={kWorkerColumns(agent)}
              rows={rows}
              rowKey={worker => worker.worker}
            />
          );
        }}
      </Loaded>
    </Card>
  );
}

function Totals({ agent, totals }: Pick<AgentInfo, 'agent' | 'totals'>): JSX.Element {
  const names = Object.keys(totals).sort();
  return (
    <Card title="Since it was first used" padded>
      {names.length === 0 ? (
        <Empty title="Nothing was counted yet">
          <p>Counting begins with the first task. Send one:</p>
          <Command text={`leat dispatch ${agent} '{}'`} />
        </Empty>
      ) : (
        <dl class="facts">
          {names.map(name => [
            <dt key={name}>
              <Prose text={name} />
            </dt>,
            <dd key={`${name} value`} class="number">
              {formatExactCount(totals[name] ?? 0)}
            </dd>,
          ])}
        </dl>
      )}
    </Card>
  );
}

function NoSuchAgent({ agent }: { agent: string }): JSX.Element {
  return (
    <section class="card">
      <Empty title="An agent begins with its first worker or its first task">
        <p>Start a worker for it, or check the name:</p>
        <Command text={`leat worker --agent ${agent} --exec "COMMAND"`} />
        <p>and send it a task:</p>
        <Command text={`leat dispatch ${agent} '{}'`} />
        <p>
          <a href={href([])}>All agents</a>
        </p>
      </Empty>
    </section>
  );
}

export function AgentPage({ agent }: { agent: string }): JSX.Element {
  const live = useLive(`agent ${agent}`, signal => getAgent(agent, signal), 2_000);
  const operator = useOperator();
  return (
    <>
      <PageHead
        title={agent}
        crumb="Agent"
        badges={live.data && <ConditionBadge condition={live.data.condition} />}
        actions={
          <>
            <a class="button" href={href(['tasks'], { agent })}>
              Tasks
            </a>
            <a class="button" href={href(['dead'], { agent })}>
              Dead letters
            </a>
            {operator && live.data && <PauseButton agent={live.data} onDone={live.refresh} />}
          </>
        }
      />
      <Loaded live={live} missing={<NoSuchAgent agent={agent} />}>
        {info => (
          <>
            <Explain agent={info} />
            <Numbers agent={info} />
            <AgentCharts agent={info} />
            <div class="columns">
              <div class="stack">
                <Card title="Lanes">
                  <Table
                    label="Lanes"
                    columns={kLaneColumns}
                    rows={kLanes.map(lane => ({ lane, depth: info.lanes[lane] }))}
                    rowKey={row => row.lane}
                  />
                </Card>
                <Workers agent={agent} />
              </div>
              <Totals agent={agent} totals={info.totals} />
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}
