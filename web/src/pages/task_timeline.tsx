import type { JSX } from 'preact';
import type { TaskDetail } from '../api/types';
import { timelineOf, type Moment } from '../lib/timeline';
import { visible } from '../lib/visible';
import { Prose } from '../ui/text';
import { When } from '../ui/time';

function Entry({ moment }: { moment: Moment }): JSX.Element {
  return (
    <li class={moment.tone}>
      <div class="row">
        <span class="what">{moment.what}</span>
        {moment.at !== null && (
          <span class="faint">
            <When at={moment.at} />
          </span>
        )}
      </div>
      {(moment.details.length > 0 || moment.worker) && (
        <div class="detail">
          {moment.details.join(', ')}
          {moment.worker && (
            <>
              {moment.details.length > 0 && ', '}on <Prose text={moment.worker} />
            </>
          )}
        </div>
      )}
      {moment.error && <pre class="untrusted">{visible(moment.error)}</pre>}
    </li>
  );
}

export function TaskTimeline({ task }: { task: TaskDetail }): JSX.Element {
  return (
    <ol class="timeline">
      {timelineOf(task).map((moment, index) => (
        <Entry key={index} moment={moment} />
      ))}
    </ol>
  );
}
