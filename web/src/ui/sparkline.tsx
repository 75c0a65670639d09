import type { JSX } from 'preact';

const kWidth = 96;
const kHeight = 24;

/** The shape of a series, oldest value first. `label` says it in words. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }): JSX.Element {
  const highest = Math.max(...values, 1e-9);
  const step = kWidth / Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) =>
      `${(index * step).toFixed(1)},${(kHeight - 1 - (value / highest) * (kHeight - 3)).toFixed(1)}`,
  );
  return (
    <svg class="sparkline" viewBox={`0 0 ${kWidth} ${kHeight}`} role="img" aria-label={label}>
      <title>{label}</title>
      <polygon points={`0,${kHeight} ${points.join(' ')} ${kWidth},${kHeight}`} />
      <polyline points={points.join(' ')} />
    </svg>
  );
}
