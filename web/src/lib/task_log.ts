// What a handler has said so far, as the page shows it. Pure.
import type { LogLine } from '../api/types';

export const kLinesShown = 1_000; // the latest ones

export interface TaskLog {
  lines: readonly LogLine[]; // without steps of progress, oldest first
  left: number; // older lines that are not shown any more
  step: LogLine | undefined; // the latest one
  last: string; // the entry heard of last
}

export const kEmptyLog: TaskLog = { lines: [], left: 0, step: undefined, last: '0-0' };

function partsOf(entry: string): [number, number] {
  const [ms, sequence] = entry.split('-').map(Number);
  return [ms ?? 0, sequence ?? 0];
}

export function isBehind(entry: string, other: string): boolean {
  const [ms, sequence] = partsOf(entry);
  const [otherMs, otherSequence] = partsOf(other);
  return ms > otherMs || (ms === otherMs && sequence > otherSequence);
}

/** The log with what has come. A stream that was opened again tells everything once more: what is known is left out. */
export function withLines(log: TaskLog, come: readonly LogLine[]): TaskLog {
  let { step, last } = log;
  const lines = [...log.lines];
  for (const line of come) {
    if (!isBehind(line.entry, last)) continue;
    last = line.entry;
    if (line.percent === null) {
      lines.push(line);
    } else {
      step = line;
    }
  }
  const excess = Math.max(0, lines.length - kLinesShown);
  return { lines: lines.slice(excess), left: log.left + excess, step, last };
}

/** How far the present attempt is, or the last one came: nothing where only an earlier one told. */
export function stepOf(log: TaskLog, attempt: number): LogLine | undefined {
  const latest = Math.max(attempt, log.lines.at(-1)?.attempt ?? 0);
  return log.step && log.step.attempt >= latest ? log.step : undefined;
}
