/** The needs that a walk has gathered: what is asked of each project, by whom, in little memory. */
import type { Need } from '../../catalogue/contract.ts';
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
  /** Of the newest release that does. */
  by: string;
  rank: string;
  readonly specifier: string;
  readonly extras: readonly string[];
}

/** Who asks: a release, and where it stands among those of its project. */
export interface Asker {
  readonly project: ProjectName;
  readonly by: string;
  readonly rank: string;
}

export class Gathered implements Needs {
  readonly #askings = new Map<ProjectName, Map<ProjectName, Asking[]>>();

  names(): Iterable<ProjectName> {
    return this.#askings.keys();
  }

  needsOf(name: ProjectName): readonly Need[] {
    return [...(this.#askings.get(name) ?? [])].flatMap(([of, askings]) =>
      askings.map(({ by, specifier, extras }) => ({ name, of, by, specifier, extras, sha256s: [] })),
    );
  }

  /** Releases of one project that ask for the same count as one. */
  add({ project, by, rank }: Asker, { name, specifier, extras }: Wanted): void {
    const ofName = emptyUnless(this.#askings, name, () => new Map<ProjectName, Asking[]>());
    const askings = emptyUnless(ofName, project, (): Asking[] => []);
    const known = askings.find((one) => one.specifier === specifier && sameList(one.extras, extras));
    if (known === undefined) askings.push({ by, rank, specifier, extras });
    else if (rank > known.rank) Object.assign(known, { by, rank });
  }
}

function emptyUnless<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((member, index) => member === other[index]);
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
