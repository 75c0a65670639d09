import type { ComponentChildren, JSX } from 'preact';

interface Props {
  title: string;
  note?: ComponentChildren;
  padded?: boolean;
  children: ComponentChildren;
}

export function Card({ title, note, padded, children }: Props): JSX.Element {
  return (
    <section class="card" aria-label={title}>
      <div class="card-head">
        <h2>{title}</h2>
        {note && <div class="side-note">{note}</div>}
      </div>
      {padded ? <div class="card-body">{children}</div> : children}
    </section>
  );
}

export interface Figure {
  name: string;
  value: ComponentChildren;
  note?: ComponentChildren;
}

/** A row of numbers. */
export function Figures({ figures }: { figures: readonly Figure[] }): JSX.Element {
  return (
    <dl class="tiles">
      {figures.map(figure => (
        <div class="tile" key={figure.name}>
          <dt>{figure.name}</dt>
          <dd>
            {figure.value}
            {figure.note && <span class="note">{figure.note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
