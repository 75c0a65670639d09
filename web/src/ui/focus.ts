import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** The focus is where the page begins, and not at the very top before the navigation. */
export function focusPage(): void {
  document.getElementById('main')?.focus({ preventScroll: true });
}

/** For an element that goes away when its action is done: if it has the focus then, the page gets it. */
export function useFocusHandover<E extends HTMLElement>(): RefObject<E | null> {
  const element = useRef<E | null>(null);
  useLayoutEffect(
    () => () => {
      if (element.current && element.current === document.activeElement) focusPage();
    },
    [],
  );
  return element;
}
