/** One clause of version specifiers (PEP 440): an operator and a version, read, and held against versions. */
import { compareCodePoints } from './json.ts';
import { remembered } from './remembered.ts';
import { versionKey } from './version-key.ts';
import { isPrereleaseOf, partsOf, type VersionParts, writtenVersion } from './version-parts.ts';

/** A version that clauses are held against, its keys made once for all of them. */
export interface Subject {
  readonly text: string;
  /** Null for a version that is not PEP 440; only `===` can judge that. */
  readonly exact: ExactVersion | null;
}

interface ExactVersion {
  readonly parts: VersionParts;
  readonly key: string;
  /** Without the local label. */
  readonly publicKey: string;
}

export interface Clause {
  /** As written, without spaces. */
  readonly written: string;
  /** In the one spelling of PEP 440. */
  readonly normal: string;
  /** The version's release; null where it has none (`===` and any text). */
  readonly release: readonly string[] | null;
  /** Null: that version cannot be compared. */
  readonly holds: (subject: Subject) => boolean | null;
}

const CLAUSE = /^(===|~=|==|!=|<=|>=|<|>)\s*(\S*)$/;

/** A project's versions are asked about by several rules in a row. */
const SUBJECTS_MAX = 2_000;

export const subjectOf = remembered(SUBJECTS_MAX, (version: string): Subject => {
  const text = version.trim();
  const parts = partsOf(text);
  if (parts === null) return { text, exact: null };
  const key = versionKey(text);
  const publicKey = parts.local === null ? key : versionKey(text.slice(0, text.indexOf('+')));
  return { text, exact: { parts, key, publicKey } };
});

/** Null for what is no clause by PEP 440. */
export function readClause(text: string): Clause | null {
  const [, op = '', version = ''] = CLAUSE.exec(text.trim()) ?? [];
  if (op === '') return null;
  if (op === '===') return arbitraryClause(version);
  const isPrefix = version.endsWith('.*');
  const parts = partsOf(isPrefix ? version.slice(0, -2) : version);
  if (parts === null) return null;
  const built = isPrefix ? prefixHolds(op, parts) : plainHolds(op, parts);
  if (built === null) return null;
  return {
    written: op + version,
    normal: `${op}${writtenVersion(parts)}${isPrefix ? '.*' : ''}`,
    release: parts.release,
    holds: ({ exact }) => (exact === null ? null : built(exact)),
  };
}

/**
 * As `readClause`, and also what was let pass until 2022 and still stands in metadata: `>=3.6.*` is read as `>=3.6`, as pip
 * did and uv does. Where tools disagree (`<=3.6.*`, `>3.6.*`), the reading that lets more through.
 */
export function readLenientClause(text: string): Clause | null {
  return readClause(text) ?? readClause(withoutWildcard(text.trim()));
}

function withoutWildcard(text: string): string {
  const [, op, version = ''] = /^(<=|>=|<|>)\s*(\S+)\.\*$/.exec(text) ?? [];
  const parts = partsOf(version);
  if (op === undefined || parts === null || writtenVersion(parts) !== releaseText(parts)) return '';
  if (op === '<=') return `<${releaseText({ ...parts, release: nextRelease(parts.release) })}.dev0`;
  return `${op === '<' ? '<' : '>='}${version}`;
}

function releaseText({ epoch, release }: VersionParts): string {
  return writtenVersion({ epoch, release, pre: null, post: null, dev: null, local: null });
}

function nextRelease(release: readonly string[]): readonly string[] {
  return release.with(-1, String(BigInt(release.at(-1) ?? '0') + 1n));
}

/** PEP 440: `===` compares texts, whatever they are. pip knows versions by their normalized spelling only. */
function arbitraryClause(version: string): Clause | null {
  if (version === '' || /[;)]/.test(version)) return null;
  const parts = partsOf(version);
  const wanted = version.toLowerCase();
  return {
    written: `===${version}`,
    normal: `===${wanted}`,
    release: parts?.release ?? null,
    holds: ({ text, exact }) =>
      text.toLowerCase() === wanted || (exact !== null && writtenVersion(exact.parts) === wanted),
  };
}

type Holds = (version: ExactVersion) => boolean;

function prefixHolds(op: string, prefix: VersionParts): Holds | null {
  if (writtenVersion(prefix) !== releaseText(prefix)) return null;
  if (op === '==') return ({ parts }) => hasPrefix(parts, prefix.epoch, prefix.release);
  if (op === '!=') return ({ parts }) => !hasPrefix(parts, prefix.epoch, prefix.release);
  return null;
}

/** PEP 440, "Version matching": shorter releases are filled up with zeros. */
function hasPrefix(
  { epoch, release }: VersionParts,
  wantedEpoch: string,
  wanted: readonly string[],
): boolean {
  return epoch === wantedEpoch && wanted.every((number, at) => number === (release[at] ?? '0'));
}

function plainHolds(op: string, wanted: VersionParts): Holds | null {
  const key = versionKey(writtenVersion(wanted));
  if (op === '==' || op === '!=') {
    const isSame: Holds =
      wanted.local === null ? ({ publicKey }) => publicKey === key : (version) => version.key === key;
    return op === '==' ? isSame : (version) => !isSame(version);
  }
  if (wanted.local !== null) return null; // PEP 440: only `==` and `!=` know local labels.
  if (op === '<=') return ({ publicKey }) => compareCodePoints(publicKey, key) <= 0;
  if (op === '<') return lessHolds(wanted, key);
  if (op === '>') return greaterHolds(wanted, key);
  const isAtLeast: Holds = ({ publicKey }) => compareCodePoints(publicKey, key) >= 0;
  if (op === '>=') return isAtLeast;
  if (wanted.release.length < 2) return null; // PEP 440: `~=1` says nothing.
  const series = wanted.release.slice(0, -1);
  return (version) => isAtLeast(version) && hasPrefix(version.parts, wanted.epoch, series);
}

/** PEP 440, "Exclusive ordered comparison": `<V` has no pre-release of V, unless V is one. */
function lessHolds(wanted: VersionParts, key: string): Holds {
  const bound = isPrereleaseOf(wanted) ? key : versionKey(writtenVersion({ ...wanted, dev: '0' }));
  return (version) =>
    compareCodePoints(version.key, key) < 0 &&
    (!isPrereleaseOf(version.parts) || compareCodePoints(version.key, bound) < 0);
}

/** PEP 440, "Exclusive ordered comparison": `>V` has no post-release of V, unless V is one, and no local version of V. */
function greaterHolds(wanted: VersionParts, key: string): Holds {
  return ({ parts, key: versionsKey, publicKey }) => {
    if (compareCodePoints(versionsKey, key) <= 0 || publicKey === key) return false;
    if (wanted.post !== null || parts.post === null) return true;
    return versionKey(writtenVersion({ ...parts, post: null, dev: null, local: null })) !== key;
  };
}
