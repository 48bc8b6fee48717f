/** The configuration as text: the commented starter file, and the effective settings that `config check` prints. */
import { KEY_ROWS, type Key, type KeyRow, keyPath } from './keys.ts';
import type { LoadedConfig } from './load.ts';
import { redact } from './redact.ts';

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
  return `${lines.join('\n')}\n`;
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
    const setting = `${row.name} = ${redact(tomlValue(absolute(row, settings) ?? written ?? row.key.value))}`;
    lines.push(written === undefined ? `${setting.padEnd(32)} # default` : setting);
  }
  return `${lines.join('\n')}\n`;
}

function writtenValue(
  { section, name }: KeyRow,
  raw: LoadedConfig['raw'],
): Key<unknown>['value'] | undefined {
  const table = (section === '' ? raw : raw[section]) as Record<string, unknown> | undefined;
  return table?.[name] as Key<unknown>['value'] | undefined;
}

/** Values that the loader completes: paths, and the address without its trailing slash. */
function absolute({ section, name }: KeyRow, settings: LoadedConfig['settings']): string | undefined {
  switch (keyPath(section, name)) {
    case 'directory':
      return settings.directory;
    case '[upstream] url':
      return settings.upstream.url;
    case '[upstream] ca-file':
      return settings.upstream.caFile ?? undefined;
    default:
      return undefined;
  }
}

/** JSON's text and TOML's basic strings agree on every character that the schema lets through but DEL. */
function tomlValue(value: Key<unknown>['value']): string {
  if (Array.isArray(value)) return `[${value.map((item) => tomlValue(item)).join(', ')}]`;
  return JSON.stringify(value).replaceAll('\x7f', '\\u007f');
}
