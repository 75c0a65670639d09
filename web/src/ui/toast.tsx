import type { JSX } from 'preact';
import { ApiError } from '../api/http';
import { Store, useStore } from '../lib/store';
import { useFocusHandover } from './focus';
import { Icon } from './icons';
import { Prose } from './text';

interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
}

const kShownMs = 6_000;
const toasts = new Store<readonly Toast[]>([]);
let lastId = 0;

function dismiss(id: number): void {
  toasts.set(toasts.get().filter(toast => toast.id !== id));
}

/** Tells what an action did. Bad news stays until it is dismissed. */
export function say(text: string, tone: Toast['tone'] = 'good'): void {
  const id = (lastId += 1);
  toasts.set([...toasts.get().slice(-3), { id, text, tone }]);
  if (tone === 'good') setTimeout(() => dismiss(id), kShownMs);
}

/** Why something failed, in words. */
export const reasonOf = (error: unknown): string =>
  error instanceof ApiError ? error.message : String(error);

/** Runs an action and tells when it fails. */
export async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    say(reasonOf(error), 'bad');
  }
}

function DismissButton({ toast }: { toast: Toast }): JSX.Element {
  return (
    <button
      ref={useFocusHandover<HTMLButtonElement>()}
      type="button"
      class="button plain small icon"
      aria-label="Dismiss"
      onClick={() => dismiss(toast.id)}
    >
      <Icon name="close" />
    </button>
  );
}

export function Toasts(): JSX.Element {
  const shown = useStore(toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map(toast => (
        <div key={toast.id} class={`toast ${toast.tone}`}>
          <Prose text={toast.text} />
          <DismissButton toast={toast} />
        </div>
      ))}
    </div>
  );
}
