import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatBytes } from '../lib/format';
import { visible } from '../lib/visible';
import { CopyButton } from './copy';

const kShownCharacters = 20_000;

interface Props {
  label: string;
  value: unknown; // a JSON value, or null
  text: string | null; // what is there where it is no JSON
}

/** A JSON value or plain text, as text and nothing else. */
export function JsonView({ label, value, text }: Props): JSX.Element {
  const [whole, setWhole] = useState(false);
  const raw = text ?? JSON.stringify(value, null, 2) ?? 'null';
  const shown = whole ? raw : raw.slice(0, kShownCharacters);
  return (
    <div class="json">
      <pre class="untrusted" tabIndex={0} role="region" aria-label={label}>
        {visible(shown)}
        {shown.length < raw.length ? '…' : ''}
      </pre>
      <div class="json-tools">
        <CopyButton text={raw} label={`Copy: ${label}`} />
        <span>{text === null ? formatBytes(new Blob([raw]).size) : 'no JSON, shown as text'}</span>
        {shown.length < raw.length && (
          <button type="button" class="button small" onClick={() => setWhole(true)}>
            Show all
          </button>
        )}
      </div>
    </div>
  );
}
