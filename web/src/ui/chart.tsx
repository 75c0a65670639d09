import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { formatExactTime } from '../lib/format';
import { onThemeChange } from '../lib/theme';

export interface Series {
  name: string;
  colour: 1 | 2 | 3 | 4 | 5; // --chart-1 …
  values: readonly (number | null)[];
  dashed?: boolean; // so that lines differ in more than colour
}

interface Props {
  label: string;
  times: readonly number[]; // ms since the epoch, ascending
  series: readonly Series[];
  format: (value: number) => string;
  logarithmic?: boolean;
  whole?: boolean; // values are whole numbers
}

const kHeight = 190;
const kAxisWidth = 62;
const kTimeAxisHeight = 26;
// 1, 2, 5, 10, … 5,000,000,000
const kWholeSteps = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map(step => step * 10 ** power),
).flat();

/** What a custom property with a colour comes to in this theme. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function withAlpha(colour: string, alpha: number): string {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}

/** The times of ticks; with seconds where ticks are closer than a minute. */
function timesOfDay(ticks: readonly number[], distance: number): string[] {
  return ticks.map(at => new Date(at * 1_000).toTimeString().slice(0, distance < 60 ? 8 : 5));
}

/** Whole powers of ten around the values, so that a line is never without one to compare it with. */
function wholeDecades(_plot: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || low <= 0) return [1, 10];
  const first = Math.floor(Math.log10(low));
  return [10 ** first, 10 ** Math.max(first + 1, Math.ceil(Math.log10(high)))];
}

/** The ticks of a logarithmic axis: the powers of ten, the others left out. */
function onlyDecades(_plot: uPlot, ticks: number[]): (number | null)[] {
  return ticks.map(value =>
    Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9 ? value : null,
  );
}

function optionsFor(
  host: HTMLElement,
  props: Props,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const axis = { stroke: colourOf(host, '--chart-axis'), font: '12px system-ui, sans-serif' };
  const grid = { stroke: colourOf(host, '--chart-grid'), width: 1 };
  return {
    width: host.clientWidth,
    height: kHeight,
    padding: [10, 20, 0, 0], // at the right for half of the last time
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    legend: { show: false },
    scales: {
      x: { time: true },
      y: props.logarithmic
        ? { distr: 3, log: 10, range: wholeDecades }
        : { range: (_plot, _low, high) => [0, Number.isFinite(high) && high > 0 ? high * 1.1 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        ticks: { show: false },
        size: kTimeAxisHeight,
        space: 70,
        values: (_plot, at, _axis, _space, distance) => timesOfDay(at, distance),
      },
      {
        ...axis,
        grid: props.logarithmic ? { ...grid, filter: onlyDecades } : grid,
        ticks: { show: false },
        size: kAxisWidth,
        space: 34,
        values: (_plot, at) => at.map(value => (value === null ? '' : props.format(value))),
        ...(props.logarithmic ? { filter: onlyDecades } : {}),
        ...(props.whole ? { incrs: kWholeSteps } : {}),
      },
    ],
    series: [
      {},
      ...props.series.map((line, index): uPlot.Series => {
        const colour = colourOf(host, `--chart-${line.colour}`);
        return {
          label: line.name,
          stroke: colour,
          width: 1.5,
          points: { show: false },
          spanGaps: false,
          ...(line.dashed ? { dash: [5, 4] } : {}),
          ...(index === 0 && !props.logarithmic ? { fill: withAlpha(colour, 0.1) } : {}),
        };
      }),
    ],
    hooks: { setCursor: [plot => onCursor(plot.cursor.idx ?? null)] },
  };
}

function dataOf(props: Props): uPlot.AlignedData {
  return [
    props.times.map(at => at / 1_000),
    ...props.series.map(line => [...line.values]),
  ] as uPlot.AlignedData;
}

/** Lines over time. The values under the pointer, or else the last ones, stand in the legend. */
export function Chart(props: Props): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const [cursor, setCursor] = useState<number | null>(null);

  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const build = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(
        optionsFor(element, latest.current, setCursor),
        dataOf(latest.current),
        element,
      );
    };
    build();
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: kHeight }),
    );
    resized.observe(element);
    const stop = onThemeChange(build);
    return () => {
      stop();
      resized.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf(props)), [props.times, props.series]);

  const index = cursor ?? props.times.length - 1;
  const at = props.times[index];
  return (
    <figure aria-label={props.label}>
      <ul class="legend">
        {props.series.map(line => {
          const value = line.values[index];
          return (
            <li key={line.name}>
              <span class={`swatch chart-${line.colour}`} />
              {line.name} <b>{value === null || value === undefined ? '–' : props.format(value)}</b>
            </li>
          );
        })}
        {at !== undefined && cursor !== null && <li class="faint">{formatExactTime(at).slice(0, 16)}</li>}
      </ul>
      <div class="chart" ref={host} role="img" aria-label={props.label} />
    </figure>
  );
}
