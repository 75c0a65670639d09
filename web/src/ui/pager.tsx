import type { JSX } from 'preact';
import type { Pages } from '../lib/use_pages';

/** Nothing for a list of one page. */
export function Pager({ pages, cursor }: { pages: Pages; cursor: string | null }): JSX.Element | null {
  if (pages.number === 1 && !cursor) return null;
  return (
    <div class="pager">
      <span class="faint">Page {pages.number}</span>
      <span class="spacer" />
      <button type="button" class="button small" disabled={pages.number === 1} onClick={pages.previous}>
        Previous
      </button>
      <button
        type="button"
        class="button small"
        disabled={!cursor}
        onClick={() => cursor && pages.next(cursor)}
      >
        Next
      </button>
    </div>
  );
}
