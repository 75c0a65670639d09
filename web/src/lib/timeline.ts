// The life of a task as a list of what happened. Pure.
import type { Attempt, TaskDetail } from '../api/types';
import { formatDuration, plural } from './format';

export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'accent' | 'quiet';

export interface Moment {
  at: number | null;
  tone: Tone;
  what: string;
  details: string[];
  worker: string | null;
  error: string | null;
}

const kVerdicts: Record<Attempt['status'], { tone: Tone; what: string }> = {
  success: { tone: 'good', what: 'succeeded' },
  retry: { tone: 'warn', what: 'failed, to be tried again' },
  dead: { tone: 'bad', what: 'ended dead' },
  cancelled: { tone: 'quiet', what: 'was cancelled' },
  expired: { tone: 'quiet', what: 'expired' },
};

function attemptMoment(attempt: Attempt, waitedSince: number | null): Moment {
  const { tone, what } = kVerdicts[attempt.status] ?? { tone: 'quiet', what: attempt.status };
  const details: string[] = [];
  const ran = attempt.started_at !== null;
  if (attempt.started_at !== null && waitedSince !== null)
    details.push(`waited ${formatDuration(Math.max(0, attempt.started_at - waitedSince))}`);
  if (attempt.started_at !== null && attempt.finished_at !== null)
    details.push(`ran ${formatDuration(Math.max(0, attempt.finished_at - attempt.started_at))}`);
  return {
    at: attempt.finished_at,
    tone,
    what: ran && attempt.attempt > 0 ? `Attempt ${attempt.attempt} ${what}` : `The task ${what}`,
    details,
    worker: attempt.worker,
    error: attempt.error,
  };
}

function presentMoment(task: TaskDetail): Moment[] {
  const moment = (tone: Tone, what: string, details: string[] = []): Moment[] => [
    { at: task.now, tone, what, details, worker: task.state === 'running' ? task.worker : null, error: null },
  ];
  switch (task.state) {
    case 'scheduled':
      return moment('warn', 'Scheduled', [`due in ${formatDuration(task.due_in_ms)}`]);
    case 'ready':
      return moment('info', `Waits in the lane ${task.lane}`);
    case 'running':
      return moment('accent', `Attempt ${task.attempts + 1} runs`, [
        `lease renewed ${formatDuration(task.idle_ms)} ago`,
      ]);
    default:
      return [];
  }
}

/** Oldest first. What the archive no longer holds is said, not left out. */
export function timelineOf(task: TaskDetail): Moment[] {
  const created: Moment = {
    at: task.created_at,
    tone: 'quiet',
    what: 'Dispatched',
    details: [],
    worker: null,
    error: null,
  };
  const moments: Moment[] = [created];
  const ended = task.history.filter(attempt => attempt.attempt > 0).length;
  const missing = task.attempts - ended;
  const plain = { at: null, worker: null, error: null };
  if (missing > 0)
    moments.push({
      ...plain,
      tone: 'quiet',
      what: task.history_complete
        ? `${plural(missing, 'attempt')} no longer in the archive`
        : `${plural(missing, 'earlier attempt')} not looked for`,
      details: task.history_complete ? [] : ['the archive holds many newer entries, or no longer holds them'],
    });
  let waitedSince = missing > 0 ? null : task.created_at;
  for (const attempt of task.history) {
    moments.push(attemptMoment(attempt, waitedSince));
    waitedSince = attempt.finished_at;
  }
  if (task.crashes > 0)
    moments.push({
      ...plain,
      tone: 'bad',
      what: `${plural(task.crashes, 'crash', 'crashes')}: a worker was lost with it`,
      details: ['no verdict was given; another worker took it over'],
    });
  return [...moments, ...presentMoment(task)];
}
