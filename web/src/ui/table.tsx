import type { ComponentChildren, JSX } from 'preact';
import { navigate } from '../lib/use_route';

export interface Column<Row> {
  title: string;
  hidden?: boolean; // the title is for screen readers only
  align?: 'right';
  kind?: 'id' | 'wide';
  cell: (row: Row) => ComponentChildren;
}

interface Props<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  link?: (row: Row) => string | undefined; // where a click on the row leads; the same as its link
}

function follow(event: MouseEvent, address: string): void {
  const target = event.target as HTMLElement;
  if (target.closest('a, button, input, label, select') || getSelection()?.toString()) return;
  navigate(address);
}

/** A table that becomes a list of cards on a phone. */
export function Table<Row>({ label, columns, rows, rowKey, link }: Props<Row>): JSX.Element {
  return (
    <div class="table-wrap">
      <table class="cards" aria-label={label}>
        <thead>
          <tr>
            {columns.map(column => (
              <th key={column.title} scope="col" class={column.align ?? ''}>
                <span class={column.hidden ? 'visually-hidden' : ''}>{column.title}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => {
            const address = link?.(row);
            return (
              <tr
                key={rowKey(row)}
                class={address ? 'linked' : ''}
                {...(address ? { onClick: (event: MouseEvent) => follow(event, address) } : {})}
              >
                {columns.map(column => (
                  <td
                    key={column.title}
                    class={`${column.align ?? ''} ${column.kind ?? ''}`}
                    data-label={column.hidden ? undefined : column.title}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
