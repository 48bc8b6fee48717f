/** What requirement and lock files ask for: each read by its kind, held against the environments, narrowed by constraints. */
import { isJubjubError, type JubjubError } from '../../errors.ts';
import type { Ask } from '../../selection/asks.ts';
import type { Environment } from '../../selection/settings.ts';
import { KEYS } from '../keys.ts';
import { ASKS_MAX, type Entry, type ParsedFile, type TextFile, tooMuch } from './entry.ts';
import { type Known, knownEnvironments, mayCount, surelyCounts } from './environments.ts';
import { formatOf, type RequirementFormat } from './formats.ts';
import type { KnownHosts } from './lock.ts';
import { readPipfileLock } from './pipfile-lock.ts';
import { readPoetryLock } from './poetry-lock.ts';
import { readPylock } from './pylock.ts';
import { readRequirementsTxt } from './requirements-txt.ts';
import { RequirementSource } from './source.ts';
import { readUvLock } from './uv-lock.ts';

/** Constraints on one project; each of its requirements is narrowed by all of them. */
const CONSTRAINTS_PER_NAME_MAX = 1000;
/** Characters of the constraints that are put to requirements, each counted once for each requirement. */
const NARROWING_CHARS_MAX = 20_000_000;
/** Notes about all files; the others are counted. */
const NOTES_MAX = 50;

export interface RequirementContext {
  readonly environments: readonly Environment[];
  /** Addresses under which the upstream, or this mirror, may stand in lock files. */
  readonly sites: readonly string[];
  /** Throws when there is something to throw: all files are looked at before any problem is told. */
  readonly tell: (problems: readonly JubjubError[]) => void;
}

export interface Required {
  /** null: no files are named. */
  readonly asks: readonly Ask[] | null;
  /** What of the files cannot be mirrored. */
  readonly notes: readonly string[];
}

type Reader = (file: TextFile, source: RequirementSource, hosts: KnownHosts) => ParsedFile;

/** One line for each kind of file. */
const READERS: Readonly<Record<RequirementFormat, Reader>> = {
  requirements: (file, source) => readRequirementsTxt(file, source),
  uv: (file, _, hosts) => readUvLock(file, hosts),
  pylock: (file, _, hosts) => readPylock(file, hosts),
  poetry: (file, _, hosts) => readPoetryLock(file, hosts),
  pipfile: (file, _, hosts) => readPipfileLock(file, hosts),
};

/** Reads the files, whose names are relative to the folder. @throws CONFIG_INVALID through `tell` */
export function readRequirements(
  names: readonly string[],
  folder: string,
  { environments, sites, tell }: RequirementContext,
): Required {
  if (names.length === 0) return { asks: null, notes: [] };
  const source = new RequirementSource(folder);
  const hosts = hostsOf([...sites, String(KEYS.upstream.url.value)]);
  const known = knownEnvironments(environments);
  const problems: JubjubError[] = [];
  const asks: Ask[] = [];
  const notes: string[] = [];
  for (const name of names) {
    try {
      const file = source.read(name, '[projects] requirements');
      const parsed = READERS[formatOf(name) ?? 'requirements'](file, source, hosts);
      for (const note of parsed.notes) notes.push(note);
      for (const ask of asksOf(file, parsed, known)) {
        asks.push(ask);
        if (asks.length > ASKS_MAX) throw tooMuch(file, `${ASKS_MAX} requirements of all files together`);
      }
    } catch (error) {
      if (!isJubjubError(error)) throw error;
      problems.push(error);
      if (asks.length > ASKS_MAX) break;
    }
  }
  tell(problems);
  const more = notes.length - NOTES_MAX;
  return { asks, notes: more <= 0 ? notes : [...notes.slice(0, NOTES_MAX), `and ${more} more like this`] };
}

/** An entry asks once for each way in which constraints narrow it in some environment where it may count. */
function* asksOf(
  file: TextFile,
  { entries, constraints }: ParsedFile,
  known: readonly Known[],
): Generator<Ask> {
  const byName = Map.groupBy(constraints, ({ name }) => name);
  for (const [name, { length }] of byName) {
    if (length > CONSTRAINTS_PER_NAME_MAX)
      throw tooMuch(file, `${CONSTRAINTS_PER_NAME_MAX} constraints on ${name}`);
  }
  let left = NARROWING_CHARS_MAX;
  for (const entry of entries) {
    const ways: Ask[] = [];
    const own = byName.get(entry.name) ?? [];
    for (const environment of known) {
      if (!mayCount(entry.conditions, environment)) continue;
      for (const { specifier } of own) left -= specifier.length + 1;
      if (left < 0)
        throw tooMuch(file, `${NARROWING_CHARS_MAX} characters of constraints, counted for each requirement`);
      const ask = narrowed(
        entry,
        own.filter(({ conditions }) => surelyCounts(conditions, environment)),
      );
      const isNew = ways.every(
        ({ specifier, sha256s }) => specifier !== ask.specifier || sha256s !== ask.sha256s,
      );
      if (isNew) ways.push(ask);
    }
    yield* ways;
  }
}

function narrowed(entry: Entry, constraints: readonly Entry[]): Ask {
  const { name, specifier, extras, sha256s, by } = entry;
  const specifiers = [specifier, ...constraints.map((constraint) => constraint.specifier)];
  const hashed = sha256s.length > 0 ? entry : constraints.find((one) => one.sha256s.length > 0);
  return {
    name,
    specifier: [...new Set(specifiers)].filter((text) => text !== '').join(','),
    extras,
    sha256s: (hashed ?? entry).sha256s,
    by,
  };
}

function hostsOf(sites: readonly string[]): KnownHosts {
  return new Set(sites.flatMap((site) => (URL.canParse(site) ? [new URL(site).host] : [])));
}
