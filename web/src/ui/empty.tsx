import type { ComponentChildren, JSX } from 'preact';

/** What a list shows when it has nothing: why, and what to do next. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}
