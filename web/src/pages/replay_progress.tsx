import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { getReplay } from '../api/api';
import { formatExactCount } from '../lib/format';
import { useLive } from '../lib/use_live';
import { Loaded } from '../ui/loaded';
import { Prose } from '../ui/text';

const kEveryMs = 1_000;

/** How far a replay is. */
export function ReplayProgress({ id, onEnd }: { id: string; onEnd: () => void }): JSX.Element {
  const live = useLive(`replay ${id}`, signal => getReplay(id, signal), kEveryMs);
  const ended = live.data !== undefined && live.data.state !== 'running';
  useEffect(() => {
    if (ended) onEnd();
  }, [ended]);
  return (
    <Loaded live={live}>
      {replay => (
        <div class={`banner ${{ running: '', finished: 'good', failed: 'bad' }[replay.state]}`} role="status">
          <span>
            {
              { running: 'Replaying: ', finished: 'Replay finished: ', failed: 'Replay failed: ' }[
                replay.state
              ]
            }
            {formatExactCount(replay.replayed)} brought back, {formatExactCount(replay.skipped)} had gone on
            by themselves, {formatExactCount(replay.looked_at)} looked at.
            {replay.error && (
              <>
                {' '}
                <Prose text={replay.error} />
              </>
            )}
          </span>
        </div>
      )}
    </Loaded>
  );
}
