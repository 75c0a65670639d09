import { useEffect } from 'preact/hooks';
import { taskEventsUrl } from '../api/api';

/** Calls back when the server says that a task changed. Where its stream does not work, nothing happens. */
export function useTaskEvents(agent: string, id: string, onChange: () => void): void {
  useEffect(() => {
    const source = new EventSource(taskEventsUrl(agent, id));
    source.addEventListener('state', onChange);
    source.addEventListener('end', () => {
      source.close(); // nothing more comes, and the browser would connect again
      onChange();
    });
    return () => source.close();
  }, [agent, id, onChange]);
}
