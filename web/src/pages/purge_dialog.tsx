import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { purgeDead } from '../api/api';
import { plural } from '../lib/format';
import { FormDialog } from '../ui/dialog';
import { say } from '../ui/toast';

const kAges = [
  { value: '30d', title: 'older than 30 days' },
  { value: '7d', title: 'older than 7 days' },
  { value: '1d', title: 'older than 1 day' },
  { value: '', title: 'all of them' },
] as const;

interface Props {
  agent: string;
  onDone: () => void;
  onClose: () => void;
}

/** Asks which letters are to go, and removes them. */
export function PurgeDialog({ agent, onDone, onClose }: Props): JSX.Element {
  const [age, setAge] = useState<string>(kAges[0].value);
  const run = async (): Promise<void> => {
    const { purged } = await purgeDead(agent, age || undefined);
    say(purged === 0 && age ? 'No letter is that old.' : `${plural(purged, 'letter')} removed.`);
    if (purged > 0) onDone();
  };
  return (
    <FormDialog title="Purge dead letters" verb="Purge" danger run={run} onClose={onClose}>
      <p>Letters of {agent} are removed, open ones too, and can never be replayed. Their tasks stay dead.</p>
      <label class="field">
        <span>Which</span>
        <select value={age} onChange={event => setAge(event.currentTarget.value)}>
          {kAges.map(choice => (
            <option key={choice.value} value={choice.value}>
              {choice.title}
            </option>
          ))}
        </select>
      </label>
    </FormDialog>
  );
}
