/**
 * What a value from a file must be, and what it becomes: small checks that are put together to larger ones.
 *
 * A library for this takes a quarter of the start of every command (bench/nothing-new.ts); what mirror.toml and lock files need of it
 * is here.
 */

/** Something about a value, or about one inside it, that cannot be taken. */
export interface Issue {
  readonly path: readonly PropertyKey[];
  /** What should stand there, in words. */
  readonly expected: string;
  /** The check has said it in words of its own, which say more than the name of the type. */
  readonly told: boolean;
  readonly hint?: string | undefined;
  /** Names in a table that has no keys of that name. */
  readonly unknownKeys?: readonly string[];
}

/** How a check tells of what it cannot take. `path` leads from the checked value to what is wrong inside it. */
export type Tell = (expected: string, more?: Partial<Omit<Issue, 'expected'>>) => void;

/** Stands for a value that was refused; what is wrong has been told. */
export const REFUSED: unique symbol = Symbol('refused');
export type Refused = typeof REFUSED;

type Read<T> = (value: unknown, tell: Tell) => T | Refused;

/** A check of values that become a T. */
export class Check<T> {
  readonly read: Read<T>;
  /** A key with this check may be missing. */
  readonly isOptional: boolean = false;

  constructor(read: Read<T>) {
    this.read = read;
  }

  /** Only those that hold; `expected` for people, when there is more to say than the type. */
  refine(holds: (value: T) => boolean, expected?: string): Check<T> {
    return this.transform((value, tell) => {
      if (holds(value)) return value;
      tell(expected ?? 'another value', { told: expected !== undefined });
      return REFUSED;
    });
  }

  /** Makes something else of it; a refusal must be told. Not called for what was refused before. */
  transform<U>(make: (value: T, tell: Tell) => U | Refused): Check<U> {
    return new Check((value, tell) => {
      const read = this.read(value, tell);
      return read === REFUSED ? REFUSED : make(read, tell);
    });
  }

  optional(): OptionalCheck<T> {
    return new OptionalCheck(this);
  }

  /** Where it is missing, this stands there, and is checked like anything else. */
  prefault(written: unknown): Check<T> {
    return new Check((value, tell) => this.read(value === undefined ? written : value, tell));
  }

  /** All that is wrong, at once. */
  issuesOf(
    value: unknown,
  ): { readonly value: T; readonly issues: null } | { readonly value: null; readonly issues: Issue[] } {
    const issues: Issue[] = [];
    const read = this.read(value, (expected, more) =>
      issues.push({ path: [], told: false, ...more, expected }),
    );
    // A check that goes on after it has told of something has refused it all the same.
    return read === REFUSED || issues.length > 0 ? { value: null, issues } : { value: read, issues: null };
  }
}

/** A key that may be missing, and is not there then. */
export class OptionalCheck<T> extends Check<T | undefined> {
  override readonly isOptional = true;

  constructor(check: Check<T>) {
    super((value, tell) => (value === undefined ? undefined : check.read(value, tell)));
  }
}

export type Checked<C> = C extends Check<infer T> ? T : never;

type Shape = Readonly<Record<string, Check<unknown>>>;
type OptionalKeys<S> = { [K in keyof S]: S[K] extends OptionalCheck<unknown> ? K : never }[keyof S];
/** What becomes of a table whose keys have these checks. */
type Table<S> = { [K in Exclude<keyof S, OptionalKeys<S>>]: Checked<S[K]> } & {
  [K in OptionalKeys<S>]?: Checked<S[K]>;
};

function typed<T>(expected: string, is: (value: unknown) => value is T): Check<T> {
  return new Check((value, tell) => {
    if (is(value)) return value;
    tell(expected);
    return REFUSED;
  });
}

export const anything: Check<unknown> = new Check((value) => value);
export const flag: Check<boolean> = typed('true or false', (value) => typeof value === 'boolean');
export const number: Check<number> = typed('a number', (value) => typeof value === 'number');
export const date: Check<Date> = typed('a date', (value) => value instanceof Date);

export function text(charsMax: number = Number.POSITIVE_INFINITY): Check<string> {
  return typed('text', (value): value is string => typeof value === 'string' && value.length <= charsMax);
}

export function wholeNumber(min: number, max: number): Check<number> {
  return typed(
    'a whole number',
    (value): value is number => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
  );
}

/** One of a few values. */
export function oneOf<const T extends string | number>(...values: readonly T[]): Check<T> {
  const words = values.map((value) => JSON.stringify(value)).join(' or ');
  return typed(words, (value): value is T => (values as readonly unknown[]).includes(value));
}

/** The first of these that takes it. What is wrong is told of all of them together. */
export function either<A, B>(one: Check<A>, other: Check<B>): Check<A | B> {
  return new Check<A | B>((value, tell) => {
    for (const check of [one, other]) {
      const { value: read, issues } = check.issuesOf(value);
      if (issues === null) return read;
    }
    tell('something of another type');
    return REFUSED;
  });
}

/** Tells of what is inside a value, and where there. */
function inside(tell: Tell, key: PropertyKey): Tell {
  return (expected, more = {}) => tell(expected, { ...more, path: [key, ...(more.path ?? [])] });
}

export function listOf<T>(item: Check<T>, lengthMax: number = Number.POSITIVE_INFINITY): Check<T[]> {
  const list = typed('a list', (value): value is unknown[] => Array.isArray(value));
  return list
    .refine(({ length }) => length <= lengthMax)
    .transform((values, tell) => {
      const read = values.map((value, place) => item.read(value, inside(tell, place)));
      return read.includes(REFUSED) ? REFUSED : (read as T[]);
    });
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

const anyTable = typed('a table', isTable);

/** A table whose keys are names that nobody can know, each with a value of one kind. */
export function tableOf<T>(item: Check<T>): Check<Record<string, T>> {
  return anyTable.transform((table, tell) => {
    const read = Object.entries(table)
      // Nobody has a thing of this name; who writes it means what objects inherit.
      .filter(([name]) => name !== '__proto__')
      .map(([name, value]) => [name, item.read(value, inside(tell, name))]);
    return read.some(([, value]) => value === REFUSED)
      ? REFUSED
      : (Object.fromEntries(read) as Record<string, T>);
  });
}

/** The known keys of a table; null when one of them was refused. */
function knownKeys(shape: Shape, table: Record<string, unknown>, tell: Tell): [string, unknown][] | null {
  let isGood = true;
  const read = Object.entries(shape).flatMap(([name, check]): [string, unknown][] => {
    const isThere = Object.hasOwn(table, name);
    const value = check.read(isThere ? table[name] : undefined, inside(tell, name));
    if (value === REFUSED) isGood = false;
    return isThere || !check.isOptional ? [[name, value]] : [];
  });
  return isGood ? read : null;
}

/** A table with these keys and no others. */
export function tableWithOnly<S extends Shape>(shape: S): Check<Table<S>> {
  return anyTable.transform((table, tell) => {
    const read = knownKeys(shape, table, tell);
    const unknownKeys = Object.keys(table).filter((name) => !Object.hasOwn(shape, name));
    if (unknownKeys.length > 0) tell('a known key', { unknownKeys });
    return read === null || unknownKeys.length > 0 ? REFUSED : (Object.fromEntries(read) as Table<S>);
  });
}

/** A table with these keys; others stay as they are. */
export function tableWith<S extends Shape>(shape: S): Check<Table<S> & Record<string, unknown>> {
  return tableWithAll(shape, anything);
}

/** A table with these keys, and others that all are of one kind. */
export function tableWithAll<S extends Shape, T>(
  shape: S,
  others: Check<T>,
): Check<Table<S> & Record<string, T>> {
  return anyTable.transform((table, tell) => {
    const known = knownKeys(shape, table, tell);
    const rest = Object.entries(table).filter(([name]) => !Object.hasOwn(shape, name));
    const other = tableOf(others).read(Object.fromEntries(rest), tell);
    if (known === null || other === REFUSED) return REFUSED;
    return Object.fromEntries([...known, ...Object.entries(other)]) as Table<S> & Record<string, T>;
  });
}
