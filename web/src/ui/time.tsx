import type { JSX } from 'preact';
import { useNow } from '../lib/clock';
import { formatExactTime, formatRelative } from '../lib/format';
import { Noted } from './note';

/** A moment, relative, with the exact time as a note; a dash where it is unknown. */
export function When({ at }: { at: number | null | undefined }): JSX.Element {
  const now = useNow();
  if (!at) return <span class="faint">–</span>;
  return (
    <Noted note={formatExactTime(at)}>
      <time class="number" dateTime={new Date(at).toISOString()}>
        {formatRelative(at, now)}
      </time>
    </Noted>
  );
}
