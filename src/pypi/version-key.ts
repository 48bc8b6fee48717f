/** Versions as texts that compare as packaging's versions do: PEP 440, and what came before it. */
import { parse, valid } from '@renovatebot/pep440';
import { compareCodePoints } from './json.ts';

/** Nobody's version is this long; a limit keeps hostile ones from exhausting the regular expression's stack. */
const VERSION_CHARS_MAX = 1_000;

/** Versions that are not PEP 440 come before all that are, as packaging's LegacyVersion did with its epoch of -1. */
const LEGACY = '\x01';
const MODERN = '\x02';

/** Ends a list: below everything that may be in one, so that a list comes before those that it begins. */
const END = '\x01';

/** PEP 440: a bare development release, then alphas, betas, candidates, then the release itself. */
const PHASES: Readonly<Record<string, string>> = {
  dev: '\x02',
  a: '\x03',
  b: '\x04',
  rc: '\x05',
  final: '\x06',
};
const ABSENT = '\x02';
const PRESENT = '\x03';
const AFTER_PRESENT = '\x04';
const WORD = '\x03';
const NUMBER = '\x04';

/** Whether a version is one by PEP 440; spaces around it do not count (PEP 440, "Leading and Trailing Whitespace"). */
export function isPep440(version: string): boolean {
  return version.length <= VERSION_CHARS_MAX && valid(version.trim()) !== null;
}

/**
 * A text for each version, the same for two spellings of one (`1.0`, `1.0.0`). Compared by code point these texts stand in
 * PyPI's order, which is that of packaging 21: a total order, for any text.
 */
export function versionKey(version: string): string {
  return isPep440(version) ? MODERN + modernKey(version.trim()) : LEGACY + legacyKey(version);
}

/**
 * The library reads a version's numbers as JavaScript's, which are not exact beyond 2^53: dates with seconds and hashes
 * are. So it is given the numbers' places in a list instead, and the digits are taken from there.
 */
function modernKey(version: string): string {
  const [released = '', local] = version.split('+');
  const digits = ['']; // The first stands for every number that is not written: 0.
  const parsed = parse(released.replace(/[0-9]+/g, (run) => String(digits.push(run) - 1)));
  if (parsed === null) return '';
  const number = (place: unknown) => exactNumber(digits[Number(place)] ?? '');
  const { epoch, release, pre, post, dev } = parsed;
  const phase = pre === null ? (post === null && dev !== null ? 'dev' : 'final') : String(pre[0]);
  return [
    number(epoch),
    withoutTrailingZeros(release.map(number)).join(''),
    END,
    PHASES[phase] ?? '',
    pre === null ? '' : number(pre[1]),
    post === null ? ABSENT : PRESENT + number(post[1]),
    dev === null ? AFTER_PRESENT : PRESENT + number(dev[1]),
    localKey(local),
  ].join('');
}

const ZERO = exactNumber('');

/** Digits of any length, so that texts compare as the numbers do: the length first. */
function exactNumber(digits: string): string {
  const significant = digits.replace(/^0+/, '');
  return String.fromCharCode(0x100 + significant.length) + significant;
}

function withoutTrailingZeros(release: readonly string[]): readonly string[] {
  return release.slice(0, release.findLastIndex((number) => number !== ZERO) + 1);
}

/** PEP 440: none comes before any; words before numbers; words by their letters, whatever their case. */
function localKey(local: string | undefined): string {
  if (local === undefined) return ABSENT;
  const labels = local.toLowerCase().split(/[-_.]/);
  const keys = labels.map((label) =>
    /^[0-9]+$/.test(label) ? NUMBER + exactNumber(label) : WORD + label + END,
  );
  return PRESENT + keys.join('') + END;
}

/** What setuptools compared before PEP 440: runs of digits, runs of letters, dots, hyphens, and what is between them. */
const LEGACY_PART = /(\p{Nd}+|[a-z]+|\.|-)/u;
const LEGACY_WORDS: ReadonlyMap<string, string> = new Map([
  ['pre', 'c'],
  ['preview', 'c'],
  ['-', 'final-'],
  ['rc', 'c'],
  ['dev', '@'],
]);
const FINAL = '*final';
const LEGACY_ZERO = '00000000';

/** packaging's `_legacy_cmpkey`, its list joined by what sorts below all that may be in it. */
function legacyKey(version: string): string {
  const parts: string[] = [];
  for (const written of version.toLowerCase().split(LEGACY_PART)) {
    const part = LEGACY_WORDS.get(written) ?? written;
    if (part === '' || part === '.') continue;
    addLegacyPart(parts, /^[0-9]/.test(part) ? zeroFilled(part) : `*${part}`);
  }
  addLegacyPart(parts, FINAL);
  return parts.join('\0');
}

/** Python counts characters, where JavaScript counts two for some: there are digits among those. */
function zeroFilled(digits: string): string {
  return '0'.repeat(Math.max(0, LEGACY_ZERO.length - [...digits].length)) + digits;
}

/** `1.0-b` is before `1.0`: the hyphen goes; `1.0.0-x` is `1-x`: the zeros go. */
function addLegacyPart(parts: string[], part: string): void {
  if (part.startsWith('*')) {
    if (compareCodePoints(part, FINAL) < 0) while (parts.at(-1) === '*final-') parts.pop();
    while (parts.at(-1) === LEGACY_ZERO) parts.pop();
  }
  parts.push(part);
}
