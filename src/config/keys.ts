/** Every key of mirror.toml in one table, which the schema, the starter file and `config check` are made from. */

import { DAY, HOUR, type Key, type KeyTable, key, needed, SECOND } from './key.ts';
import {
  ENVIRONMENT_KEYS,
  EXCEPTION_KEYS,
  FILE_RULE_KEYS,
  PROJECT_KEYS,
  RELEASE_KEYS,
} from './keys-selection.ts';
import * as kinds from './kinds.ts';

/** Sections in the order in which they are shown; the keys before any section stand under `''`. */
export const KEYS = {
  '': {
    directory: needed(
      kinds.path(true),
      './mirror',
      'Where the mirror lives; web/ below it is what a web server serves. Relative to this file.',
    ),
  },
  upstream: {
    url: needed(kinds.site, 'https://pypi.org', 'The site that is copied; /simple/ and /pypi are below it.'),
    changes: key(
      kinds.changes,
      'auto',
      'How changes are learnt: "changelog" is XML-RPC, "list" serials in /simple/, "poll" ETags; "auto" asks.',
    ),
    contact: key(
      kinds.headerText,
      '',
      'Goes into the User-Agent, so that upstream can reach you; PyPI asks for one.',
    ),
    'connect-to': key(
      kinds.hostPort,
      '',
      '"host:port" to talk to instead of the address of url (origin bypass); the Host header stays.',
    ),
    proxy: key(kinds.proxy, '', 'A proxy for all requests; else HTTPS_PROXY, HTTP_PROXY and NO_PROXY.'),
    'ca-file': key(
      kinds.path(false),
      '',
      'A PEM file with the certificate authorities to trust. Relative to this file.',
    ),
    'file-hosts': key(
      kinds.hosts,
      [],
      'More hosts ("host" or "host:port") that files may come from; upstream\'s own are known, no other is asked.',
    ),
    'allow-http': key(
      kinds.flag,
      false,
      'Allows plain http to other machines, where anyone on the way can read and change it.',
    ),
    expiry: key(
      kinds.duration(SECOND, 30 * DAY),
      '30m',
      'How long a page counts as fresh; for upstreams without serials only.',
    ),
    'page-connections': key(kinds.wholeNumber(1, 64), 6, 'Connections for pages at a time; be polite.'),
    'file-connections': key(kinds.wholeNumber(1, 64), 4, 'Connections for files at a time.'),
    http2: key(
      kinds.flag,
      true,
      'HTTP/2 where the server offers it: several requests at a time on each connection.',
    ),
    rate: key(kinds.rate, '', 'No more bytes a second than this, over all connections, such as "20MB/s".'),
    timeout: key(
      kinds.duration(SECOND, HOUR),
      '30s',
      'A request fails after no byte for this long; never a limit on a whole transfer.',
    ),
  },
  sync: {
    replay: key(
      kinds.duration(0, 7 * DAY),
      '15m',
      'Changes this long before the committed serial are done again, for pages that lagged behind them.',
    ),
    settle: key(
      kinds.duration(0, HOUR),
      '0s',
      'Wait between reading the changelog and asking for the first page.',
    ),
    'stale-patience': key(
      kinds.duration(0, HOUR),
      '60s',
      'How long a page older than its change is asked for again before the project is pending.',
    ),
    reconcile: key(
      kinds.share,
      '1/168',
      'This share of all projects is revalidated each run, for changes that no changelog tells; or "off".',
    ),
    'pending-limit': key(
      kinds.wholeNumber(1, 1_000_000),
      1000,
      'A run stops when more projects than this are pending.',
    ),
    'removal-limit': key(
      kinds.removalLimit,
      'max(20, 1%)',
      'More removals of projects than this in a run are not applied: 20, "1%", or the larger of both.',
    ),
  },
  projects: PROJECT_KEYS,
  releases: RELEASE_KEYS,
  files: {
    mirror: key(
      kinds.flag,
      true,
      'Bring the files here; false copies the pages only, and their links point upstream.',
    ),
    metadata: key(
      kinds.flag,
      true,
      'Bring the core metadata of wheels too (PEP 658), which makes pip faster.',
    ),
    provenance: key(kinds.flag, true, 'Bring the attestations of files too (PEP 740).'),
    ...FILE_RULE_KEYS,
  },
  pages: {
    'base-url': key(
      kinds.baseUrl,
      '',
      'The address that web/ is served at, for links that must be absolute (attestations, JSON API).',
    ),
    'json-api': key(
      kinds.flag,
      false,
      'Mirror /pypi/<name>/json too, for tools that need it; one more request for each project.',
    ),
    precompress: key(
      kinds.flag,
      false,
      'Keep a gzipped twin beside each page, which web servers send without compressing anew.',
    ),
  },
  prune: {
    'hide-after': key(
      kinds.duration(0, 3650 * DAY),
      '15m',
      'A file leaves the docroot this long after no page links to it; a quarantined one at once.',
    ),
    'delete-after': key(kinds.duration(0, 3650 * DAY), '14d', 'And the trash this long after that.'),
  },
  store: {
    flush: key(
      kinds.flush,
      'wave',
      'When writes are flushed: "wave", all at once; "file", one by one; "off", never: a power cut may lose some.',
    ),
  },
} as const;

export type Keys = typeof KEYS;
export type SectionName = keyof Keys;

/** Tables that stand in the file as often as there is something to say, each as `[[name]]`. */
export const TABLES = {
  exception: {
    keys: EXCEPTION_KEYS,
    why: 'Other values of keys of [releases] and [files] for some projects; of several, the later ones count.',
  },
  environment: {
    keys: ENVIRONMENT_KEYS,
    why: 'A Python somewhere, for which dependencies are complete and markers are read; any number of them.',
  },
} as const;

export type Tables = typeof TABLES;
export type TableName = keyof Tables;

/** One row of the table. */
export interface KeyRow {
  readonly section: SectionName;
  readonly name: string;
  readonly key: Key<unknown>;
}

/** The table as rows, in order. */
export const KEY_ROWS: readonly KeyRow[] = (Object.keys(KEYS) as SectionName[]).flatMap((section) =>
  Object.entries<Key<unknown>>(KEYS[section]).map(([name, row]) => ({ section, name, key: row })),
);

export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** The keys of a section, or of a table that may stand there several times; null when there is no such thing. */
export function keysOf(section: string): KeyTable | null {
  if (Object.hasOwn(KEYS, section)) return KEYS[section as SectionName];
  return Object.hasOwn(TABLES, section) ? TABLES[section as TableName].keys : null;
}

/** How a key is written in messages: `directory`, `[upstream] url`. */
export function keyPath(section: string, name: string): string {
  return section === '' ? name : `[${section}] ${name}`;
}
