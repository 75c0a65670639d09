import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, signedOut } from '../api/http';

export interface Live<T> {
  data: T | undefined;
  error: ApiError | undefined; // of the last try; `data` is then what was known before
  refresh: () => void;
}

const kDefaultEveryMs = 3_000;

interface Known<T> {
  key: string;
  data: T | undefined;
  error: ApiError | undefined;
}

/**
 * Loads, and loads again every so often while the page is visible. `key` says what is loaded: when it changes, what was
 * known is dropped. One request at a time. `everyMs` 0: only once and on refresh().
 */
export function useLive<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs: number = kDefaultEveryMs,
): Live<T> {
  const [known, setKnown] = useState<Known<T>>({ key, data: undefined, error: undefined });
  const loader = useRef(load);
  loader.current = load;
  const trigger = useRef<() => void>(() => undefined);

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let busy = false;
    let again = false;

    const round = async (): Promise<void> => {
      if (busy) {
        again = true;
        return;
      }
      clearTimeout(timer);
      busy = true;
      try {
        const data = await loader.current(abort.signal);
        if (!abort.signal.aborted) setKnown({ key, data, error: undefined });
      } catch (error) {
        if (abort.signal.aborted) return;
        const failure = error instanceof ApiError ? error : new ApiError(0, 'internal', String(error));
        setKnown(before => ({ key, data: before.key === key ? before.data : undefined, error: failure }));
      }
      busy = false;
      if (again) {
        again = false;
        void round();
      } else if (everyMs > 0 && !document.hidden) {
        timer = setTimeout(() => void round(), everyMs);
      }
    };
    const onVisible = (): void => {
      if (!document.hidden) void round();
    };

    trigger.current = () => void round();
    void round();
    document.addEventListener('visibilitychange', onVisible);
    const stop = signedOut.listen(onVisible);
    return () => {
      abort.abort();
      clearTimeout(timer);
      stop();
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [key, everyMs]);

  const refresh = useCallback(() => trigger.current(), []);
  const current = known.key === key;
  return { data: current ? known.data : undefined, error: current ? known.error : undefined, refresh };
}
