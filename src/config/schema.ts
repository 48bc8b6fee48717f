/** The zod schema of mirror.toml, made from the table of keys, and the step from its words to the settings. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { KEYS, type Key, type Keys, type SectionName } from './keys.ts';
import type { Settings } from './settings.ts';

type ValuesOf<S> = { [K in keyof S]: S[K] extends Key<infer T> ? T : never };
type TopValues = ValuesOf<Keys['']>;
/** What the schema makes of a file: every key present, in the words of the file. */
export type Values = TopValues & { [S in Exclude<SectionName, ''>]: ValuesOf<Keys[S]> };

function keySchemas(section: SectionName): Record<string, z.ZodType> {
  const entries = Object.entries<Key<unknown>>(KEYS[section]);
  return Object.fromEntries(
    // The default is written as the operator would write it, so it passes through the same checks.
    entries.map(([name, key]) => [name, key.needed ? key.kind.schema : key.kind.schema.prefault(key.value)]),
  );
}

function buildSchema(): z.ZodType<Values> {
  const shape = keySchemas('');
  for (const section of Object.keys(KEYS) as SectionName[]) {
    if (section !== '') shape[section] = z.strictObject(keySchemas(section)).prefault({});
  }
  return z.strictObject(shape) as unknown as z.ZodType<Values>;
}

export const configSchema: z.ZodType<Values> = buildSchema();

/**
 * The settings that checked values stand for.
 * @param file absolute path of the configuration file, or null when there is none
 * @param folder what relative paths are relative to
 */
export function toSettings(values: Values, file: string | null, folder: string): Settings {
  const { upstream, sync, projects, files, pages, prune } = values;
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
    projects: { allow: projects.allow, block: projects.block },
    files: { mirror: files.mirror, metadata: files.metadata, provenance: files.provenance },
    pages: {
      baseUrl: pages['base-url'],
      jsonApi: pages['json-api'],
      precompress: pages.precompress,
    },
    prune: { hideAfterMs: prune['hide-after'], deleteAfterMs: prune['delete-after'] },
  };
}

/** The folder that relative paths of a configuration file are relative to. */
export function folderOf(file: string): string {
  return dirname(resolve(file));
}
