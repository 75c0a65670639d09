import type { JSX } from 'preact';
import { firstLine, visible } from '../lib/visible';

/** Text that somebody else wrote, on one line, cut where there is no room; whole on hover. */
export function Line({ text }: { text: string | null | undefined }): JSX.Element | null {
  if (!text) return null;
  return (
    <bdi class="untrusted cut" title={visible(text.slice(0, 1_000))}>
      {visible(firstLine(text))}
    </bdi>
  );
}

/** The same, wrapped instead of cut. */
export function Prose({ text }: { text: string }): JSX.Element {
  return <bdi class="untrusted">{visible(text)}</bdi>;
}
