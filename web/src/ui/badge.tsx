import type { ComponentChildren, JSX } from 'preact';
import type { Condition, TaskState } from '../api/types';

export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'accent' | 'quiet';

export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }): JSX.Element {
  return <span class={`badge ${tone}`}>{children}</span>;
}

const kStateTones: Record<TaskState, Tone> = {
  scheduled: 'warn',
  ready: 'info',
  running: 'accent',
  succeeded: 'good',
  dead: 'bad',
  cancelled: 'quiet',
  expired: 'quiet',
};

export function StateBadge({ state }: { state: TaskState }): JSX.Element {
  return <Badge tone={kStateTones[state] ?? 'quiet'}>{state}</Badge>;
}

const kConditionTones: Record<Condition, Tone> = {
  served: 'good',
  paused: 'warn',
  unserved: 'bad',
  unknown: 'quiet',
  corrupt: 'bad',
};

export function ConditionBadge({ condition }: { condition: Condition }): JSX.Element {
  return <Badge tone={kConditionTones[condition] ?? 'quiet'}>{condition}</Badge>;
}
