/** Reads a configuration: text to TOML to checked settings, with everything that is wrong with it told at once. */
import { readFileSync } from 'node:fs';
import { parse as parsePath, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { JubjubError } from '../errors.ts';
import { isLoopback } from './addresses.ts';
import type { Source } from './key-spots.ts';
import { keyLines } from './lines.ts';
import { inOrder, refusal, toErrors } from './problems.ts';
import { redact } from './redact.ts';
import { readRequirements } from './requirements/read.ts';
import { configCheck, folderOf, toSettings, type Values } from './schema.ts';
import { selectionNotes, selectionProblems } from './selection-checks.ts';
import type { Settings } from './settings.ts';

/** The values of a file as TOML gives them. */
export type RawConfig = Readonly<Record<string, unknown>>;

export interface LoadedConfig {
  readonly settings: Settings;
  /** What the operator should know of settings that are right. */
  readonly notes: readonly string[];
  /** What the file says itself, before defaults. */
  readonly raw: RawConfig;
}

/** A larger file is no configuration; lists of a hundred thousand names are. */
export const CONFIG_BYTES_MAX = 16 * 1024 * 1024;

export interface LoadOptions {
  /**
   * False: what the files of `[projects] requirements` ask for is not read, for who selects nothing: a mirror is to be
   * served, and its state told, whatever became of them. @default true
   */
  readonly readsRequirements?: boolean;
}

/**
 * Reads and checks a configuration file.
 * @throws CONFIG_MISSING when there is none; CONFIG_INVALID when it cannot be read or has problems, see `readConfig`
 */
export function loadConfig(file: string, options: LoadOptions = {}): LoadedConfig {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    if (reason === 'ENOENT' || reason === 'ENOTDIR') {
      throw new JubjubError('CONFIG_MISSING', `there is no configuration file: ${file}`, {
        path: file,
        hint: 'write one with: jubjub config init, or name another with --config',
        cause,
      });
    }
    throw new JubjubError('CONFIG_INVALID', `the configuration file cannot be read: ${file}`, {
      path: file,
      expected: 'a readable file',
      received: reason,
      cause,
    });
  }
  return readConfig(decode(bytes, file), file, options);
}

/**
 * Checks the text of a configuration.
 * @param file names the text in messages; relative paths are relative to its folder
 * @throws CONFIG_INVALID; with several problems its cause is an AggregateError that holds one error for each
 */
export function readConfig(text: string, file: string, options: LoadOptions = {}): LoadedConfig {
  const source = { name: file, lines: new Map<string, number>() };
  const raw = parseToml(text, file);
  return check(raw, { ...source, lines: keyLines(text) }, resolve(file), folderOf(file), options);
}

/** Settings from values that stand in no file, as the demo has; paths must be absolute. Throws as `readConfig` does. */
export function settingsFrom(raw: RawConfig): Settings {
  return check(raw, { name: 'settings', lines: new Map() }, null, '/').settings;
}

function check(
  raw: RawConfig,
  source: Source,
  file: string | null,
  folder: string,
  { readsRequirements = true }: LoadOptions = {},
): LoadedConfig {
  const values = checkValues(raw, source, folder);
  const required = readsRequirements ? values.projects.requirements : [];
  const { asks, notes } = readRequirements(required, folder, {
    environments: values.environment,
    sites: [values.upstream.url, values.pages['base-url'] ?? ''],
    tell: (errors) => refuseProblems(errors, source),
  });
  const settings = toSettings(values, file, folder, asks);
  return {
    settings,
    notes: [
      ...contactNotes(settings),
      ...selectionNotes(settings.selection),
      ...flushNotes(settings),
      ...notes,
    ],
    raw,
  };
}

function checkValues(raw: RawConfig, source: Source, folder: string): Values {
  const { value, issues } = configCheck.issuesOf(raw);
  const refused = issues === null ? [] : toErrors(issues, raw, source);
  const places = new Set(refused.map((error) => error.facts.path));
  const insecure = plainHttpProblems(raw, source).filter((error) => !places.has(error.facts.path));
  const misplaced = rootProblems(raw, source, folder).filter((error) => !places.has(error.facts.path));
  const contradictions = issues === null ? selectionProblems(value, raw, source) : [];
  refuseProblems(inOrder([...refused, ...insecure, ...misplaced, ...contradictions], source), source);
  if (issues !== null) throw new JubjubError('INTERNAL', 'a refused configuration had no problems');
  return value;
}

/** One problem is told by itself, several as one error that counts them. */
function refuseProblems(problems: readonly JubjubError[], source: Source): void {
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw first;
  throw new JubjubError('CONFIG_INVALID', `${problems.length} problems in ${source.name}`, {
    path: source.name,
    cause: new AggregateError(problems),
  });
}

/** Contract: plain http other than to loopback needs `allow-http`. Looks at the raw values, to be told with all other problems. */
function plainHttpProblems(raw: RawConfig, source: Source): JubjubError[] {
  const upstream = (raw['upstream'] ?? {}) as Record<string, unknown>;
  const url = upstream['url'];
  if (typeof url !== 'string' || !URL.canParse(url) || upstream['allow-http'] === true) return [];
  const parsed = new URL(url);
  if (parsed.protocol !== 'http:' || parsed.hostname === '' || isLoopback(parsed.hostname)) return [];
  const facts = {
    expected: 'https, or plain http to this machine',
    hint: 'if the network between is yours, set allow-http = true in [upstream]',
  };
  return [refusal(['upstream', 'url'], raw, source, facts)];
}

/** The root of the file system is nobody's mirror: the docroot would be /web, and the state of a typing error /state. */
function rootProblems(raw: RawConfig, source: Source, folder: string): JubjubError[] {
  const { directory } = raw;
  if (typeof directory !== 'string' || directory === '') return [];
  const path = resolve(folder, directory);
  if (path !== parsePath(path).root) return [];
  const facts = { expected: 'a directory of its own', hint: 'such as "/srv/mirror"' };
  return [refusal(['directory'], raw, source, facts)];
}

/** Without a contact, upstream cannot tell anyone that their requests are trouble, only block them. */
function contactNotes({ upstream }: Settings): string[] {
  return upstream.contact === ''
    ? ['[upstream] contact is empty: give an address at which upstream can reach you; PyPI asks for one']
    : [];
}

function flushNotes({ store }: Settings): string[] {
  return store.flush === 'off'
    ? [
        '[store] flush = "off": a kill loses nothing, but after a power cut only `jubjub verify --repair` makes the mirror right again',
      ]
    : [];
}

function parseToml(text: string, file: string): RawConfig {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [firstLine = ''] = cause.message.split('\n');
    throw new JubjubError('CONFIG_INVALID', `the configuration is not valid TOML: ${file}`, {
      path: `${file}:${cause.line}:${cause.column}`,
      expected: 'TOML 1.0',
      received: redact(firstLine.replace('Invalid TOML document: ', '')),
    });
  }
}

function decode(bytes: Buffer, file: string): string {
  const refuse = (expected: string, received: string) =>
    new JubjubError('CONFIG_INVALID', `this is no configuration file: ${file}`, {
      path: file,
      expected,
      received,
    });
  if (bytes.length > CONFIG_BYTES_MAX)
    throw refuse(`at most ${CONFIG_BYTES_MAX} bytes`, `${bytes.length} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse('text in UTF-8', 'other bytes');
  }
}
