/** Requirements as texts, read once, and held against the environments for which they are to be answered. */
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

interface Place {
  /** null: any. */
  readonly python: string | null;
  readonly variables: MarkerVariables;
}

export interface Read extends Wanted {
  readonly url: string | null;
  readonly marker: Marker | null;
  /** For each place: does it count there without extras? */
  readonly counts: readonly boolean[];
}

/** A text: why it cannot be followed. */
export type Reading = Read | string;

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

  /** Does it count in one of these environments, with these extras? */
  counts({ marker, counts }: Read, open: readonly boolean[], extras: readonly string[]): boolean {
    for (const [index, { variables }] of this.#places.entries()) {
      if (open[index] !== true) continue;
      if (counts[index] === true) return true;
      if (marker !== null && extras.length > 0 && evaluateMarker(marker, variables, extras) !== false)
        return true;
    }
    return false;
  }

  /** The environments whose Python may install the file; the same list for the same text, while it is remembered. */
  openTo(requiresPython: string | null): readonly boolean[] {
    const text = requiresPython ?? '';
    const known = this.#pythons.get(text);
    if (known !== undefined) return known;
    const open = this.#places.map(
      ({ python }) => python === null || text === '' || admitsPython(text, python) !== false,
    );
    remember(this.#pythons, text, open);
    return open;
  }

  read(text: string): Reading {
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
