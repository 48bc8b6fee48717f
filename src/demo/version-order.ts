/**
 * The order in which PyPI lists versions: what is no PEP 440 version comes first, the rest in PEP 440 order.
 *
 * Written apart from the mirror's own version rules on purpose: what tests the mirror must not share its mistakes.
 */

const PEP440 = new RegExp(
  [
    /^\s*v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)/,
    /(?:[-_.]?(?<pre>a|b|c|rc|alpha|beta|pre|preview)[-_.]?(?<preN>\d*))?/,
    /(?:-(?<implicitPost>\d+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postN>\d*))?/,
    /(?:[-_.]?(?<dev>dev)[-_.]?(?<devN>\d*))?/,
    /(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$/,
  ]
    .map((part) => part.source)
    .join(''),
  'i',
);

/** Compared element by element; a list that is the beginning of another comes first. */
type Key = readonly (number | string | Key)[];

/** PEP 440: a phase's place among alphas, betas, candidates and finals; a bare dev release precedes its alphas. */
function preKey(groups: Record<string, string | undefined>): Key {
  const pre = groups['pre']?.toLowerCase();
  const post = groups['post'] ?? groups['implicitPost'];
  if (pre === undefined) return [post === undefined && groups['dev'] !== undefined ? -1 : 3, 0];
  const rank = pre.startsWith('a') ? 0 : pre.startsWith('b') ? 1 : 2;
  return [rank, Number(groups['preN'] ?? 0)];
}

function postKey(groups: Record<string, string | undefined>): number {
  if (groups['implicitPost'] !== undefined) return Number(groups['implicitPost']);
  return groups['post'] === undefined ? -1 : Number(groups['postN'] ?? 0);
}

/** PEP 440: numbers sort above words in a local version. */
function localKey(local: string | undefined): Key {
  if (local === undefined) return [];
  return local
    .split(/[-_.]/)
    .map((part) => (/^\d+$/.test(part) ? [1, Number(part)] : [0, part.toLowerCase()]));
}

function versionKey(version: string): Key {
  const groups = PEP440.exec(version)?.groups;
  if (groups === undefined) return [0, version];
  const release = (groups['release'] ?? '0').split('.').map(Number);
  while (release.length > 1 && release.at(-1) === 0) release.pop();
  const dev = groups['dev'] === undefined ? Number.POSITIVE_INFINITY : Number(groups['devN'] ?? 0);
  return [
    1,
    Number(groups['epoch'] ?? 0),
    release,
    preKey(groups),
    postKey(groups),
    dev,
    localKey(groups['local']),
  ];
}

function compareKeys(left: Key, right: Key): number {
  for (const [at, a] of left.entries()) {
    const b = right[at];
    if (b === undefined) return 1;
    if (Array.isArray(a) && Array.isArray(b)) {
      const order = compareKeys(a, b);
      if (order !== 0) return order;
    } else if (a !== b) return a < b ? -1 : 1;
  }
  return left.length - right.length;
}

/** Negative, zero or positive, for sorting. Spellings of one version (`1.0`, `1.0.0`) are equal. */
export function compareVersions(left: string, right: string): number {
  return Math.sign(compareKeys(versionKey(left), versionKey(right)));
}

/** PEP 440: alphas, betas, candidates and development releases. What is no PEP 440 version is none. */
export function isPrerelease(version: string): boolean {
  const groups = PEP440.exec(version)?.groups;
  return groups?.['pre'] !== undefined || groups?.['dev'] !== undefined;
}
