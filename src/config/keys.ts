/** Every key of mirror.toml in one table, which the schema, the starter file and `config check` are made from. */

import type { Kind } from './kinds.ts';
import * as kinds from './kinds.ts';

export interface Key<T> {
  readonly kind: Kind<T>;
  /** What stands in the file when it says nothing; for a needed key, what the starter file suggests. */
  readonly value: TomlScalar | readonly string[];
  readonly needed: boolean;
  /** One line on what it does and why one would set it. */
  readonly why: string;
}

export type TomlScalar = string | number | boolean;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A key with a default. */
function key<T>(kind: Kind<T>, value: Key<T>['value'], why: string): Key<T> {
  return { kind, value, needed: false, why };
}

/** A key without which there is no mirror. */
function needed<T>(kind: Kind<T>, value: Key<T>['value'], why: string): Key<T> {
  return { kind, value, needed: true, why };
}

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
  projects: {
    allow: key(kinds.patterns, [], 'Only these projects, by name or glob such as "acme-*"; empty means all.'),
    block: key(kinds.patterns, [], 'Never these projects, even if they are allowed.'),
  },
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
} as const;

export type Keys = typeof KEYS;
export type SectionName = keyof Keys;

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

/** How a key is written in messages: `directory`, `[upstream] url`. */
export function keyPath(section: string, name: string): string {
  return section === '' ? name : `[${section}] ${name}`;
}
