/** Versions in PyPI's order: what is not PEP 440 first, by its text, then PEP 440's own order. */
import { compare, valid } from '@renovatebot/pep440';

/** Numbers longer than this, and local labels such as `1e5`, are not exact in the library, which uses Number. */
const INEXACT_IN_LIBRARY = /[0-9]{16}|\+/;

/** PyPI's order of versions: negative, 0 or positive. 0 for two spellings of one version (`1.0`, `1.0.0`). */
export function compareVersions(a: string, b: string): number {
  const aValid = valid(a) !== null;
  const bValid = valid(b) !== null;
  if (aValid !== bValid) return aValid ? 1 : -1;
  if (!aValid) return a < b ? -1 : a > b ? 1 : 0;
  if (!INEXACT_IN_LIBRARY.test(a) && !INEXACT_IN_LIBRARY.test(b)) return compare(a, b);
  const rank = ranking(a, b);
  return compare(withRanks(a, rank), withRanks(b, rank));
}

/** Whether both name one release: equal by PEP 440, or, when either is not PEP 440, the same text. */
export function sameVersion(a: string, b: string): boolean {
  if (a === b) return true;
  return valid(a) !== null && valid(b) !== null && compareVersions(a, b) === 0;
}

/** A test for "the same version as any of these", in a few comparisons however many they are. */
export function anyOf(versions: Iterable<string>): (version: string) => boolean {
  const sorted = [...new Set(versions)].sort(compareVersions);
  return (version) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareVersions(version, sorted[middle] ?? '');
      if (order === 0) return true;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return false;
  };
}

/** Gives every number of both versions its rank among them: small, and in the same order; 0 stays 0. */
function ranking(a: string, b: string): (digits: string) => string {
  const numbers = new Set([0n, ...[...`${a} ${b}`.matchAll(/[0-9]+/g)].map(([digits]) => BigInt(digits))]);
  const sorted = [...numbers].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
  return (digits) => String(sorted.indexOf(BigInt(digits)));
}

/** A version of the same order, free of what the library would round. */
function withRanks(version: string, rank: (digits: string) => string): string {
  const [release = '', local] = version.split('+');
  const ranked = release.replace(/[0-9]+/g, rank);
  if (local === undefined) return ranked;
  const labels = local
    .split(/[-_.]/)
    // The x keeps a label such as "1e5" from being read as a number; all labels get it, so their order stays.
    .map((label) => (/^[0-9]+$/.test(label) ? rank(label) : `x${label}`));
  return `${ranked}+${labels.join('.')}`;
}
