// Untrusted text made visible: what would move, hide or reorder other text on the page is spelled out. Pure.

// C0 except tab and line feed, DEL and C1, zero-width and bidirectional controls, line separators, byte order mark.
const kHidden =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** "a\u202Eb" → "a⟨U+202E⟩b". */
export function visible(text: string): string {
  return text.replace(kHidden, character => {
    const code = character.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** The first line, cut. */
export function firstLine(text: string, length = 200): string {
  const line = text.slice(0, length + 1).split('\n', 1)[0] ?? '';
  return line.length > length || line.length < text.length ? `${line.slice(0, length)}…` : line;
}
