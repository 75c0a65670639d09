import { useState } from 'preact/hooks';

export interface Pages {
  cursor: string; // of the page that is shown; empty: the first one
  number: number; // from 1
  next: (cursor: string) => void;
  previous: () => void;
}

interface Position {
  key: string;
  cursors: readonly string[]; // of the pages up to this one, the first one left out
}

/** Walks through a list by cursors. Starts again when `key`, what is listed, changes. */
export function usePages(key: string): Pages {
  const [position, setPosition] = useState<Position>({ key, cursors: [] });
  const cursors = position.key === key ? position.cursors : [];
  return {
    cursor: cursors.at(-1) ?? '',
    number: cursors.length + 1,
    next: cursor => setPosition({ key, cursors: [...cursors, cursor] }),
    previous: () => setPosition({ key, cursors: cursors.slice(0, -1) }),
  };
}
