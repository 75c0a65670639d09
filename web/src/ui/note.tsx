import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

const kGap = 6;
const kEdge = 8; // least distance to the edges of the window
const kLeaveMs = 150; // for the pointer's way to the note

/** Above what it explains, or below where there is no room. */
function place(note: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const size = note.getBoundingClientRect();
  const right = document.documentElement.clientWidth - kEdge - size.width;
  const above = at.top - kGap - size.height;
  note.style.left = `${Math.max(kEdge, Math.min((at.left + at.right - size.width) / 2, right))}px`;
  note.style.top = `${above >= kEdge ? above : at.bottom + kGap}px`;
}

interface Props {
  note: string;
  children: ComponentChildren;
}

/** What is shown, and more about it: under the pointer, with the keyboard's focus, and after a tap. */
export function Noted({ note, children }: Props): JSX.Element {
  const [open, setOpen] = useState(false);
  const id = useId();
  const whole = useRef<HTMLSpanElement>(null);
  const anchor = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLSpanElement>(null);
  const leaving = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const atKeyboard = (): boolean => anchor.current?.matches(':focus-visible') ?? false;

  useEffect(() => () => clearTimeout(leaving.current), []);
  useLayoutEffect(() => {
    if (!open || !box.current || !anchor.current) return undefined;
    const [note, button] = [box.current, anchor.current];
    note.showPopover(); // above everything: no table cuts it off
    const follow = (): void => place(note, button);
    follow();
    const away = (event: Event): void => {
      if (!whole.current?.contains(event.target as Node)) setOpen(false);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setOpen(false);
    };
    addEventListener('pointerdown', away);
    addEventListener('keydown', onKey);
    addEventListener('scroll', follow, true);
    addEventListener('resize', follow);
    return () => {
      removeEventListener('pointerdown', away);
      removeEventListener('keydown', onKey);
      removeEventListener('scroll', follow, true);
      removeEventListener('resize', follow);
    };
  }, [open]);

  const enter = (event: PointerEvent): void => {
    clearTimeout(leaving.current);
    if (event.pointerType === 'mouse') setOpen(true);
  };
  const leave = (event: PointerEvent): void => {
    if (event.pointerType !== 'mouse' || atKeyboard()) return;
    leaving.current = setTimeout(() => setOpen(false), kLeaveMs);
  };
  const press = (event: MouseEvent): void => {
    const mouse = 'pointerType' in event && event.pointerType === 'mouse'; // has it open already
    setOpen(mouse || !open);
  };
  return (
    <span
      ref={whole}
      onPointerEnter={enter}
      onPointerLeave={leave}
      onClick={event => event.stopPropagation()} // a row does not open for it
    >
      <button
        ref={anchor}
        type="button"
        class="noted"
        aria-describedby={open ? id : undefined}
        onClick={press}
        onFocus={() => atKeyboard() && setOpen(true)}
        onBlur={() => setOpen(false)}
      >
        {children}
      </button>
      {open && (
        <span ref={box} id={id} class="note-box number" role="tooltip" popover="manual">
          {note}
        </span>
      )}
    </span>
  );
}
