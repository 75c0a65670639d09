import { useEffect, useState } from 'preact/hooks';
import { href, parseRoute, type Query, type Route } from './route';

/** The current address, kept up to date. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const update = (): void => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return route;
}

export function navigate(address: string): void {
  location.hash = address;
}

/** Changes the query of the current page without a new entry in the history. */
export function replaceQuery(route: Route, query: Query): void {
  const merged: Query = { ...Object.fromEntries(route.query), ...query };
  history.replaceState(null, '', href(route.path, merged));
  dispatchEvent(new HashChangeEvent('hashchange'));
}
