/** The little languages of the configuration: durations, sizes, shares, removal limits. Each parser answers null for what it cannot read. */
import type { RemovalLimit } from './settings.ts';

const MS_BY_UNIT = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const BYTES_BY_UNIT: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `"500ms"`, `"30s"`, `"15m"`, `"1.5h"`, `"14d"` in whole milliseconds. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) return null;
  const ms = Math.round(Number(match[1]) * MS_BY_UNIT[match[2] as keyof typeof MS_BY_UNIT]);
  return Number.isSafeInteger(ms) ? ms : null;
}

/** The shortest way to write a duration with one unit: `900000` is `"15m"`. */
export function durationText(durationMs: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (durationMs > 0 && durationMs % MS_BY_UNIT[unit] === 0)
      return `${durationMs / MS_BY_UNIT[unit]}${unit}`;
  }
  return durationMs === 0 ? '0s' : `${durationMs}ms`;
}

/** `"512B"`, `"100MB"`, `"2GiB"` in whole bytes; kB, MB, … are powers of 1000 and KiB, MiB, … of 1024. */
export function parseSize(text: string): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$/.exec(text);
  if (match === null) return null;
  const bytes = Math.round(Number(match[1]) * (BYTES_BY_UNIT[match[2] as string] as number));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** `"1%"` as 0.01; at most 100%. */
function parsePercent(text: string): number | null {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text);
  const share = match === null ? null : Number(match[1]) / 100;
  return share !== null && share <= 1 ? share : null;
}

/** `"1/168"` or `"1%"` as a number in (0, 1]. */
export function parseShare(text: string): number | null {
  const match = /^(\d{1,9})\/(\d{1,9})$/.exec(text);
  const share = match === null ? parsePercent(text) : Number(match[1]) / Number(match[2]);
  return share !== null && share > 0 && share <= 1 ? share : null;
}

/** `20`, `"1%"` or `"max(20, 1%)"`. */
export function parseRemovalLimit(value: number | string): RemovalLimit | null {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && value >= 0 ? { projects: value, share: null } : null;
  }
  const both = /^max\( *(\d{1,9}) *, *([\d.]+%) *\)$/.exec(value);
  const share = parsePercent(both?.[2] ?? value);
  if (share === null) return null;
  return { projects: both === null ? null : Number(both[1]), share };
}

/**
 * `"2024-01-31"`, `"2024-01-31T12:00:00Z"`, `"2024-01-31 12:00+02:00"` in milliseconds since 1970. A date is its
 * midnight, and what has no offset is UTC.
 */
export function parseInstant(text: string): number | null {
  const [, date, time, seconds = '', fraction = '', offset = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(:\d{2})?(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})?)?$/.exec(text) ??
    [];
  if (date === undefined || (fraction !== '' && seconds === '')) return null;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (
    Number.isNaN(midnight) ||
    Number(date.slice(8)) > daysIn(Number(date.slice(0, 4)), Number(date.slice(5, 7)))
  )
    return null;
  if (time === undefined) return midnight;
  if (time.startsWith('24')) return null;
  const ms = Date.parse(`${date}T${time}${seconds || ':00'}${fraction.slice(0, 4)}${offset.toUpperCase()}`);
  return Number.isNaN(ms) ? null : ms;
}

/** The engine takes the 31st of every month as a day. */
function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
