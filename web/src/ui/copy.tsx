import type { JSX } from 'preact';
import { Icon } from './icons';
import { say } from './toast';

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say('Copied.');
  } catch {
    say('The browser does not let this page copy; select the text instead.', 'bad');
  }
}

export function CopyButton({ text, label }: { text: string; label: string }): JSX.Element {
  return (
    <button
      type="button"
      class="button plain small icon"
      title={label}
      aria-label={label}
      onClick={() => void copy(text)}
    >
      <Icon name="copy" />
    </button>
  );
}

/** A command to run elsewhere. */
export function Command({ text }: { text: string }): JSX.Element {
  return (
    <div class="command">
      <code>{text}</code>
      <CopyButton text={text} label="Copy the command" />
    </div>
  );
}
