import type { JSX } from 'preact';
import { getAgentStats, getStats } from '../api/api';
import { overview } from '../api/overview_stream';
import type { AgentAtAGlance, Overview, StatsPoint } from '../api/types';
import { serverNow } from '../lib/clock';
import { formatCount, formatDuration, formatRate, formatShare, plural } from '../lib/format';
import { agentHref, href } from '../lib/route';
import { endedOf, errorShare, lastLatency, ratesOf, recentRate } from '../lib/stats';
import { useStore } from '../lib/store';
import { troublesOf, type Trouble } from '../lib/troubles';
import { useLive } from '../lib/use_live';
import { ConditionBadge } from '../ui/badge';
import { Card, Figures } from '../ui/card';
import { Command } from '../ui/copy';
import { Empty } from '../ui/empty';
import { PageHead } from '../ui/head';
import { Icon } from '../ui/icons';
import { Sparkline } from '../ui/sparkline';
import { Table, type Column } from '../ui/table';
import { Prose } from '../ui/text';

const kMinutes = 60;
const kRecent = 5; // minutes that count as now
const kStatsEveryMs = 10_000;
const kAgentsWithStats = 40; // one request each; the others show no charts
const kReadsMax = 6_000; // agents × minutes that the server sums up in one answer

interface AllStats {
  ofAgents: Map<string, StatsPoint[]>;
  total: StatsPoint[]; // of all agents
}

/** Minutes that can be summed up for so many agents. */
const minutesFor = (agents: number): number =>
  Math.min(kMinutes, Math.max(1, Math.floor(kReadsMax / Math.max(1, agents))));

async function loadStats(agents: readonly string[], count: number, signal: AbortSignal): Promise<AllStats> {
  const [total, ...stats] = await Promise.all([
    getStats(minutesFor(count), 1, signal),
    ...agents.map(agent => getAgentStats(agent, kMinutes, 1, signal)),
  ]);
  return {
    ofAgents: new Map(agents.map((agent, index) => [agent, stats[index]?.points ?? []])),
    total: total.points,
  };
}

interface Row {
  agent: AgentAtAGlance;
  points: readonly StatsPoint[];
}

const kColumns: readonly Column<Row>[] = [
  {
    title: 'Agent',
    kind: 'id',
    cell: ({ agent }) => (
      <a href={agentHref(agent.agent)}>
        <Prose text={agent.agent} />
      </a>
    ),
  },
  { title: 'State', cell: ({ agent }) => <ConditionBadge condition={agent.condition} /> },
  {
    title: 'Ready',
    align: 'right',
    cell: ({ agent }) => (
      <span
        title={
          agent.oldest_ready_ms === null ? '' : `the oldest for ${formatDuration(agent.oldest_ready_ms)}`
        }
      >
        {formatCount(agent.ready)}
      </span>
    ),
  },
  {
    title: 'Running',
    align: 'right',
    cell: ({ agent }) => (
      <>
        {formatCount(agent.running)}
        <span class="faint"> / {formatCount(agent.slots)}</span>
      </>
    ),
  },
  { title: 'Scheduled', align: 'right', cell: ({ agent }) => formatCount(agent.scheduled) },
  {
    title: 'Last hour',
    cell: ({ points }) => (
      <Sparkline
        values={ratesOf(points, 1, serverNow(), endedOf)}
        label={`Attempts a minute, last hour; now ${rateOf(points)}`}
      />
    ),
  },
  { title: 'Now', align: 'right', cell: ({ points }) => rateOf(points) },
  { title: 'p50', align: 'right', cell: ({ points }) => latencyOf(points, 'p50_ms') },
  { title: 'p99', align: 'right', cell: ({ points }) => latencyOf(points, 'p99_ms') },
  { title: 'Errors', align: 'right', cell: ({ points }) => <ErrorRate points={points} /> },
  {
    title: 'Dead letters',
    align: 'right',
    cell: ({ agent }) =>
      agent.dead_letters === 0 ? (
        '0'
      ) : (
        <a href={href(['dead'], { agent: agent.agent })}>{formatCount(agent.dead_letters)}</a>
      ),
  },
];

const rateOf = (points: readonly StatsPoint[]): string => formatRate(recentRate(points, 1, kRecent));

function latencyOf(points: readonly StatsPoint[], which: 'p50_ms' | 'p99_ms'): string {
  const latency = lastLatency(points, kMinutes);
  return formatDuration(latency?.[which] ?? null);
}

function ErrorRate({ points }: { points: readonly StatsPoint[] }): JSX.Element {
  const share = errorShare(points);
  return (
    <span class={share !== null && share >= 0.05 ? 'bad' : ''} title="attempts of the last hour that failed">
      {share === null ? '–' : formatShare(share)}
    </span>
  );
}

function Troubles({ troubles }: { troubles: readonly Trouble[] }): JSX.Element | null {
  if (troubles.length === 0) return null;
  return (
    <ul class={`banner ${troubles.some(trouble => trouble.severe) ? 'bad' : ''}`} aria-label="What is wrong">
      {troubles.map(trouble => (
        <li key={trouble.text} class={trouble.severe ? 'bad' : ''}>
          <Icon name="warning" />
          <span>
            <Prose text={trouble.text} /> <a href={trouble.link}>Look</a>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Totals({ known, points }: { known: Overview; points: readonly StatsPoint[] }): JSX.Element {
  const rate = recentRate(points, 1, kRecent);
  const share = errorShare(points);
  const minutes = minutesFor(known.agents.length);
  const slots = known.agents.reduce((total, agent) => total + agent.slots, 0);
  return (
    <Figures
      figures={[
        { name: 'Ready', value: formatCount(known.ready) },
        { name: 'Running', value: formatCount(known.running), note: `of ${plural(slots, 'slot')}` },
        { name: 'Scheduled', value: formatCount(known.scheduled) },
        {
          name: 'Throughput',
          value: formatRate(rate),
          note: `last ${plural(Math.max(1, Math.min(kRecent, minutes - 1)), 'minute')}`,
        },
        {
          name: 'Errors',
          value: share === null ? '–' : formatShare(share),
          note: minutes === kMinutes ? 'last hour' : `last ${plural(minutes, 'minute')}`,
        },
        { name: 'Dead letters', value: formatCount(known.dead_letters) },
        { name: 'Workers', value: formatCount(known.workers) },
      ]}
    />
  );
}

/** What the table leaves out. */
function noteOf({ all_agents, agents }: Overview): string | undefined {
  const notes: string[] = [];
  if (!all_agents) notes.push(`the first ${agents.length}`);
  if (agents.length > kAgentsWithStats) notes.push(`charts and rates of the first ${kAgentsWithStats}`);
  return notes.join(', ') || undefined;
}

function NoAgents(): JSX.Element {
  return (
    <Empty title="No agent yet">
      <p>An agent appears here with its first worker or its first task. Start a worker:</p>
      <Command text={'leat worker --agent words --exec "python3 examples/exec/agent.py"'} />
      <p>and send it a task:</p>
      <Command text={`leat dispatch words '{"text":"to be or not to be"}' --wait`} />
    </Empty>
  );
}

export function OverviewPage(): JSX.Element {
  const known = useStore(overview);
  const names = known?.agents.slice(0, kAgentsWithStats).map(agent => agent.agent) ?? [];
  const count = known?.agents.length ?? 0;
  const stats = useLive(
    `stats ${count} ${names.join(' ')}`,
    signal => loadStats(names, count, signal),
    kStatsEveryMs,
  );
  const head = <PageHead title="Overview" />;
  if (!known)
    return (
      <>
        {head}
        <p class="loading">Loading …</p>
      </>
    );
  const rows = known.agents.map(agent => ({ agent, points: stats.data?.ofAgents.get(agent.agent) ?? [] }));
  return (
    <>
      {head}
      <Troubles troubles={troublesOf(known)} />
      <Totals known={known} points={stats.data?.total ?? []} />
      <Card title="Agents" note={noteOf(known)}>
        {rows.length === 0 ? (
          <NoAgents />
        ) : (
          <Table
            label="Agents"
            columns={kColumns}
            rows={rows}
            rowKey={row => row.agent.agent}
            link={row => agentHref(row.agent.agent)}
          />
        )}
      </Card>
    </>
  );
}
