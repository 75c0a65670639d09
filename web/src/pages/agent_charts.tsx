import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { getAgentStats } from '../api/api';
import type { AgentInfo, StatsPoint } from '../api/types';
import { serverNow } from '../lib/clock';
import { formatCount, formatDuration, formatRate } from '../lib/format';
import { href } from '../lib/route';
import { endedOf, ratesOf } from '../lib/stats';
import { useLive } from '../lib/use_live';
import { Card } from '../ui/card';
import { Chart, type Series } from '../ui/chart';
import { Empty } from '../ui/empty';
import { Loaded } from '../ui/loaded';
import { Segments } from '../ui/segments';

type Span = '1h' | '24h';
const kSpans = {
  '1h': { minutes: 60, step: 1, everyMs: 5_000, name: 'hour' },
  '24h': { minutes: 1_440, step: 10, everyMs: 60_000, name: 'day' },
} as const;
const kLeastLatencyMs = 0.1; // a logarithmic axis has no zero

function throughputOf(points: readonly StatsPoint[], stepMinutes: number): Series[] {
  const perSecond = (pick: (point: StatsPoint) => number): number[] =>
    ratesOf(points, stepMinutes, serverNow(), pick);
  return [
    { name: 'succeeded', colour: 2, values: perSecond(point => point.succeeded) },
    { name: 'retried', colour: 4, values: perSecond(point => point.retried), dashed: true },
    { name: 'dead', colour: 3, values: perSecond(point => point.dead) },
  ];
}

function latencyOf(points: readonly StatsPoint[]): Series[] {
  const values = (which: 'p50_ms' | 'p95_ms' | 'p99_ms'): (number | null)[] =>
    points.map(({ run }) => (run[which] === null ? null : Math.max(run[which], kLeastLatencyMs)));
  return [
    { name: 'p50', colour: 1, values: values('p50_ms') },
    { name: 'p95', colour: 5, values: values('p95_ms'), dashed: true },
    { name: 'p99', colour: 4, values: values('p99_ms') },
  ];
}

function depthOf(points: readonly StatsPoint[]): Series[] {
  const means = (which: 'ready' | 'running' | 'scheduled'): (number | null)[] =>
    points.map(({ depth }) => depth?.[which].mean ?? null);
  return [
    { name: 'ready', colour: 5, values: means('ready') },
    { name: 'running', colour: 1, values: means('running') },
    { name: 'scheduled', colour: 4, values: means('scheduled'), dashed: true },
  ];
}

const isUnknown = (lines: readonly Series[]): boolean =>
  lines.every(line => line.values.every(value => value === null));

function NothingEnded({ agent, name }: { agent: string; name: string }): JSX.Element {
  return (
    <Empty title={`No attempt ended in this ${name}`}>
      <p>
        <a href={href(['tasks'], { agent })}>Tasks that wait</a>
      </p>
    </Empty>
  );
}

function NobodyLooked({ name }: { name: string }): JSX.Element {
  return (
    <Empty title={`Nobody looked at the depth in this ${name}`}>
      <p>Workers write it down once a minute, and none of this agent ran.</p>
      <p>
        <a href={href(['workers'])}>All workers</a>
      </p>
    </Empty>
  );
}

function History({ agent, span }: { agent: string; span: Span }): JSX.Element {
  const { minutes, step, everyMs, name } = kSpans[span];
  const live = useLive(
    `stats ${agent} ${span}`,
    signal => getAgentStats(agent, minutes, step, signal),
    everyMs,
  );
  const points = live.data?.points;
  const times = useMemo(() => points?.map(point => point.at) ?? [], [points]);
  const throughput = useMemo(() => throughputOf(points ?? [], step), [points, step]);
  const latency = useMemo(() => latencyOf(points ?? []), [points]);
  const depth = useMemo(() => depthOf(points ?? []), [points]);
  return (
    <Loaded live={live}>
      {() => (
        <div class="columns charts">
          <Card title="Throughput" note="attempts a second, by verdict" padded>
            {points?.every(point => endedOf(point) === 0) ? (
              <NothingEnded agent={agent} name={name} />
            ) : (
              <Chart
                label="Attempts a second, by verdict"
                times={times}
                series={throughput}
                format={formatRate}
              />
            )}
          </Card>
          <Card title="Run time" note="start to end of an attempt, from histograms" padded>
            {isUnknown(latency) ? (
              <NothingEnded agent={agent} name={name} />
            ) : (
              <Chart
                label="Percentiles of the run time"
                times={times}
                series={latency}
                format={formatDuration}
                logarithmic
              />
            )}
          </Card>
          <Card title="Depth" note="looked at once a minute by the workers" padded>
            {isUnknown(depth) ? (
              <NobodyLooked name={name} />
            ) : (
              <Chart
                label="Tasks that wait and run"
                times={times}
                series={depth}
                format={formatCount}
                whole
              />
            )}
          </Card>
        </div>
      )}
    </Loaded>
  );
}

export function AgentCharts({ agent }: { agent: AgentInfo }): JSX.Element {
  const [span, setSpan] = useState<Span>('1h');
  return (
    <>
      <div class="row">
        <h2>History</h2>
        <Segments
          label="Span of the charts"
          choices={[
            { value: '1h', title: '1 h' },
            { value: '24h', title: '24 h' },
          ]}
          value={span}
          onChange={setSpan}
        />
      </div>
      <History agent={agent.agent} span={span} />
    </>
  );
}
