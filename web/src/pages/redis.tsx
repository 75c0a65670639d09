import type { JSX } from 'preact';
import { getDoctor, getRedis } from '../api/api';
import type { Finding, ServerFacts } from '../api/types';
import { formatBytes, formatShare } from '../lib/format';
import { useLive } from '../lib/use_live';
import { Badge, type Tone } from '../ui/badge';
import { Card, Figures } from '../ui/card';
import { PageHead } from '../ui/head';
import { Loaded } from '../ui/loaded';
import { Prose } from '../ui/text';

const kEveryMs = 10_000;
const kExaminedEveryMs = 60_000;
const kMeterWidth = 100;

function Memory({ server }: { server: ServerFacts }): JSX.Element {
  const { used_memory_bytes: used, maxmemory_bytes: most } = server;
  if (most === 0)
    return <p class="soft">Redis has no limit of memory: a full machine ends it. Set maxmemory.</p>;
  const share = Math.min(1, used / most);
  const tone = share >= 0.95 ? 'bad' : share >= 0.8 ? 'warn' : '';
  return (
    <>
      <svg
        class={`meter ${tone}`}
        viewBox={`0 0 ${kMeterWidth} 8`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${formatShare(share)} of the memory is used`}
      >
        <rect width={kMeterWidth} height="8" />
        <rect width={Math.max(0.5, share * kMeterWidth)} height="8" />
      </svg>
      <p class="soft">
        {formatBytes(used)} of {formatBytes(most)}, {formatShare(share)}
      </p>
    </>
  );
}

const kTones: Record<Finding['status'], Tone> = { ok: 'good', unknown: 'quiet', warn: 'warn', fail: 'bad' };
const kOrder: readonly Finding['status'][] = ['fail', 'warn', 'unknown', 'ok'];

function FindingRow({ finding }: { finding: Finding }): JSX.Element {
  return (
    <li class="finding">
      <span>
        <Badge tone={kTones[finding.status]}>{finding.status}</Badge>
      </span>
      <span>
        <strong>
          <Prose text={finding.subject ? `${finding.check}, ${finding.subject}` : finding.check} />
        </strong>{' '}
        <Prose text={finding.found} />
      </span>
      {finding.advice && (
        <span class="soft advice">
          <Prose text={finding.advice} />
        </span>
      )}
    </li>
  );
}

/** The doctor's findings, the worst first. */
function Findings(): JSX.Element {
  const live = useLive('doctor', signal => getDoctor(signal), kExaminedEveryMs);
  return (
    <Card title="Findings" note="what leat doctor says">
      <Loaded live={live}>
        {({ checks }) => (
          <ul aria-label="Findings">
            {checks
              .toSorted((left, right) => kOrder.indexOf(left.status) - kOrder.indexOf(right.status))
              .map(finding => (
                <FindingRow key={`${finding.check} ${finding.subject} ${finding.found}`} finding={finding} />
              ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

function Figure({ server }: { server: ServerFacts }): JSX.Element {
  return (
    <Figures
      figures={[
        { name: 'Server', value: server.kind === 'valkey' ? 'Valkey' : 'Redis', note: server.version },
        { name: 'Role', value: server.role },
        { name: 'Memory', value: formatBytes(server.used_memory_bytes) },
        {
          name: 'Eviction',
          value: server.maxmemory_policy,
          note: server.maxmemory_policy === 'noeviction' ? 'nothing is dropped' : 'tasks may be lost',
        },
        {
          name: 'Append-only file',
          value: server.aof_enabled ? 'on' : 'off',
          note: !server.aof_enabled
            ? 'a restart may lose tasks'
            : server.aof_write_ok
              ? 'tasks survive a restart'
              : 'the last write failed',
        },
      ]}
    />
  );
}

export function RedisPage(): JSX.Element {
  const live = useLive('redis', signal => getRedis(signal), kEveryMs);
  return (
    <>
      <PageHead title="Redis" />
      <Loaded live={live}>
        {server => (
          <>
            <Figure server={server} />
            <Card title="Memory" padded>
              <Memory server={server} />
            </Card>
            <Findings />
          </>
        )}
      </Loaded>
    </>
  );
}
