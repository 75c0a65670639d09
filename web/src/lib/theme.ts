// Light, dark, or as the system has it. Remembered in this browser.
import { Store } from './store';

export type Theme = 'system' | 'light' | 'dark';
const kKey = 'leat.theme';
const kThemes: readonly Theme[] = ['system', 'light', 'dark'];

function remembered(): Theme {
  try {
    const value = localStorage.getItem(kKey);
    return kThemes.find(theme => theme === value) ?? 'system';
  } catch {
    return 'system'; // storage is blocked
  }
}

export const theme = new Store<Theme>('system');

function apply(value: Theme): void {
  if (value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = value;
  theme.set(value);
}

export function startTheme(): void {
  apply(remembered());
}

export function nextTheme(): void {
  const next = kThemes[(kThemes.indexOf(theme.get()) + 1) % kThemes.length] ?? 'system';
  try {
    localStorage.setItem(kKey, next);
  } catch {
    // Not remembered, but applied.
  }
  apply(next);
}

/** Calls back whenever colours change; answers how to stop. */
export function onThemeChange(listener: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)');
  media.addEventListener('change', listener);
  const stop = theme.listen(listener);
  return () => {
    media.removeEventListener('change', listener);
    stop();
  };
}
