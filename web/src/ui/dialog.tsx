import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { attempt } from './toast';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

/** A modal window: the browser keeps the focus inside and closes it with Escape. */
export function Dialog({ title, onClose, children }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const opener = document.activeElement;
    element.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={event => {
        if (event.target === element.current) element.current?.close(); // the backdrop
      }}
    >
      <div class="body">
        <h2 id={heading}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

interface FormProps extends DialogProps {
  verb: string;
  danger?: boolean;
  disabled?: boolean;
  run: () => Promise<void>;
}

/** A modal form: closed when its action has succeeded. */
export function FormDialog({
  title,
  onClose,
  children,
  verb,
  danger,
  disabled,
  run,
}: FormProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const done = await attempt(run);
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={event => void submit(event)}>
        {children}
        <div class="actions">
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          <button type="submit" class={`button ${danger ? 'danger' : 'primary'}`} disabled={busy || disabled}>
            {verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
