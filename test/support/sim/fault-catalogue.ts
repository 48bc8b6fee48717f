/**
 * Every fault of the protocol's sections 5, 10 and 11, by the id under which it is counted when it is done: what it is,
 * where the protocol tells of it, and who makes it.
 */

/** What it is, and its place in the protocol; for what the index does, who makes it. */
type Told = readonly [what: string, where: string];

/** Done to a request by chance or on demand: random-faults.ts. */
export const REQUEST_FAULTS = {
  call: {
    'call-html-503': ['HTML and a 503 where XML was due', '§1.1, trap 1'],
    'call-rate-limited': ['too many calls: a fault in a 200, the wait in its text', '§1.6, traps 1, 2'],
    'call-rate-limited-no-wait': ['the same without a word of how long', '§1.6'],
    'call-application-error': ['-32500 for an exception of the server', '§1.3'],
    'call-unavailable': ['-32403 service unavailable', '§1.3'],
    'call-refused-by-firewall': ['403 by rules that nobody knows', '§1.6'],
    'call-429-seconds': ['429 with Retry-After in seconds', '§1.6'],
    'call-truncated': ['breaks off inside the XML', 'trap 30'],
    'call-short-xml': ['XML that ends too early, announced so', 'trap 30'],
    'call-html-200': ['HTML in a 200', 'trap 1'],
    'call-reset': ['the connection is reset', '§1.1'],
    'call-silent': ['no answer at all', 'trap 30'],
    'call-silent-inside': ['falls silent inside the XML', 'trap 30'],
    'call-slow': ['answers late', '§1.5, trap 30'],
    'call-old-head': ['a head serial below ours, of a replica or a restored index', 'trap 32'],
    'call-503-storm': ['503 to many calls, one after the other', '§5.8'],
    'call-limit-storm': ['no call is allowed for a while', '§1.6'],
  },
  list: {
    'list-html-503': ['the edge has nothing to say', '§5.8'],
    'list-truncated': ['breaks off in the middle', 'trap 30'],
    'list-short-json': ['JSON that ends too early, announced so', 'trap 30'],
    'list-empty': ['a list of nothing', 'trap 11'],
    'list-lacks-some': ['a list that lacks a third', 'traps 10, 11'],
    'list-html-for-json': ['somebody else’s HTML', 'trap 19'],
    'list-missing': ['404', '§2.2'],
    'list-silent-inside': ['falls silent in the middle', 'trap 30'],
  },
  page: {
    'page-html-503': ['the edge has nothing to say', '§5.8'],
    'page-500': ['an error of the origin', '§5.8'],
    'page-503-date': ['503 with Retry-After as a date', '§11'],
    'page-429-seconds': ['429 with Retry-After in seconds', '§11'],
    'page-truncated': ['breaks off inside the body', 'trap 30'],
    'page-reset': ['the connection is reset', '§11'],
    'page-missing': ['a 404 that is not true', 'traps 11, 21'],
    'page-short-json': ['JSON that ends too early, announced so', 'trap 30'],
    'page-empty': ['200 and not a byte', 'trap 30'],
    'page-html-for-json': ['somebody else’s HTML', 'trap 19'],
    'page-wrong-type': ['the right bytes under a type that is none of ours', 'trap 19'],
    'page-damaged-gzip': ['a flipped bit inside gzip', '§11'],
    'page-of-another': ['the page of another project', 'trap 23'],
    'page-beyond-head': ['a serial that the index has not reached', 'traps 5, 32'],
    'page-without-serial': ['nothing tells how old it is', 'traps 6, 8'],
    'page-earlier': ['a point of presence that has missed its purges', '§5.4, trap 8'],
    'page-foreign-links': ['links that lead to another host', '§11'],
    'page-silent': ['no answer at all', 'trap 30'],
    'page-silent-inside': ['falls silent inside the body', 'trap 30'],
    'page-slow': ['comes late, and piece by piece', 'trap 30'],
    'page-drips': ['never silent for long, and too slow in all', 'trap 30'],
    'page-moved': ['301 to itself with a query', '§2.2, trap 28'],
    'page-redirect-loop': ['302 to itself, again and again', '§11'],
    'page-redirect-elsewhere': ['302 to a host that nobody knows', '§11'],
    'page-redirect-inside': ['302 to an address of the machine’s own network', '§11'],
    'page-404-storm': ['404 to many pages, one after the other', 'traps 11, 21'],
    'page-503-storm': ['503 to many pages, one after the other', '§5.8'],
  },
  file: {
    'file-503-seconds': ['503 with Retry-After in seconds', '§4.2'],
    'file-503-date': ['503 with Retry-After as a date', '§4.2'],
    'file-truncated': ['breaks off inside the body', '§11'],
    'file-reset': ['the connection is reset', '§11'],
    'file-corrupted': ['one bit is another', '§11, trap 16'],
    'file-short': ['too few bytes, announced so', '§11, trap 16'],
    'file-longer': ['more bytes than there are', '§11, trap 16'],
    'file-of-another': ['somebody else’s bytes', '§11, trap 16'],
    'file-html-200': ['HTML in a 200', '§11'],
    'file-missing': ['a 404 that is not true', '§4.2'],
    'file-403': ['403 where the storage has nothing', '§4.2'],
    'file-silent': ['no answer at all', '§11'],
    'file-silent-inside': ['falls silent inside the body', '§11'],
    'file-slow': ['comes late, and piece by piece', '§11'],
    'file-conveyor': ['302 to where it really is', '§4.4, §11'],
    'file-redirect-loop': ['302 to itself, again and again', '§11'],
    'file-redirect-elsewhere': ['302 to a host that nobody knows', '§11'],
    'file-404-storm': ['404 to many files, one after the other', '§4.2'],
    'file-503-storm': ['503 to many files, one after the other', '§4.2'],
  },
  document: {
    'document-html-503': ['the edge has nothing to say', '§5.8'],
    'document-truncated': ['breaks off inside the body', 'trap 30'],
    'document-reset': ['the connection is reset', '§11'],
    'document-missing': ['404, as for a quarantined project', '§3, §4.5, traps 13, 14'],
    'document-short-json': ['JSON that ends too early, announced so', 'trap 30'],
    'document-html-for-json': ['somebody else’s HTML', 'trap 19'],
    'document-not-acceptable': ['406 for a type that was right yesterday', '§4.5, §11'],
    'document-disabled': ['403, attestations are switched off', '§4.5'],
    'document-silent': ['no answer at all', 'trap 30'],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Told>>>>;

/** Made by the edge (cdn.ts, edge-object.ts) and the limiter (rate-limit.ts), counted when they come about. */
export const EDGE_FAULTS = {
  'edge-stale-after-purge': ['the old page for whoever asks first', '§5.3, trap 8'],
  'edge-stale-after-lifetime': ['an old page that has outlived itself', '§5.3'],
  'edge-stale-if-error': ['an old page while the origin is down', '§5.8'],
  'edge-origin-down': ['503 in HTML, for there is no old page either', '§5.8'],
  'edge-purge-lost': ['a purge that never comes', '§5.4, §11'],
  'edge-purge-late': ['a purge that comes after the row', '§5.1, §11'],
  'edge-not-purged': [
    'a row that purges nothing: the page stays behind its serial for a day',
    '§5.5, trap 7',
  ],
  'edge-cached-404': ['a 404 from before the project was there', '§5.7, trap 21'],
  'edge-other-pop': ['another point of presence than last time, with objects of its own', '§5.3, §11'],
  'edge-list-from-cache': ['a list that no purge reaches', '§5.6, traps 5, 10'],
  'limit-reached': ['a call over the limit, counted before it is tested', '§1.6, trap 2'],
} as const satisfies Readonly<Record<string, Told>>;

/** Done to all of a run in a storm (test/support/storm/weather.ts), as a replica does it that is behind or has lost projects. */
export const REPLICA_FAULTS = {
  'list-lacks-most': ['a list that has but a third of them', 'traps 10, 11'],
  'page-earlier-without-serial': ['it is old, and nothing tells how old', 'traps 6, 8'],
  'page-not-on-list': ['404 to whoever asks first for what the list lacks', 'traps 11, 21'],
} as const satisfies Readonly<Record<string, Told>>;

/** What the index itself does, by history, always, or only where a test asks for it. */
export const INDEX_TRAITS = {
  'row-odd': ['nil or unknown actions, nil names, names as uploaders spell them', 'trap 3; history.ts'],
  'rows-capped': ['a limit on rows without a flag', 'trap 4; SimOptions.changelogRowsMax'],
  'serial-gaps': ['serials that nobody gets', 'trap 6; SimOptions.gapMax'],
  'role-rows': ['roles, invitations, teams: serials that change no page', 'trap 7; history.ts'],
  'quiet-changes': ['changes without a row, keys that come and go', 'traps 9, 34, 35; quiet-history.ts'],
  recreated: ['removed and made again', 'traps 11, 12; history.ts'],
  quarantine: ['a page without files, on no list; also single releases', '§11, trap 13; history.ts'],
  'without-releases': ['a project with an empty page', 'traps 14, 22; history.ts'],
  'files-stay': ['files of what was removed can still be had', '§4.3, trap 15; the origin, always'],
  'deleted-user': ['all projects of an owner removed at once, without a purge', '§1.7, §11; history.ts'],
  'odd-versions': ['epochs, local versions, file names with + and !', 'trap 26; history.ts'],
  'no-conditions-on-files': ['the file host ignores If-None-Match', 'trap 16; the origin, always'],
  'etag-by-encoding': ['gzip and identity have validators of their own', 'trap 17; the origin, always'],
  'no-dates': ['If-Modified-Since is never looked at', 'trap 18; the origin, always'],
  'html-by-default': ['HTML to whoever asks for application/json', 'trap 19; the origin, always'],
  'name-spellings': ['display name on the list, normalized on the page', 'trap 23; the origin, always'],
  'serial-spellings': ['serials as numbers, texts or not at all', 'trap 24; test/support/dialects'],
  'times-and-yanks': [
    'times without fractions, yanks with and without reason',
    'trap 25; the origin, history.ts',
  ],
  'queries-stripped': ['no query gets past the edge', 'trap 28; edge-object.ts'],
  entities: ['< & " in reasons, so in HTML', 'trap 33; history.ts'],
  clocks: ['the mirror’s or the index’s clock jumps, either way', 'trap 6; test/support/storm'],
  'other-index': ['another index at the address', 'trap 32; test/unit/mirror-discover.test.ts'],
  'large-serials': [
    'serials at the end of what the wire carries',
    'trap 31; test/unit/upstream-xmlrpc.test.ts',
  ],
  'as-upstream-of-others': ['what we answer to devpi and others', 'trap 20; test/e2e/serve-*.test.ts'],
  'two-spellings-of-a-version': ['not made: no release is asked for by its version', 'trap 27'],
  'no-slash': ['not made: no address without its slash is asked for', 'trap 29'],
} as const satisfies Readonly<Record<string, Told>>;

export type RequestGroup = keyof typeof REQUEST_FAULTS;
type IdsOf<Group extends RequestGroup> = keyof (typeof REQUEST_FAULTS)[Group];
export type RequestFaultId = { [Group in RequestGroup]: IdsOf<Group> }[RequestGroup];
export type EdgeFaultId = keyof typeof EDGE_FAULTS;
export type ReplicaFaultId = keyof typeof REPLICA_FAULTS;
export type FaultId = RequestFaultId | EdgeFaultId | ReplicaFaultId;
