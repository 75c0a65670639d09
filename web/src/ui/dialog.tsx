import type { ComponentChildren, JSX } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { focusPage } from './focus';
import { Icon } from './icons';
import { Prose } from './text';
import { reasonOf } from './toast';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

/** A modal window: the browser keeps the focus inside, closes it with Escape, and gives the focus back to its opener. */
export function Dialog({ title, onClose, children }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const gone = useRef(false);
  const heading = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      gone.current = true;
      dialog?.close();
      if (document.activeElement === document.body) focusPage(); // the opener went away meanwhile
    };
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={heading}
      onClose={() => !gone.current && onClose()}
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

/** A modal form: closed when its action has succeeded. What went wrong stands in it: all else is behind it. */
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
  const [problem, setProblem] = useState('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem('');
    try {
      await run();
      onClose();
    } catch (error) {
      setProblem(reasonOf(error));
    }
    setBusy(false);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={event => void submit(event)}>
        {children}
        {problem && (
          <div class="banner bad one-line" role="alert">
            <Icon name="warning" />
            <Prose text={problem} />
          </div>
        )}
        <div class="actions">
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          <button
            type="submit"
            class={`button ${danger ? 'danger' : 'primary'}`}
            disabled={disabled}
            aria-disabled={busy ? 'true' : undefined}
            aria-busy={busy}
          >
            {verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
