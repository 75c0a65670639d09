// Addresses within the page: "#/tasks?agent=mail&state=dead". The part behind # never reaches a server, so the
// dashboard works under any path. Pure.

export interface Route {
  path: string[]; // decoded segments
  query: URLSearchParams;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#?\/?/, '');
  const [path = '', query = ''] = text.split(/\?(.*)/s, 2);
  return {
    path: path.split('/').filter(Boolean).map(decode),
    query: new URLSearchParams(query),
  };
}

export type Query = Record<string, string | undefined>;

/** The address of a page; values that are absent or empty are left out. */
export function href(path: readonly string[], query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value);
  const tail = parameters.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${tail ? `?${tail}` : ''}`;
}

export const agentHref = (agent: string): string => href(['agents', agent]);
export const taskHref = (agent: string, id: string): string => href(['tasks', agent, id]);
export const letterHref = (agent: string, letter: string): string => href(['dead', agent, letter]);
