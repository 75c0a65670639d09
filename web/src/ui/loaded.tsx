import type { ComponentChildren, JSX } from 'preact';
import type { Live } from '../lib/use_live';
import { Icon } from './icons';
import { Prose } from './text';

interface Props<T> {
  live: Live<T>;
  missing?: ComponentChildren; // where to go where there is no such thing
  children: (data: T) => ComponentChildren;
}

/** Where to go from what does not exist. */
export function Elsewhere({ address, title }: { address: string; title: string }): JSX.Element {
  return (
    <p>
      <a href={address}>{title}</a>
    </p>
  );
}

/** What was loaded; above it, why it is not up to date. */
export function Loaded<T>({ live, missing, children }: Props<T>): JSX.Element {
  const { data, error, refresh } = live;
  return (
    <>
      {error && (
        <div class="banner bad" role="alert">
          <div class="row">
            <Icon name="warning" />
            <Prose
              text={data === undefined ? error.message : `${error.message}. This is the last known state.`}
            />
            <button type="button" class="button small" onClick={refresh}>
              Try again
            </button>
          </div>
        </div>
      )}
      {missing && data === undefined && error?.status === 404 && missing}
      {data !== undefined ? children(data) : !error && <p class="loading">Loading …</p>}
    </>
  );
}
