/** The little languages of a bandersnatch.conf: booleans, numbers, sizes. */

/** As configparser reads it; everything else counts as no. */
export function isTrue(text: string): boolean {
  return /^(?:1|yes|true|on)$/i.test(text.trim());
}

/** Is it one of the words that configparser takes for a boolean? It stops at all others. */
export function isBoolean(text: string): boolean {
  return /^(?:1|yes|true|on|0|no|false|off)$/i.test(text.trim());
}

/** As Python's `int` reads it, or null. */
export function wholeNumberOf(text: string): number | null {
  const digits = text.trim().replace(/(?<=\d)_(?=\d)/g, '');
  const number = Number(digits);
  return /^[+-]?\d+$/.test(digits) && Number.isSafeInteger(number) ? number : null;
}

const UNITS = ['k', 'm', 'g', 't', 'p', 'e', 'z', 'y'] as const;

/**
 * A size in bytes: `1G`, `1.5 GiB`, `200 megabytes`. Units are powers of 1024 whatever their name, and their first letter is enough,
 * as humanfriendly reads them for bandersnatch. Null for what is none.
 */
export function bytesOf(text: string): number | null {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)$/i.exec(text.trim());
  if (match === null) return null;
  const number = Number(match[1]);
  const unit = (match[2] ?? '').toLowerCase().replace(/s$/, '');
  if (unit === '' || unit.startsWith('b')) return safe(Math.trunc(number));
  const power = UNITS.findIndex((letter) => unit.startsWith(letter));
  return power === -1 ? null : safe(Math.trunc(number * 1024 ** (power + 1)));
}

/** A size with the largest unit that gives a whole number. */
export function sizeText(bytes: number): string {
  for (const [unit, power] of [
    ['TiB', 4],
    ['GiB', 3],
    ['MiB', 2],
    ['KiB', 1],
  ] as const) {
    if (bytes > 0 && bytes % 1024 ** power === 0) return `${bytes / 1024 ** power}${unit}`;
  }
  return `${bytes}B`;
}

function safe(bytes: number): number | null {
  return Number.isSafeInteger(bytes) ? bytes : null;
}
