// What a task's handler says while it runs, and has said: how far it is, and its lines.
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { LogLine, TaskDetail } from '../api/types';
import { useNow } from '../lib/clock';
import { formatExactTime, formatRelative, plural } from '../lib/format';
import { stepOf, type TaskLog } from '../lib/task_log';
import { visible } from '../lib/visible';
import { Card } from '../ui/card';
import { Empty } from '../ui/empty';
import { Prose } from '../ui/text';

const kNearPx = 8; // so close to the end counts as there

function Progress({ step }: { step: LogLine }): JSX.Element {
  return (
    <div class="progress">
      <progress aria-label="Progress" max={100} value={step.percent ?? 0} />
      <div class="row">
        <span class="number">{step.percent} %</span>
        {step.text && <Prose text={step.text} />}
      </div>
    </div>
  );
}

/** The exact time is shown on hover, and for all lines while the log has the focus of a keyboard. */
function Line({ line, now }: { line: LogLine; now: number }): JSX.Element {
  const exact = line.at === null ? '' : formatExactTime(line.at);
  return (
    <li>
      {line.at !== null && (
        <time class="number" dateTime={new Date(line.at).toISOString()} title={exact}>
          <span class="relative">{formatRelative(line.at, now)}</span>
          <span class="exact">{exact}</span>
        </time>
      )}
      <span class="faint" title={`Attempt ${line.attempt}`}>
        #{line.attempt}
      </span>
      <bdi class="untrusted">{visible(line.text)}</bdi>
    </li>
  );
}

function Lines({ log }: { log: TaskLog }): JSX.Element {
  const now = useNow();
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const toEnd = (): void => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(() => {
    if (following) toEnd();
  }, [log.last, following]);
  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = box.current ?? document.body;
    setFollowing(scrollHeight - scrollTop - clientHeight <= kNearPx);
  };
  return (
    <>
      {log.left > 0 && (
        <p class="faint">
          {plural(log.left, 'older line is', 'older lines are')} left out here; <code>leat task log</code> has
          them.
        </p>
      )}
      <div class="log" role="log" aria-label="Log" tabIndex={0} ref={box} onScroll={onScroll}>
        <ol>
          {log.lines.map(line => (
            <Line key={line.entry} line={line} now={now} />
          ))}
        </ol>
      </div>
      {!following && (
        <button type="button" class="button small" onClick={() => setFollowing(true)}>
          Follow the latest line
        </button>
      )}
    </>
  );
}

function Nothing({ task }: { task: TaskDetail }): JSX.Element {
  return (
    <Empty title={task.outcome ? 'Nothing was said, or it was more than a day ago' : 'Nothing was said yet'}>
      <p>
        A handler writes a line with <code>context.log("…")</code> and moves a bar with{' '}
        <code>context.progress(0.5, "half")</code>; an agent program with <code>{'{"log": "…"}'}</code>,{' '}
        <code>{'{"progress": 0.5}'}</code>, or on its standard error.
      </p>
    </Empty>
  );
}

export function TaskLogCard({ task, log }: { task: TaskDetail; log: TaskLog }): JSX.Element {
  const step = stepOf(log, task.state === 'running' ? task.attempts + 1 : task.attempts);
  return (
    <Card title="Log" padded>
      <div class="stack">
        {step && <Progress step={step} />}
        {log.lines.length > 0 ? <Lines log={log} /> : !step && <Nothing task={task} />}
      </div>
    </Card>
  );
}
