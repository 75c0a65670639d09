import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { replayMany } from '../api/api';
import type { DeadGroup } from '../api/types';
import { plural } from '../lib/format';
import { FormDialog } from '../ui/dialog';
import { Prose } from '../ui/text';
import { say } from '../ui/toast';

const kDefaultRate = 10;
const kRateMax = 10_000;

interface Props {
  agent: string;
  group?: DeadGroup; // none: all
  onStarted: (replay: string) => void;
  onClose: () => void;
}

/** Asks how fast to bring letters back, and starts. */
export function ReplayDialog({ agent, group, onStarted, onClose }: Props): JSX.Element {
  const [rate, setRate] = useState(String(kDefaultRate));
  const perSecond = Number(rate);
  const valid = rate !== '' && perSecond >= 0 && perSecond <= kRateMax;
  const run = async (): Promise<void> => {
    const replay = await replayMany(agent, { rate: perSecond, ...(group ? { group } : {}) });
    say('The replay has started.');
    onStarted(replay.id);
  };
  return (
    <FormDialog
      title={group ? `Replay ${plural(group.open, 'letter')} of this group?` : 'Replay all letters?'}
      verb="Replay"
      run={run}
      disabled={!valid}
      onClose={onClose}
    >
      {group ? (
        <pre class="untrusted mono">
          <Prose text={`${group.reason}: ${group.pattern}`} />
        </pre>
      ) : (
        <p>Every open letter of {agent} goes back to its lane with fresh retries, the oldest first.</p>
      )}
      <label class="field">
        <span>Tasks a second; 0 is as fast as it goes</span>
        <input
          type="number"
          min="0"
          max={kRateMax}
          step="any"
          value={rate}
          onInput={event => setRate(event.currentTarget.value)}
        />
      </label>
      <p class="soft">Choose what the services behind the agent bear. Fix the cause first.</p>
    </FormDialog>
  );
}
