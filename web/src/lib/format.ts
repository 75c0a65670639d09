// Numbers, times and sizes as people read them. Pure.

const kSecond = 1_000;
const kMinute = 60 * kSecond;
const kHour = 60 * kMinute;
const kDay = 24 * kHour;

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** 9999 → "9,999", 12345 → "12.3K". */
export function formatCount(value: number): string {
  return Math.abs(value) < 10_000 ? grouped.format(value) : compact.format(value);
}

/** Every digit: 1234567 → "1,234,567". */
export function formatExactCount(value: number): string {
  return grouped.format(value);
}

function twoParts(value: number, unit: number, name: string, small: number, smallName: string): string {
  const whole = Math.floor(value / unit);
  const rest = Math.floor((value % unit) / small);
  return rest > 0 && whole < 10 ? `${whole} ${name} ${rest} ${smallName}` : `${whole} ${name}`;
}

/** A duration in two units at most: "0.4 ms", "850 ms", "1.2 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"; a dash for null. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return '–';
  const value = Math.abs(ms);
  if (value === 0) return '0 ms';
  if (value < 10) return `${value.toFixed(1).replace(/\.0$/, '')} ms`;
  if (value < kSecond) return `${Math.floor(value)} ms`;
  if (value < 10 * kSecond) return `${(Math.floor(value / 100) / 10).toFixed(1).replace(/\.0$/, '')} s`;
  if (value < kMinute) return `${Math.floor(value / kSecond)} s`;
  if (value < kHour) return twoParts(value, kMinute, 'min', kSecond, 's');
  if (value < kDay) return twoParts(value, kHour, 'h', kMinute, 'min');
  return twoParts(value, kDay, 'd', kHour, 'h');
}

/** "just now", "12 s ago", "in 3 min 20 s". */
export function formatRelative(at: number, now: number): string {
  const distance = at - now;
  if (Math.abs(distance) < kSecond) return 'just now';
  const text = formatDuration(Math.floor(Math.abs(distance) / kSecond) * kSecond);
  return distance < 0 ? `${text} ago` : `in ${text}`;
}

/** "2026-11-23 23:40:05.123 +01:00", in the time zone of the reader. */
export function formatExactTime(at: number): string {
  const date = new Date(at);
  const offset = -date.getTimezoneOffset();
  const local = new Date(at + offset * kMinute).toISOString();
  const sign = offset < 0 ? '-' : '+';
  const zone = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60]
    .map(part => String(part).padStart(2, '0'))
    .join(':');
  return `${local.slice(0, 10)} ${local.slice(11, 23)} ${sign}${zone}`;
}

/** "512 B", "1.5 KiB", "20 MiB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${units[unit]}`;
}

/** A share from 0 to 1: "0 %", "< 0.1 %", "2.5 %", "40 %". */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.1) return '< 0.1 %';
  return `${percent < 10 ? percent.toFixed(1).replace(/\.0$/, '') : Math.round(percent)} %`;
}

/** Tasks a second: "0/s", "0.02/s", "3.4/s", "1,250/s". */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return '0/s';
  if (perSecond < 0.095) return `${perSecond < 0.005 ? '< 0.01' : perSecond.toFixed(2)}/s`;
  return `${perSecond < 10 ? perSecond.toFixed(1).replace(/\.0$/, '') : formatCount(perSecond)}/s`;
}

/** "1 task", "2 tasks". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
