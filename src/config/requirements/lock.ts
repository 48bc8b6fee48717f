/** What lock files have in common: packages of one version, with digests, from an index or from elsewhere. */
import { parseSha256 } from '../../pypi/digests.ts';
import { normalizeExtra, parseMarker } from '../../pypi/marker.ts';
import { tryNormalizeName } from '../../pypi/names.ts';
import { normalizeSpecifier } from '../../pypi/specifiers.ts';
import type { ProjectName, Sha256 } from '../../pypi/types.ts';
import { redact } from '../redact.ts';
import {
  ASKS_MAX,
  badFile,
  type Condition,
  type Entry,
  type ParsedFile,
  type TextFile,
  tooMuch,
} from './entry.ts';

/** A package of a lock file, in the words that all of them have. */
export interface LockedPackage {
  readonly name: string;
  /** null: the lock file does not say. */
  readonly version: string | null;
  readonly extras: readonly string[];
  /** `sha256:…` or of other kinds. */
  readonly hashes: readonly string[];
  /** It counts when any of them holds; empty: always. */
  readonly markers: readonly string[];
  /** The address of the index that it is from; null: the usual one. */
  readonly index: string | null;
  /** For people, where it is from when that is no index: `git https://…`; null: it is from an index. */
  readonly elsewhere: string | null;
  /** From 1; null: nobody knows. */
  readonly line: number | null;
}

/** The hosts at which the upstream may be known to those who made the lock file. */
export type KnownHosts = ReadonlySet<string>;

/** Characters of a value in a message. */
const TEXT_TOLD_MAX = 100;
/** Names in one note; the others are counted. */
const NAMES_TOLD_MAX = 10;
/** A file of the largest size has a tenth of them, unless many of its packages share theirs. */
const DIGESTS_MAX = 1_000_000;

/** A lock file's packages as entries; what no upstream can have is told in notes. */
export function parseLock(file: TextFile, packages: readonly LockedPackage[], hosts: KnownHosts): ParsedFile {
  const entries: Entry[] = [];
  const elsewhere: string[] = [];
  const trusted = new Map<string, string[]>();
  const untrusted = new Map<string, string[]>();
  let digests = 0;
  for (const locked of packages) {
    const name = nameOf(file, locked);
    if (locked.elsewhere !== null) {
      elsewhere.push(`${name} (${redact(locked.elsewhere)})`);
      continue;
    }
    digests += locked.hashes.length;
    if (entries.length >= ASKS_MAX) throw tooMuch(file, `${ASKS_MAX} packages`);
    if (digests > DIGESTS_MAX) throw tooMuch(file, `${DIGESTS_MAX} digests of all packages together`);
    const sha256s = digestsOf(file, locked);
    if (locked.index !== null && !isKnown(locked.index, hosts)) {
      const list = sha256s.length > 0 ? trusted : untrusted;
      const names = list.get(locked.index);
      if (names === undefined) list.set(locked.index, [name]);
      else names.push(name);
      // Without a digest it could be anybody's project of that name.
      if (sha256s.length === 0) continue;
    }
    entries.push({
      name,
      specifier: specifierOf(locked.version),
      extras: [...new Set(locked.extras.map(normalizeExtra))].sort(),
      sha256s,
      conditions: conditionsOf(locked.markers),
      by: `${file.shown}${locked.line === null ? '' : `:${locked.line}`}`,
    });
  }
  const say = (names: readonly string[], what: string) => `${file.shown}: ${what}: ${told(names)}`;
  const notes = [
    ...(elsewhere.length > 0 ? [say(elsewhere, 'on no index, so not mirrored')] : []),
    ...[...trusted].map(([index, names]) =>
      say(names, `from another index (${redact(index)}), so mirrored only where upstream has the same files`),
    ),
    ...[...untrusted].map(([index, names]) =>
      say(names, `from another index (${redact(index)}) and without digests, so not mirrored`),
    ),
  ];
  return { entries, constraints: [], notes };
}

function told(names: readonly string[]): string {
  const more = names.length - NAMES_TOLD_MAX;
  return more <= 0 ? names.join(', ') : `${names.slice(0, NAMES_TOLD_MAX).join(', ')} and ${more} more`;
}

function nameOf(file: TextFile, { name, line }: LockedPackage): ProjectName {
  const normalized = tryNormalizeName(name);
  if (normalized !== null) return normalized;
  throw badFile(file, line, {
    expected: 'the name of a project',
    received: JSON.stringify(name.slice(0, TEXT_TOLD_MAX)),
  });
}

function digestsOf(file: TextFile, { hashes, line }: LockedPackage): Sha256[] {
  const digests = hashes
    .filter((hash) => hash.startsWith('sha256:'))
    .map((hash) => {
      const digest = parseSha256(hash.slice('sha256:'.length));
      if (digest !== null) return digest;
      throw badFile(file, line, {
        expected: 'sha256: and 64 hex digits',
        received: JSON.stringify(hash.slice(0, TEXT_TOLD_MAX)),
      });
    });
  return [...new Set(digests)];
}

/** Exactly this version; one that is not PEP 440 is compared as text. */
function specifierOf(version: string | null): string {
  if (version === null) return '';
  return normalizeSpecifier(`==${version}`) === null ? `===${version}` : `==${version}`;
}

/** A marker that cannot be read (PEP 751 has variables of its own) takes nothing away. */
function conditionsOf(markers: readonly string[]): Condition[] {
  const conditions = markers.map((text) => {
    const marker = parseMarker(text);
    return marker === null ? null : { marker, extras: extrasIn(text) };
  });
  return conditions.includes(null) ? [] : (conditions as Condition[]);
}

/** A lock file has what every extra needs, and nobody says which of them will be installed: all that it names count. */
function extrasIn(marker: string): string[] {
  const names = [
    ...marker.matchAll(/\bextra\s*[!=]=\s*["']([^"']*)["']/g),
    ...marker.matchAll(/["']([^"']*)["']\s+(?:not\s+)?in\s+extras\b/g),
  ];
  return names.map(([, extra = '']) => normalizeExtra(extra));
}

function isKnown(index: string, hosts: KnownHosts): boolean {
  return URL.canParse(index) && hosts.has(new URL(index).host);
}
