/** The configuration as text: the commented starter file, and the effective settings that `config check` prints. */
import { resolve } from 'node:path';
import type { KeyTable, TomlValue } from './key.ts';
import { KEY_ROWS, type KeyRow, keyPath, TABLE_NAMES, TABLES, type TableName } from './keys.ts';
import type { LoadedConfig, RawConfig } from './load.ts';
import { redact, redactValue } from './redact.ts';
import { folderOf } from './schema.ts';
import { tomlValue } from './toml-text.ts';

/** A complete, commented mirror.toml: needed keys set, every other key with its default, commented out. */
export function starterConfig(): string {
  const lines = [
    '# The configuration of a jubjub mirror. Check it with: jubjub config check',
    '# Needed are `directory` and `[upstream] url`; every other key stands here with its default.',
  ];
  let section = '';
  for (const row of KEY_ROWS) {
    lines.push('');
    if (row.section !== section) {
      section = row.section;
      lines.push(`[${section}]`);
    }
    const setting = `${row.name} = ${tomlValue(row.key.value)}`;
    lines.push(`# ${row.key.why}`);
    lines.push(row.key.needed ? setting : `#${setting}`);
  }
  // At the end: a key of theirs without its header would fall into the section above, where none of them is known.
  for (const name of TABLE_NAMES) lines.push('', `# ${TABLES[name].why}`, ...exampleTable(name));
  return `${lines.join('\n')}\n`;
}

/** A table as it might be, commented out as a whole; every key of an exception is explained with its section. */
function exampleTable(name: TableName): string[] {
  const keys = Object.entries<KeyTable[string]>(TABLES[name].keys).filter(([, key]) => key.needed);
  const settings = keys.flatMap(([key, { why, value }]) => [`# ${why}`, `#${key} = ${tomlValue(value)}`]);
  return [`#[[${name}]]`, ...settings, ...(name === 'exception' ? ['#platforms = ["linux_x86_64"]'] : [])];
}

/** The effective settings as TOML, without credentials; what the file does not say itself is marked. */
export function effectiveConfig({ settings, raw }: LoadedConfig): string {
  const lines: string[] = [];
  let section = '';
  for (const row of KEY_ROWS) {
    if (row.section !== section) {
      section = row.section;
      lines.push('', `[${section}]`);
    }
    const written = writtenValue(row, raw);
    const setting = `${row.name} = ${shown(completed(row, settings, raw) ?? written ?? row.key.value)}`;
    lines.push(written === undefined ? `${setting.padEnd(32)} # default` : setting);
  }
  for (const name of TABLE_NAMES) lines.push(...writtenTables(name, raw));
  return `${lines.join('\n')}\n`;
}

function writtenTables(name: TableName, raw: RawConfig): string[] {
  const tables = (raw[name] ?? []) as readonly Readonly<Record<string, TomlValue>>[];
  return tables.flatMap((table) => [
    '',
    `[[${name}]]`,
    ...Object.entries(table).map(([key, value]) => `${key} = ${shown(value)}`),
  ]);
}

function writtenValue({ section, name }: KeyRow, raw: RawConfig): TomlValue | undefined {
  const table = (section === '' ? raw : raw[section]) as Record<string, TomlValue> | undefined;
  return table?.[name];
}

/** Values that the loader completes: paths, and the address without its trailing slash. */
function completed(row: KeyRow, settings: LoadedConfig['settings'], raw: RawConfig): TomlValue | undefined {
  switch (keyPath(row.section, row.name)) {
    case 'directory':
      return settings.directory;
    case '[upstream] url':
      return settings.upstream.url;
    case '[upstream] ca-file':
      return settings.upstream.caFile ?? undefined;
    case '[projects] requirements': {
      const folder = settings.file === null ? '/' : folderOf(settings.file);
      const files = (writtenValue(row, raw) ?? []) as readonly string[];
      return files.map((file) => resolve(folder, file));
    }
    default:
      return undefined;
  }
}

function shown(value: TomlValue): string {
  return redact(tomlValue(typeof value === 'string' ? redactValue(value) : value));
}
