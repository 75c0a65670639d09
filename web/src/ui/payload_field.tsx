import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

/** Why a text is no JSON; nothing where it is. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Props {
  text: string;
  onChange: (text: string) => void;
}

/** A field for a payload, which has to be JSON. */
export function PayloadField({ text, onChange }: Props): JSX.Element {
  const id = useId();
  const problem = jsonProblem(text);
  return (
    <div class="field">
      <label for={id}>Payload (JSON)</label>
      <textarea
        id={id}
        value={text}
        spellcheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        onInput={event => onChange(event.currentTarget.value)}
      />
      <span id={`${id}-problem`} class="bad" role="status">
        {problem ?? ''}
      </span>
    </div>
  );
}
