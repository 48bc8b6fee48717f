/** Where in a configuration a value stands: which key it belongs to, how that is written, and on which line. */
import type { Key } from './key.ts';
import { KEYS, keysOf, TABLES } from './keys.ts';
import { lineKey } from './lines.ts';

/** Where the values came from; the file's name and the lines of its keys, for messages. */
export interface Source {
  readonly name: string;
  readonly lines: ReadonlyMap<string, number>;
}

export type ValuePath = readonly PropertyKey[];

export interface Spot {
  /** The section or table that the key stands in; empty before all sections. */
  readonly section: string;
  /** As the operator finds it: `directory`, `[upstream] url`, `[[exception]] 2 platforms`. */
  readonly label: string;
  /** The path of the key, or of its section or table when there is no more. */
  readonly path: ValuePath;
  /** What of the path is left below the key: the place in a list, a field. */
  readonly rest: ValuePath;
  readonly key: Key<unknown> | null;
}

/** How a section or table is written: `[sync]`, `[[exception]] 2`; nothing for what stands before all sections. */
export function sectionLabel(section: string, place?: PropertyKey): string {
  if (!Object.hasOwn(TABLES, section)) return section === '' ? '' : `[${section}]`;
  return place === undefined ? `[[${section}]]` : `[[${section}]] ${Number(place) + 1}`;
}

/** The spot that a path of values names. */
export function spotOf(path: ValuePath): Spot {
  const [first = '', second, third] = path.map(String);
  const isTable = Object.hasOwn(TABLES, first);
  const isSection = !isTable && first !== '' && Object.hasOwn(KEYS, first);
  const section = isTable || isSection ? first : '';
  const above = isTable ? 2 : isSection ? 1 : 0;
  const label = sectionLabel(section, isTable ? second : undefined);
  const name = [first, second, third][above];
  if (name === undefined) return { section, label, path, rest: [], key: null };
  const keys = keysOf(section);
  return {
    section,
    label: label === '' ? name : `${label} ${name}`,
    path: path.slice(0, above + 1),
    rest: path.slice(above + 1),
    key: keys !== null && Object.hasOwn(keys, name) ? (keys[name] as Key<unknown>) : null,
  };
}

/** File, line and key, for people; the line is that of the nearest thing around it that has one. */
export function placeOf(source: Source, path: ValuePath, label: string): string {
  for (let length = path.length; length > 0; length--) {
    const line = source.lines.get(lineKey(path.slice(0, length)));
    if (line !== undefined) return `${source.name}:${line} ${label}`;
  }
  return `${source.name} ${label}`;
}

/** The value at a path; undefined when there is none. */
export function lookUp(raw: unknown, path: ValuePath): unknown {
  return path.reduce<unknown>((at, part) => {
    const owns = typeof at === 'object' && at !== null && Object.hasOwn(at, part);
    return owns ? (at as Record<PropertyKey, unknown>)[part] : undefined;
  }, raw);
}
