/** Values as TOML writes them, each on one line. */
import type { TomlValue } from './key.ts';

/** The value as it stands behind a key. JSON's text and TOML's basic strings agree on every character but DEL. */
export function tomlValue(value: TomlValue): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `[${value.map((item) => tomlValue(item)).join(', ')}]`;
  if (typeof value === 'object') return tomlTable(value as Readonly<Record<string, TomlValue>>);
  return JSON.stringify(value).replaceAll('\x7f', '\\u007f');
}

function tomlTable(table: Readonly<Record<string, TomlValue>>): string {
  const entries = Object.entries(table).map(([key, value]) => `${tomlKey(key)} = ${tomlValue(value)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : tomlValue(key);
}
