import type { JSX } from 'preact';
import { getAgent, getTask } from '../api/api';
import type { AgentInfo, Outcome, TaskDetail } from '../api/types';
import { serverNow } from '../lib/clock';
import { formatDuration } from '../lib/format';
import { agentHref, href } from '../lib/route';
import { useLive } from '../lib/use_live';
import { useOperator } from '../lib/use_session';
import { useTaskEvents } from '../lib/use_task_events';
import { whyNotRunning } from '../lib/why';
import { StateBadge } from '../ui/badge';
import { Card } from '../ui/card';
import { CopyButton } from '../ui/copy';
import { Empty } from '../ui/empty';
import { PageHead } from '../ui/head';
import { Icon } from '../ui/icons';
import { JsonView } from '../ui/json';
import { Elsewhere, Loaded } from '../ui/loaded';
import { Prose } from '../ui/text';
import { When } from '../ui/time';
import { TaskActions } from './task_actions';
import { TaskLogCard } from './task_log';
import { TaskTimeline } from './task_timeline';

interface Data {
  task: TaskDetail;
  agent: AgentInfo;
}

async function load(agent: string, id: string, signal: AbortSignal): Promise<Data> {
  const [task, info] = await Promise.all([getTask(agent, id, { signal }), getAgent(agent, signal)]);
  return { task, agent: info };
}

function Why({ task, agent }: Data): JSX.Element | null {
  const sentence = whyNotRunning(task, agent, serverNow());
  if (!sentence) return null;
  return (
    <div class="why" role="status">
      <Icon name="info" />
      <Prose text={sentence} />
    </div>
  );
}

function Facts({ task }: { task: TaskDetail }): JSX.Element {
  const rows: [string, JSX.Element | string | number][] = [
    ['Agent', <a href={agentHref(task.agent)}>{task.agent}</a>],
    ['Lane', task.lane],
    ['Created', <When at={task.created_at} />],
    ['Attempts', `${task.attempts}`],
    ['Crashes', task.crashes],
  ];
  // The record of a task that has ended no longer tells.
  if (!task.outcome) rows.push(['Retries used', `${task.retry_count} of ${task.max_retries}`]);
  if (task.state === 'scheduled') rows.push(['Due', <When at={serverNow() + (task.due_in_ms ?? 0)} />]);
  if (task.worker) rows.push(['Worker', <Prose text={task.worker} />]);
  if (task.outcome?.finished_at) rows.push(['Ended', <When at={task.outcome.finished_at} />]);
  if (task.outcome?.finished_at && task.created_at)
    rows.push(['From dispatch to end', formatDuration(task.outcome.finished_at - task.created_at)]);
  return (
    <dl class="facts">
      {rows.map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name} value`}>{value}</dd>])}
    </dl>
  );
}

function Result({ outcome }: { outcome: Outcome }): JSX.Element {
  if (!outcome.archived)
    return (
      <Empty title="No longer in the archive">
        <p>Newer entries have pushed the result out. The record still says how the task ended.</p>
      </Empty>
    );
  if (outcome.state === 'succeeded')
    return <JsonView label="Result" value={outcome.result} text={outcome.result_text} />;
  return outcome.error ? (
    <JsonView label="Error" value={null} text={outcome.error} />
  ) : (
    <p class="soft">It has no result: it was {outcome.state}.</p>
  );
}

function Payload({ task }: { task: TaskDetail }): JSX.Element {
  return task.payload === null && task.payload_text === null ? (
    <p class="soft">The payload is null, or the archive did not keep it.</p>
  ) : (
    <JsonView label="Payload" value={task.payload} text={task.payload_text} />
  );
}

export function TaskPage({ agent, id }: { agent: string; id: string }): JSX.Element {
  const live = useLive(`task ${agent} ${id}`, signal => load(agent, id, signal), 5_000);
  const operator = useOperator();
  const task = live.data?.task;
  const log = useTaskEvents(agent, id, task !== undefined && !task.outcome, live.refresh);
  return (
    <>
      <PageHead
        title={id}
        crumb={
          <>
            <a href={href(['tasks'], { agent })}>Tasks</a> of <a href={agentHref(agent)}>{agent}</a>
          </>
        }
        badges={
          <>
            <CopyButton text={id} label="Copy the id" />
            {task && <StateBadge state={task.state} />}
          </>
        }
        actions={operator && task && <TaskActions task={task} onDone={live.refresh} />}
      />
      <Loaded
        live={live}
        missing={<Elsewhere address={href(['tasks'], { agent })} title={`All tasks of ${agent}`} />}
      >
        {data => (
          <>
            <Why {...data} />
            <div class="columns">
              <div class="stack">
                <Card title="What happened" padded>
                  <TaskTimeline task={data.task} />
                </Card>
                <TaskLogCard task={data.task} log={log} />
                <Card title="Facts" padded>
                  <Facts task={data.task} />
                </Card>
              </div>
              <div class="stack">
                <Card title="Payload" padded>
                  <Payload task={data.task} />
                </Card>
                {data.task.outcome && (
                  <Card title={data.task.outcome.state === 'succeeded' ? 'Result' : 'Outcome'} padded>
                    <Result outcome={data.task.outcome} />
                  </Card>
                )}
              </div>
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}
