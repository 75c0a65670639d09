// Redis' clock as far as the page knows it: ages and due times are told by the server's clock, not by the reader's.
import { useEffect } from 'preact/hooks';
import { Store, useStore } from './store';

const kJumpMs = 5_000; // later than any answer: the server's clock was set back
let offset: number | undefined;
const second = new Store(Date.now());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Notes what the server's clock said in an answer. Answers are late; the one that was the least late counts. */
export function noteServerTime(told: number): void {
  const heard = told - Date.now();
  if (offset === undefined || heard > offset || heard < offset - kJumpMs) offset = heard;
}

export function serverNow(): number {
  return Date.now() + (offset ?? 0);
}

/** The server's time, renewed once a second while somebody looks. */
export function useNow(): number {
  useStore(second);
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
  return serverNow();
}
