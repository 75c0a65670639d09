import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { visible } from '../lib/visible';

interface Props {
  title: string;
  crumb?: ComponentChildren; // where this page belongs
  badges?: ComponentChildren;
  actions?: ComponentChildren;
}

/** The head of a page, which also names the browser's tab. */
export function PageHead({ title, crumb, badges, actions }: Props): JSX.Element {
  useEffect(() => {
    document.title = `${visible(title)} · Leat`;
  }, [title]);
  return (
    <div>
      {crumb && <div class="crumb">{crumb}</div>}
      <div class="page-head">
        <h1>
          <bdi class="untrusted">{visible(title)}</bdi>
        </h1>
        {badges}
        {actions && <div class="actions">{actions}</div>}
      </div>
    </div>
  );
}
