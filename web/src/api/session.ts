// Who the reader is for the server. The token itself is given to the server once, which answers with a cookie that
// scripts cannot read; the page keeps nothing.
import { Store } from '../lib/store';
import { apiUrl, change, get, signedOut } from './http';

export interface Session {
  role: 'viewer' | 'operator' | null; // null: a token is needed
  token_needed: boolean;
}

export const session = new Store<Session | null>(null);

export async function loadSession(): Promise<void> {
  const answer = await get<Session>(apiUrl(['session']));
  session.set(answer);
  signedOut.set(answer.role === null);
}

export async function signIn(token: string): Promise<void> {
  await change('POST', apiUrl(['session']), { token });
  await loadSession();
}

export async function signOut(): Promise<void> {
  await change('DELETE', apiUrl(['session']));
  await loadSession();
}
