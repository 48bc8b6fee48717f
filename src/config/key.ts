/** What one key of mirror.toml is: its kind, what stands for it when it is not there, and a line on what it does. */
import type { Kind } from './kinds.ts';

export interface Key<T> {
  readonly kind: Kind<T>;
  /** What stands in the file when it says nothing; for a needed key, what the starter file suggests. */
  readonly value: TomlValue;
  readonly needed: boolean;
  /** One line on what it does and why one would set it. */
  readonly why: string;
}

export type TomlScalar = string | number | boolean;
/** As the TOML parser gives them; a Date is one of its own dates, which know how they were written. */
export type TomlValue = TomlScalar | Date | readonly string[] | Readonly<Record<string, readonly string[]>>;

/** Keys by name, in the order in which they are shown. */
export type KeyTable = Readonly<Record<string, Key<unknown>>>;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A key with a default. */
export function key<T>(kind: Kind<T>, value: TomlValue, why: string): Key<T> {
  return { kind, value, needed: false, why };
}

/** A key that must be there. */
export function needed<T>(kind: Kind<T>, value: TomlValue, why: string): Key<T> {
  return { kind, value, needed: true, why };
}
