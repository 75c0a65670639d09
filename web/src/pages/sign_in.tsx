import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/http';
import { signIn } from '../api/session';

/** Shown while the server asks for a token. */
export function SignInPage(): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = 'Sign in · Leat';
    field.current?.focus();
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? '';
    if (!token) return;
    setBusy(true);
    setProblem('');
    try {
      await signIn(token);
    } catch (error) {
      setProblem(
        error instanceof ApiError && error.status === 401 ? 'This token is not valid.' : String(error),
      );
      field.current?.select();
    }
    setBusy(false);
  };
  return (
    <main class="signin">
      <form class="card" onSubmit={event => void submit(event)}>
        <span class="brand">
          <img src="./icon.svg" width="22" height="22" alt="" />
          Leat
        </span>
        <h1>Sign in</h1>
        <p class="soft">
          This server asks for a token: one for viewers, or one for operators. Whoever runs{' '}
          <code>leat serve</code> has them.
        </p>
        <label class="field">
          <span>Token</span>
          <input
            ref={field}
            type="password"
            autocomplete="current-password"
            required
            aria-describedby="problem"
          />
        </label>
        <p id="problem" class="bad" role="alert">
          {problem}
        </p>
        <button type="submit" class="button primary" disabled={busy}>
          Sign in
        </button>
      </form>
    </main>
  );
}
