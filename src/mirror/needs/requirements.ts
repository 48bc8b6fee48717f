/** Requirements as texts, read once, and held against the environments for which they are to be answered. */
import type { FileNeeds } from '../../catalogue/contract.ts';
import { evaluateMarker, type Marker, type MarkerVariables, markerVariables } from '../../pypi/marker.ts';
import { quote } from '../../pypi/quote.ts';
import { parseRequirement } from '../../pypi/requirement.ts';
import { admitsPython, normalizeSpecifier } from '../../pypi/specifiers.ts';
import type { ProjectName } from '../../pypi/types.ts';
import type { Environment } from '../../selection/settings.ts';

/** Texts that are remembered; most releases repeat what those before them said. */
const TEXTS_REMEMBERED_MAX = 20_000;

/** What a file needs of another project. */
export interface Wanted {
  readonly name: ProjectName;
  readonly specifier: string;
  readonly extras: readonly string[];
}

export interface Followed {
  readonly wanted: readonly Wanted[];
  /** null: all could be followed. */
  readonly trouble: string | null;
}

const NOTHING: Followed = { wanted: [], trouble: null };

interface Place {
  /** null: any. */
  readonly python: string | null;
  readonly variables: MarkerVariables;
}

interface Read extends Wanted {
  readonly url: string | null;
  readonly marker: Marker | null;
  /** For each place: does it count there without extras? */
  readonly counts: readonly boolean[];
}

/** A text: why it cannot be followed. */
type Reading = Read | string;

export class Requirements {
  readonly #places: readonly Place[];
  readonly #readings = new Map<string, Reading>();
  readonly #pythons = new Map<string, readonly boolean[]>();

  /** Without environments every marker that may be true counts. */
  constructor(environments: readonly Environment[]) {
    const declared = environments.map(({ python, platform }) => ({
      python,
      variables: markerVariables(python, platform) ?? {},
    }));
    this.#places = declared.length > 0 ? declared : [{ python: null, variables: {} }];
  }

  /**
   * For the files of one project, of which these extras are asked for: what a file needs in some environment that may use it, less
   * what a file before it was found to need in the same words; and why something in that cannot be followed.
   */
  reading(extras: readonly string[]): (needs: FileNeeds) => Followed {
    const told = new Map<readonly boolean[], Set<string>>();
    return ({ requiresPython, requiresDist }) => {
      const open = this.#openTo(requiresPython);
      if (!open.includes(true)) return NOTHING;
      const before = told.get(open) ?? new Set();
      told.set(open, before);
      const wanted: Wanted[] = [];
      let trouble: string | null = null;
      for (const text of requiresDist) {
        if (before.has(text)) continue;
        before.add(text);
        const reading = this.#read(text);
        if (typeof reading === 'string') trouble ??= reading;
        else if (reading.url === null && this.#counts(reading, open, extras)) wanted.push(reading);
      }
      return { wanted, trouble };
    };
  }

  #counts({ marker, counts }: Read, open: readonly boolean[], extras: readonly string[]): boolean {
    for (const [index, { variables }] of this.#places.entries()) {
      if (open[index] !== true) continue;
      if (counts[index] === true) return true;
      if (marker !== null && extras.length > 0 && evaluateMarker(marker, variables, extras) !== false)
        return true;
    }
    return false;
  }

  /** The environments whose Python may install the file. */
  #openTo(requiresPython: string | null): readonly boolean[] {
    const text = requiresPython ?? '';
    const known = this.#pythons.get(text);
    if (known !== undefined) return known;
    const open = this.#places.map(
      ({ python }) => python === null || text === '' || admitsPython(text, python) !== false,
    );
    remember(this.#pythons, text, open);
    return open;
  }

  #read(text: string): Reading {
    const known = this.#readings.get(text);
    if (known !== undefined) return known;
    const reading = this.#readAnew(text);
    remember(this.#readings, text, reading);
    return reading;
  }

  #readAnew(text: string): Reading {
    const requirement = parseRequirement(text);
    if (requirement === null) return `not a requirement that can be read: ${quote(text)}`;
    const { name, extras, specifier, url, marker } = requirement;
    const counts = this.#places.map(
      ({ variables }) => marker === null || evaluateMarker(marker, variables, []) !== false,
    );
    if (url !== null && counts.includes(true))
      return `a direct reference, which no index can answer: ${quote(text)}`;
    return { name, extras, specifier: normalizeSpecifier(specifier) ?? specifier, url, marker, counts };
  }
}

function remember<T>(known: Map<string, T>, text: string, value: T): void {
  if (known.size >= TEXTS_REMEMBERED_MAX) known.clear();
  known.set(text, value);
}
