import { useEffect, useRef, useState } from 'preact/hooks';
import { taskEventsUrl } from '../api/api';
import type { LogLine } from '../api/types';
import { kEmptyLog, withLines, type TaskLog } from './task_log';

const kTogetherMs = 50; // lines that come within this are drawn together
const kAgainMs = 5_000; // a stream that was refused is tried again

interface Known {
  key: string;
  log: TaskLog;
}

/**
 * Follows a task: calls back when the server says that it changed, and answers what its handler has said. `live`: the
 * task has not ended, as far as is known; one that was brought back is followed again.
 */
export function useTaskEvents(agent: string, id: string, live: boolean, onChange: () => void): TaskLog {
  const key = `${agent} ${id}`;
  const [known, setKnown] = useState<Known>({ key, log: kEmptyLog });
  const [round, setRound] = useState(0);
  const ended = useRef(false);

  useEffect(() => {
    if (live && ended.current) setRound(before => before + 1);
  }, [live]);

  useEffect(() => {
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let drawing: ReturnType<typeof setTimeout> | undefined;
    let come: LogLine[] = [];

    const draw = (): void => {
      clearTimeout(drawing);
      drawing = undefined;
      const lines = come;
      come = [];
      if (lines.length === 0) return;
      setKnown(before => ({ key, log: withLines(before.key === key ? before.log : kEmptyLog, lines) }));
    };
    const take = (event: MessageEvent): void => {
      come.push(JSON.parse(event.data as string) as LogLine);
      drawing ??= setTimeout(draw, kTogetherMs);
    };
    const open = (): void => {
      const opened = new EventSource(taskEventsUrl(agent, id));
      source = opened;
      opened.addEventListener('state', onChange);
      opened.addEventListener('log', take);
      opened.addEventListener('progress', take);
      opened.addEventListener('end', () => {
        opened.close(); // nothing more comes, and the browser would connect again
        ended.current = true;
        draw();
        onChange();
      });
      opened.onerror = () => {
        if (opened.readyState === EventSource.CLOSED) again = setTimeout(open, kAgainMs);
      };
    };

    ended.current = false;
    open();
    return () => {
      source?.close();
      clearTimeout(again);
      clearTimeout(drawing);
    };
  }, [agent, id, key, onChange, round]);

  return known.key === key ? known.log : kEmptyLog;
}
