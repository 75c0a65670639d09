import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { attempt } from './toast';

interface Props {
  run: () => Promise<void>;
  kind?: 'primary' | 'danger';
  small?: boolean;
  disabled?: boolean;
  children: ComponentChildren;
}

/** A button whose action may take a while: pressed once, it waits for the end. */
export function ActionButton({ run, kind, small, disabled, children }: Props): JSX.Element {
  const [busy, setBusy] = useState(false);
  const press = async (): Promise<void> => {
    setBusy(true);
    await attempt(run);
    setBusy(false);
  };
  return (
    <button
      type="button"
      class={`button ${kind ?? ''} ${small ? 'small' : ''}`}
      disabled={busy || disabled}
      aria-busy={busy}
      onClick={() => void press()}
    >
      {children}
    </button>
  );
}
