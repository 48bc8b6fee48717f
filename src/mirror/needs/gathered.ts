/** The needs that a walk has gathered: what is asked of each project, by whom, in little memory. */
import type { Need } from '../../catalogue/contract.ts';
import { JubjubError } from '../../errors.ts';
import { sha256Of } from '../../pypi/digests.ts';
import type { ProjectName } from '../../pypi/types.ts';
import type { Wanted } from './requirements.ts';

/** The needs of one time, by the name of what is needed: read one project at a time, for there may be hundreds of thousands. */
export interface Needs {
  names(): Iterable<ProjectName>;
  /** Empty for what nothing needs. */
  needsOf(name: ProjectName): readonly Need[];
}

/** What one project asks of another, in one way. */
interface Asking {
  readonly of: ProjectName;
  /** Of the newest release that does. */
  by: string;
  rank: string;
  readonly specifier: string;
  readonly extras: readonly string[];
}

/** What is asked of one project. */
interface Asked {
  /** By who asks, and what. */
  readonly askings: Map<string, Asking>;
  /** How many of them are each project's. */
  readonly counts: Map<ProjectName, number>;
}

/** Projects that are released together ask for a release each, some 2,000 of them. Beyond it any release is asked for. */
export const ASKINGS_PER_PAIR_MAX = 10_000;
/** All that is remembered; some 300 MB of memory. */
export const NEEDS_MAX = 1_000_000;

/** Who asks: a release, and where it stands among those of its project. */
export interface Asker {
  readonly project: ProjectName;
  readonly by: string;
  readonly rank: string;
}

export class Gathered implements Needs {
  readonly #asked = new Map<ProjectName, Asked>();
  readonly #max: number;
  #size = 0;

  constructor(max = NEEDS_MAX) {
    this.#max = max;
  }

  names(): Iterable<ProjectName> {
    return this.#asked.keys();
  }

  needsOf(name: ProjectName): readonly Need[] {
    const askings = this.#asked.get(name)?.askings.values() ?? [];
    return [...askings].map(({ of, by, specifier, extras }) => ({
      name,
      of,
      by,
      specifier,
      extras,
      sha256s: [],
    }));
  }

  /**
   * Releases of one project that ask for the same count as one. Returns the specifier that stands for it from now on.
   *
   * @throws JubjubError LIMIT_NEEDS when there are more than can be remembered
   */
  add({ project, by, rank }: Asker, { name, specifier, extras }: Wanted): string {
    const asked = emptyUnless(this.#asked, name, () => ({ askings: new Map(), counts: new Map() }));
    const key = `${project}\n${specifier}\n${extras}`;
    const known = asked.askings.get(key);
    if (known !== undefined) {
      if (rank > known.rank) Object.assign(known, { by, rank });
      return specifier;
    }
    const count = asked.counts.get(project) ?? 0;
    const isAny = specifier === '' && extras.length === 0;
    if (count >= ASKINGS_PER_PAIR_MAX && !isAny)
      return this.add({ project, by, rank }, { name, specifier: '', extras: [] });
    if (this.#size >= this.#max) throw tooMany(this.#max, by);
    asked.askings.set(key, { of: project, by, rank, specifier, extras });
    asked.counts.set(project, count + 1);
    this.#size++;
    return specifier;
  }
}

function tooMany(max: number, by: string): JubjubError {
  return new JubjubError('LIMIT_NEEDS', `there are more than ${max} needs of one project by another`, {
    expected: `at most ${max}`,
    received: `more, ${by} among those that ask`,
    effect:
      'nothing new is brought in for being needed, and nothing leaves; what is asked for by name is up to date',
    hint: 'keep fewer releases (`[releases] latest`), declare an `[[environment]]`, or turn off `[projects] dependencies`',
  });
}

function emptyUnless<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Both: where something could not be asked for, what was needed before is needed still. */
export function unionOf(one: Needs, other: Needs): Needs {
  return {
    names: () => new Set([...one.names(), ...other.names()]),
    needsOf: (name) => [
      ...new Map([...one.needsOf(name), ...other.needsOf(name)].map((need) => [spell(need), need])).values(),
    ],
  };
}

/** Stands for the needs of one project; the same for the same ones, in whatever order. */
export function signatureOf(needs: readonly Need[]): string {
  return sha256Of(needs.map(spell).sort().join('\n\n'));
}

function spell({ of, by, specifier, extras }: Need): string {
  return [of, by, specifier, ...extras.toSorted()].join('\n');
}
