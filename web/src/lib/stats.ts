// What the minutes of an agent come to. Pure.
import type { Percentiles, StatsPoint } from '../api/types';

const kMinuteS = 60;
const kLeastS = 10; // a rate over less says little

/** Attempts that ended, whatever their verdict. */
export function endedOf(point: StatsPoint): number {
  return point.succeeded + point.retried + point.dead + point.cancelled + point.expired;
}

/** Attempts that failed, as a share of those with a verdict of success or failure; null where there were none. */
export function errorShare(points: readonly StatsPoint[]): number | null {
  let failed = 0;
  let all = 0;
  for (const point of points) {
    failed += point.retried + point.dead;
    all += point.succeeded + point.retried + point.dead;
  }
  return all === 0 ? null : failed / all;
}

/** `pick` as a rate a second for each step; that of the step that is not over yet, up to `now`. */
export function ratesOf(
  points: readonly StatsPoint[],
  stepMinutes: number,
  now: number,
  pick: (point: StatsPoint) => number,
): number[] {
  const stepS = stepMinutes * kMinuteS;
  return points.map((point, index) => {
    const isLast = index === points.length - 1;
    const passedS = isLast ? Math.min(stepS, Math.max(kLeastS, (now - point.at) / 1_000)) : stepS;
    return pick(point) / passedS;
  });
}

/** Ended attempts a second over the last `count` whole steps; the step that is not over yet is left out. */
export function recentRate(points: readonly StatsPoint[], stepMinutes: number, count: number): number {
  const whole = points.slice(0, -1).slice(-count);
  const ended = whole.reduce((sum, point) => sum + endedOf(point), 0);
  return whole.length === 0 ? 0 : ended / (whole.length * stepMinutes * kMinuteS);
}

/** The last step in which something ran, of the last `count`. */
export function lastLatency(points: readonly StatsPoint[], count: number): Percentiles | null {
  return points.slice(-count).findLast(point => point.run.count > 0)?.run ?? null;
}
