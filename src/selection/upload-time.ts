/** When a file was uploaded, as PEP 700 writes it. */
import { fieldOf } from '../pypi/fields.ts';
import type { DistFile } from '../pypi/types.ts';

/** RFC 3339, whose first 19 characters stand at fixed places; fractions may be left out (protocol trap 25). */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,20})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** As upstream wrote it; null when it says nothing. */
export function uploadTimeText(file: DistFile): string | null {
  const value = fieldOf(file.raw, 'upload-time');
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Milliseconds since 1970; null for what is no RFC 3339 time. */
export function parseUploadTime(text: string): number | null {
  if (!RFC_3339.test(text)) return null;
  const number = (from: number, to: number) => Number(text.slice(from, to));
  const month = number(5, 7);
  const day = number(8, 10);
  const hour = number(11, 13);
  const minute = number(14, 16);
  const second = number(17, 19);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null;
  // Of a fraction, milliseconds count.
  const fractionMs = text[19] === '.' ? Number(/^\d{1,3}/.exec(text.slice(20))?.[0].padEnd(3, '0')) : 0;
  return Date.UTC(number(0, 4), month - 1, day, hour, minute, second) + fractionMs - offsetMs(text);
}

function offsetMs(text: string): number {
  if (/[Zz]$/.test(text)) return 0;
  const [hours = 0, minutes = 0] = text.slice(-5).split(':').map(Number);
  return (hours * 60 + minutes) * (text.at(-6) === '-' ? -60_000 : 60_000);
}
