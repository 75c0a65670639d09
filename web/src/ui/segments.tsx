import type { JSX } from 'preact';

interface Props<Value extends string> {
  label: string;
  choices: readonly { value: Value; title: string }[];
  value: Value;
  onChange: (value: Value) => void;
}

/** One of a few choices. */
export function Segments<Value extends string>({
  label,
  choices,
  value,
  onChange,
}: Props<Value>): JSX.Element {
  return (
    <div class="segments" role="group" aria-label={label}>
      {choices.map(choice => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
        >
          {choice.title}
        </button>
      ))}
    </div>
  );
}
