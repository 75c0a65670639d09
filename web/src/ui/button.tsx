import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useFocusHandover } from './focus';
import { attempt } from './toast';

interface Look {
  kind?: 'primary' | 'danger';
  small?: boolean;
  disabled?: boolean;
  children: ComponentChildren;
}

interface ButtonProps extends Look {
  busy?: boolean;
  onPress: () => void;
}

/** A button that does not lose the focus while it is busy, as one that is disabled would. */
export function Button({ kind, small, disabled, busy, onPress, children }: ButtonProps): JSX.Element {
  return (
    <button
      ref={useFocusHandover<HTMLButtonElement>()}
      type="button"
      class={`button ${kind ?? ''} ${small ? 'small' : ''}`}
      disabled={disabled}
      aria-disabled={busy ? 'true' : undefined}
      aria-busy={busy}
      onClick={() => !busy && onPress()}
    >
      {children}
    </button>
  );
}

/** A button whose action may take a while: pressed once, it waits for the end. */
export function ActionButton({ run, ...look }: Look & { run: () => Promise<void> }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const press = async (): Promise<void> => {
    setBusy(true);
    await attempt(run);
    setBusy(false);
  };
  return <Button {...look} busy={busy} onPress={() => void press()} />;
}
