/** The check of mirror.toml, made from the table of keys, and the step from its words to the settings. */
import { dirname, resolve } from 'node:path';
import type { Ask } from '../selection/asks.ts';
import { type Check, listOf, tableWithOnly } from './check.ts';
import type { Key, KeyTable } from './key.ts';
import { KEYS, type Keys, type SectionName, TABLE_NAMES, TABLES, type Tables } from './keys.ts';
import { toSelectionSettings } from './selection-settings.ts';
import type { Settings } from './settings.ts';

type ValuesOf<S> = { [K in keyof S]: S[K] extends Key<infer T> ? T : never };
/** A table that may stand there several times: what it does not say itself is not there. */
type TableValues<S> = Partial<ValuesOf<S>>;
type TopValues = ValuesOf<Keys['']>;
/** What the check makes of a file: every key present, in the words of the file. */
export type Values = TopValues & { [S in Exclude<SectionName, ''>]: ValuesOf<Keys[S]> } & {
  exception: (TableValues<Tables['exception']['keys']> & { projects: string[] })[];
  environment: ValuesOf<Tables['environment']['keys']>[];
};

/** Tables of one name in a file; more are a mistake. */
const TABLES_MAX = 1000;

function keyChecks(keys: KeyTable): Record<string, Check<unknown>> {
  // The default is written as the operator would write it, so it passes through the same checks.
  return checksOf(keys, ({ kind, value, needed }) => (needed ? kind.check : kind.check.prefault(value)));
}

function checksOf(
  keys: KeyTable,
  checkOf: (key: Key<unknown>) => Check<unknown>,
): Record<string, Check<unknown>> {
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, checkOf(key)]));
}

function buildCheck(): Check<Values> {
  const shape = keyChecks(KEYS['']);
  for (const section of Object.keys(KEYS) as SectionName[]) {
    if (section !== '') shape[section] = tableWithOnly(keyChecks(KEYS[section])).prefault({});
  }
  for (const name of TABLE_NAMES) {
    const keys = checksOf(TABLES[name].keys, ({ kind, needed }) =>
      needed ? kind.check : kind.check.optional(),
    );
    shape[name] = listOf(tableWithOnly(keys), TABLES_MAX).prefault([]);
  }
  return tableWithOnly(shape) as unknown as Check<Values>;
}

export const configCheck: Check<Values> = buildCheck();

/**
 * The settings that checked values stand for.
 * @param file absolute path of the configuration file, or null when there is none
 * @param folder what relative paths are relative to
 * @param requirements what the requirement files ask for; null: none are named
 */
export function toSettings(
  values: Values,
  file: string | null,
  folder: string,
  requirements: readonly Ask[] | null,
): Settings {
  const { upstream, sync, files, pages, prune, store } = values;
  return {
    file,
    directory: resolve(folder, values.directory),
    upstream: {
      url: upstream.url,
      changes: upstream.changes,
      contact: upstream.contact,
      connectTo: upstream['connect-to'],
      proxy: upstream.proxy,
      caFile: upstream['ca-file'] === '' ? null : resolve(folder, upstream['ca-file']),
      fileHosts: upstream['file-hosts'],
      allowHttp: upstream['allow-http'],
      expiryMs: upstream.expiry,
      pageConnections: upstream['page-connections'],
      fileConnections: upstream['file-connections'],
      http2: upstream.http2,
      rateBytesPerSecond: upstream.rate,
      timeoutMs: upstream.timeout,
    },
    sync: {
      replayMs: sync.replay,
      settleMs: sync.settle,
      stalePatienceMs: sync['stale-patience'],
      reconcileShare: sync.reconcile,
      pendingLimit: sync['pending-limit'],
      removalLimit: sync['removal-limit'],
    },
    selection: toSelectionSettings(values, requirements),
    files: { mirror: files.mirror, metadata: files.metadata, provenance: files.provenance },
    pages: {
      baseUrl: pages['base-url'],
      jsonApi: pages['json-api'],
      precompress: pages.precompress,
    },
    prune: { hideAfterMs: prune['hide-after'], deleteAfterMs: prune['delete-after'] },
    store: { flush: store.flush },
  };
}

/** The folder that relative paths of a configuration file are relative to. */
export function folderOf(file: string): string {
  return dirname(resolve(file));
}
