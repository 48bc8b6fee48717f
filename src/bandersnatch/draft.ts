/** A mirror.toml in the making: what goes into it, and what became of each key of the bandersnatch.conf. */
import type { ConfKey } from './conf.ts';

export type TomlScalar = string | number | boolean;

/** An entry of a list, and what is said behind it. */
export interface Listed {
  readonly value: string;
  readonly note: string | null;
}

/** One key of the mirror.toml; `section` is as in its header, such as `projects.metadata`. */
export interface Item {
  readonly section: string;
  readonly key: string;
  readonly value: TomlScalar | readonly Listed[];
  /** Stand above it. */
  readonly notes: readonly string[];
}

/** An `[[exception]]`. */
export interface ExceptionItem {
  readonly projects: readonly string[];
  readonly keys: readonly (readonly [key: string, value: TomlScalar | readonly string[]])[];
  readonly notes: readonly string[];
}

/** What became of a key of the bandersnatch.conf. */
export interface Fate {
  readonly key: ConfKey;
  /** `[files] types`; null: nothing stands for it. */
  readonly to: string | null;
  /** jubjub is as the key says without having one. */
  readonly isSo: boolean;
  readonly notes: readonly string[];
}

/** Notes on one key; what is wrong with a thousand lines need not be told a thousand times. */
const NOTES_MAX = 20;

export class Draft {
  readonly #items = new Map<string, Item>();
  readonly #exceptions: ExceptionItem[] = [];
  readonly #fates = new Map<ConfKey, Fate>();

  /** In the order in which they came; of one key only the last. */
  get items(): readonly Item[] {
    return [...this.#items.values()];
  }

  get exceptions(): readonly ExceptionItem[] {
    return this.#exceptions;
  }

  /** By line. */
  get fates(): readonly Fate[] {
    return [...this.#fates.values()].sort((a, b) => a.key.line - b.key.line);
  }

  item(section: string, key: string): Item | undefined {
    return this.#items.get(`${section}\0${key}`);
  }

  knows(key: ConfKey): boolean {
    return this.#fates.has(key);
  }

  /** The key says this; `from` is null for what is said though no key asked for it. */
  set(
    from: ConfKey | null,
    section: string,
    key: string,
    value: TomlScalar,
    ...notes: readonly string[]
  ): void {
    this.#put({ section, key, value, notes: located(from, notes) });
    this.#fated(from, placeOf(section, key), []);
  }

  /** Adds to a list; entries that are there already are not repeated. */
  list(
    from: ConfKey | null,
    section: string,
    key: string,
    entries: readonly (string | Listed)[],
    ...notes: readonly string[]
  ): void {
    const before = this.item(section, key);
    const listed = new Map((Array.isArray(before?.value) ? before.value : []).map((one) => [one.value, one]));
    for (const entry of entries) {
      const one = typeof entry === 'string' ? { value: entry, note: null } : entry;
      if (!listed.has(one.value)) listed.set(one.value, one);
    }
    this.#put({
      section,
      key,
      value: [...listed.values()],
      notes: [...new Set([...(before?.notes ?? []), ...located(from, notes)])],
    });
    this.#fated(from, placeOf(section, key), []);
  }

  except(
    from: ConfKey | null,
    projects: readonly string[],
    keys: ExceptionItem['keys'],
    ...notes: readonly string[]
  ): void {
    this.#exceptions.push({ projects, keys, notes: located(from, notes) });
    this.#fated(from, '[[exception]]', []);
  }

  /** The key has no equivalent, or a part of it has none. */
  comment(from: ConfKey, note: string): void {
    this.#fated(from, null, [note]);
  }

  /** What the key says is so here without a key. */
  isSo(from: ConfKey): void {
    if (!this.knows(from)) this.#fates.set(from, { key: from, to: null, isSo: true, notes: [] });
  }

  /** Takes back what cannot stand in a mirror.toml, which expects something else. */
  remove(item: Item, expected: string): void {
    this.#items.delete(`${item.section}\0${item.key}`);
    for (const [key, fate] of this.#fates) {
      if (fate.to === placeOf(item.section, item.key))
        this.#fates.set(key, {
          ...fate,
          to: null,
          notes: [...fate.notes, `jubjub does not accept what it says, but ${expected}`],
        });
    }
  }

  removeException(exception: ExceptionItem): void {
    this.#exceptions.splice(this.#exceptions.indexOf(exception), 1);
  }

  #put(item: Item): void {
    this.#items.set(`${item.section}\0${item.key}`, item);
  }

  #fated(key: ConfKey | null, to: string | null, notes: readonly string[]): void {
    if (key === null) return;
    const before = this.#fates.get(key);
    this.#fates.set(key, {
      key,
      to: before?.to ?? to,
      isSo: false,
      notes: [...(before?.notes ?? []), ...notes].slice(0, NOTES_MAX),
    });
  }
}

/** How a key of the mirror.toml is named: `directory`, `[upstream] url`. */
export function placeOf(section: string, key: string): string {
  return section === '' ? key : `[${section}] ${key}`;
}

function located(from: ConfKey | null, notes: readonly string[]): readonly string[] {
  return from === null ? notes : notes.map((note) => `line ${from.line}: ${note}`);
}
