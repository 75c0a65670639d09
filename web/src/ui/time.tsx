import type { JSX } from 'preact';
import { useNow } from '../lib/clock';
import { formatExactTime, formatRelative } from '../lib/format';

/** A moment, relative, with the exact time on hover; a dash where it is unknown. */
export function When({ at }: { at: number | null | undefined }): JSX.Element {
  const now = useNow();
  if (!at) return <span class="faint">–</span>;
  return (
    <time class="number" dateTime={new Date(at).toISOString()} title={formatExactTime(at)}>
      {formatRelative(at, now)}
    </time>
  );
}
