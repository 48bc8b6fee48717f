/** What requirement and lock files ask for: each read by its kind, held against the environments, narrowed by constraints. */
import { isJubjubError, JubjubError } from '../../errors.ts';
import type { Ask } from '../../selection/asks.ts';
import type { Environment } from '../../selection/settings.ts';
import { KEYS } from '../keys.ts';
import type { Entry, ParsedFile, TextFile } from './entry.ts';
import { type Known, knownEnvironments, mayCount, surelyCounts } from './environments.ts';
import { formatOf, type RequirementFormat } from './formats.ts';
import type { KnownHosts } from './lock.ts';
import { readPipfileLock } from './pipfile-lock.ts';
import { readPoetryLock } from './poetry-lock.ts';
import { readPylock } from './pylock.ts';
import { readRequirementsTxt } from './requirements-txt.ts';
import { RequirementSource } from './source.ts';
import { readUvLock } from './uv-lock.ts';

/** Things asked for by all files together; a larger number is no list of requirements. */
export const ASKS_MAX = 200_000;
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
      for (const ask of asksOf(parsed, known)) asks.push(ask);
      notes.push(...parsed.notes);
    } catch (error) {
      if (!isJubjubError(error)) throw error;
      problems.push(error);
    }
  }
  if (asks.length > ASKS_MAX) problems.push(tooMany(asks.length));
  tell(problems);
  const more = notes.length - NOTES_MAX;
  return { asks, notes: more <= 0 ? notes : [...notes.slice(0, NOTES_MAX), `and ${more} more like this`] };
}

/** An entry asks once for each way in which constraints narrow it in some environment where it may count. */
function asksOf({ entries, constraints }: ParsedFile, known: readonly Known[]): Ask[] {
  const byName = Map.groupBy(constraints, ({ name }) => name);
  return entries.flatMap((entry) => {
    const ways = new Map<string, Ask>();
    for (const environment of known) {
      if (!mayCount(entry.conditions, environment)) continue;
      const holding = (byName.get(entry.name) ?? []).filter(({ conditions }) =>
        surelyCounts(conditions, environment),
      );
      const ask = narrowed(entry, holding);
      ways.set(`${ask.specifier} ${ask.sha256s.join(' ')}`, ask);
    }
    return [...ways.values()];
  });
}

function narrowed({ name, specifier, extras, sha256s, by }: Entry, constraints: readonly Entry[]): Ask {
  const specifiers = [specifier, ...constraints.map((constraint) => constraint.specifier)];
  const theirs = constraints.find((constraint) => constraint.sha256s.length > 0)?.sha256s ?? [];
  return {
    name,
    specifier: [...new Set(specifiers)].filter((text) => text !== '').join(','),
    extras,
    sha256s: sha256s.length > 0 ? sha256s : theirs,
    by,
  };
}

function hostsOf(sites: readonly string[]): KnownHosts {
  return new Set(sites.flatMap((site) => (URL.canParse(site) ? [new URL(site).host] : [])));
}

function tooMany(count: number): JubjubError {
  return new JubjubError('CONFIG_INVALID', 'the requirement files ask for too much', {
    path: '[projects] requirements',
    expected: `at most ${ASKS_MAX} requirements of all files together`,
    received: String(count),
  });
}
