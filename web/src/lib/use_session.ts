import { session } from '../api/session';
import { useStore } from './store';

/** Whether the reader may change anything. */
export function useOperator(): boolean {
  return useStore(session)?.role === 'operator';
}
