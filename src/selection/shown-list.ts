/** Lists and amounts of the settings in a few words, as the value of a rule. */

const SHOWN_CHARS_MAX = 60;
const MS_PER_DAY = 86_400_000;
const UNITS_MS: readonly (readonly [string, number])[] = [
  ['d', MS_PER_DAY],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];
const UNITS_BYTES: readonly (readonly [string, number])[] = [
  ['GB', 1e9],
  ['GiB', 2 ** 30],
  ['MB', 1e6],
  ['MiB', 2 ** 20],
  ['kB', 1e3],
  ['KiB', 2 ** 10],
];

/** The first entries, and how many there are besides. */
export function shownList(entries: readonly string[]): string {
  let text = '';
  for (const [at, entry] of entries.entries()) {
    const longer = at === 0 ? entry : `${text}, ${entry}`;
    if (longer.length > SHOWN_CHARS_MAX && at > 0) return `${text}, … (${entries.length})`;
    text = longer;
  }
  return text;
}

/** `3d`, `36h`. */
export function shownDuration(durationMs: number): string {
  return inUnits(durationMs, UNITS_MS, 'ms');
}

/** `100MB`, `2GiB`. */
export function shownSize(sizeBytes: number): string {
  return inUnits(sizeBytes, UNITS_BYTES, 'B');
}

/** A date and time in UTC, or only the date when it is midnight. */
export function shownTime(timeMs: number): string {
  const days = Math.floor(timeMs / MS_PER_DAY);
  const seconds = Math.floor((timeMs - days * MS_PER_DAY) / 1000);
  const date = shownDate(days);
  if (seconds === 0) return date;
  const time = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => twoDigits(Math.floor(part)));
  return `${date}T${time.join(':')}Z`;
}

/** A day of the proleptic Gregorian calendar, counted in eras of 400 years that begin in March. */
function shownDate(daysSince1970: number): string {
  const days = daysSince1970 + 719_468;
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * march + 2) / 5) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  return `${String(year + era * 400 + (month <= 2 ? 1 : 0)).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** The largest unit of which it is a whole number. */
function inUnits(amount: number, units: readonly (readonly [string, number])[], smallest: string): string {
  const unit = units.find(([, size]) => amount !== 0 && amount % size === 0);
  return unit === undefined ? `${amount}${smallest}` : `${amount / unit[1]}${unit[0]}`;
}
