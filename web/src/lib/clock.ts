// Redis' clock as far as the page knows it: ages and due times are told by the server's clock, not by the reader's.
import { useEffect } from 'preact/hooks';
import { Store, useStore } from './store';

let offset = 0;
const second = new Store(Date.now());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Notes what the server's clock says now. */
export function noteServerTime(now: number): void {
  offset = now - Date.now();
}

export function serverNow(): number {
  return Date.now() + offset;
}

/** The server's time, renewed once a second while somebody looks. */
export function useNow(): number {
  const now = useStore(second);
  useEffect(() => {
    users += 1;
    timer ??= setInterval(() => second.set(Date.now()), 1_000);
    return () => {
      users -= 1;
      if (users > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return Math.max(now, second.get()) + offset;
}
