import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { getReplay, stopReplay } from '../api/api';
import { formatExactCount } from '../lib/format';
import { useLive } from '../lib/use_live';
import { useOperator } from '../lib/use_session';
import { ActionButton } from '../ui/button';
import { Loaded } from '../ui/loaded';
import { Prose } from '../ui/text';

const kEveryMs = 1_000;
const kTones = { running: '', finished: 'good', stopped: '', failed: 'bad' } as const;
const kWords = {
  running: 'Replaying: ',
  finished: 'Replay finished: ',
  stopped: 'Replay stopped: ',
  failed: 'Replay failed: ',
} as const;

/** How far a replay is. */
export function ReplayProgress({ id, onEnd }: { id: string; onEnd: () => void }): JSX.Element {
  const live = useLive(`replay ${id}`, signal => getReplay(id, signal), kEveryMs);
  const ended = live.data !== undefined && live.data.state !== 'running';
  useEffect(() => {
    if (ended) onEnd();
  }, [ended]);
  const operator = useOperator();
  const stop = async (): Promise<void> => {
    await stopReplay(id);
    live.refresh();
  };
  return (
    <Loaded live={live}>
      {replay => (
        <div class={`banner ${kTones[replay.state]}`} role="status">
          <span>
            {kWords[replay.state]}
            {formatExactCount(replay.replayed)} brought back, {formatExactCount(replay.skipped)} had gone on
            by themselves, {formatExactCount(replay.looked_at)} looked at.
            {replay.error && (
              <>
                {' '}
                <Prose text={replay.error} />
              </>
            )}
          </span>
          {operator && replay.state === 'running' && (
            <ActionButton small run={stop}>
              Stop
            </ActionButton>
          )}
        </div>
      )}
    </Loaded>
  );
}
