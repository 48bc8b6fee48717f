/** The keys of `[mirror]`: where to, where from, and how. */
import { isLoopback, parseProxy, parseSite } from '../config/addresses.ts';
import { parseDuration } from '../config/values.ts';
import { type Conf, type ConfKey, confKey, keysOfSection, spelled, textOf } from './conf.ts';
import type { Draft } from './draft.ts';
import { MIRROR_OPTIONS, type MirrorOption } from './options.ts';
import { isBoolean, isTrue, wholeNumberOf } from './values.ts';

const DEFAULT_SITE = 'https://pypi.org';
const FILE_HOST = /^https:\/\/files\.pythonhosted\.org\/?$/;
const CONNECTIONS_MAX = 64;

/** What is done with a key; some look at other keys, too. */
type Translate = (key: ConfKey, draft: Draft, conf: Conf) => void;

/** So here, whatever the key says but for these values, of which the note tells. */
const soUnless =
  (isSo: (value: string) => boolean, note: string): Translate =>
  (key, draft) =>
    isSo(textOf(key).trim()) ? draft.isSo(key) : draft.comment(key, note);

const isFalse = (value: string) => value === '' || !isTrue(value);
const always = () => false;

const TRANSLATE: Readonly<Record<MirrorOption, Translate>> = {
  directory(key, draft, conf) {
    const backend = confKey(conf, 'mirror', 'storage-backend');
    if (backend !== null && textOf(backend) !== 'filesystem') {
      draft.comment(key, `it names a place in ${textOf(backend)}; jubjub keeps its mirror in a directory`);
      return;
    }
    draft.set(
      key,
      '',
      'directory',
      textOf(key),
      "bandersnatch's docroot becomes ours: web/ below it. Stop bandersnatch, and take it over with " +
        '`jubjub adopt <directory>/web` before the first sync. To leave the old tree as it is, name another directory ' +
        'on the same file system.',
    );
  },
  'storage-backend': soUnless(
    (value) => value === 'filesystem',
    'jubjub writes to a file system; sync its web/ to the bucket, pages last',
  ),
  'storage-filesystem-manage-permissions': soUnless(always, 'files are made with the umask of the process'),
  master: translateMaster,
  proxy(key, draft) {
    const value = textOf(key).trim();
    if (typeof parseProxy(value) !== 'object' || value === '') {
      if (value === '') draft.isSo(key);
      else draft.set(key, 'upstream', 'proxy', value);
    } else draft.comment(key, 'jubjub knows proxies for HTTP only, no SOCKS');
  },
  'download-mirror': soUnless(
    (value) => value === '',
    'files come from the addresses on the pages; to copy a nearby mirror, pages and all, make it [upstream] url',
  ),
  'download-mirror-no-fallback': soUnless(isFalse, 'see download-mirror'),
  'allow-non-https'(key, draft, conf) {
    const master = confKey(conf, 'mirror', 'master');
    const isNeeded = master !== null && /^http:/i.test(textOf(master));
    if (isNeeded && isTrue(textOf(key))) draft.set(key, 'upstream', 'allow-http', true);
    else draft.isSo(key);
  },
  'api-method'(key, draft) {
    const value = textOf(key).trim();
    if (value === 'xmlrpc') draft.set(key, 'upstream', 'changes', 'changelog');
    else if (value === 'simple') draft.set(key, 'upstream', 'changes', 'list');
    else draft.comment(key, 'there is "simple" and "xmlrpc"');
  },
  json: (key, draft) => (isTrue(textOf(key)) ? draft.set(key, 'pages', 'json-api', true) : draft.isSo(key)),
  'release-files': (key, draft) =>
    isTrue(textOf(key)) ? draft.isSo(key) : draft.set(key, 'files', 'mirror', false),
  'core-metadata': (key, draft) =>
    isTrue(textOf(key)) ? draft.isSo(key) : draft.set(key, 'files', 'metadata', false),
  root_uri(key, draft, conf) {
    const files = confKey(conf, 'mirror', 'release-files');
    const copiesPagesOnly = files !== null && !isTrue(textOf(files));
    if (textOf(key) === '' || (copiesPagesOnly && FILE_HOST.test(textOf(key)))) draft.isSo(key);
    else draft.comment(key, 'links to mirrored files are relative, others lead to the upstream');
  },
  'hash-index': soUnless(
    isFalse,
    'pages are at simple/<name>/ always: take the rewrites out of the web server; see `jubjub config nginx`',
  ),
  'simple-format': soUnless((value) => value.toUpperCase() === 'ALL', 'pages are HTML and JSON always'),
  'compare-method': soUnless(
    (value) => value === 'hash',
    'files are hashed when they come, and by `jubjub verify`; what is there is not looked at again by each run',
  ),
  digest_name: soUnless((value) => value === 'sha256', 'pages have the sha256 always'),
  keep_index_versions: soUnless(
    (value) => value === '' || value === '0',
    'old pages are not kept: one that goes backwards, or is suddenly empty of everything, is not believed',
  ),
  cleanup: soUnless(isFalse, 'pages have normalized names only; `jubjub adopt` leaves the others behind'),
  'delete-packages': soUnless(
    isTrue,
    'what upstream removes leaves the pages; its files stay in the trash for [prune] delete-after',
  ),
  'stop-on-error': soUnless(
    isFalse,
    'one project that fails stops no other: it is pending, and the exit status is 3',
  ),
  timeout(key, draft) {
    const seconds = Number(textOf(key).trim());
    const isRight = textOf(key).trim() !== '' && seconds >= 1 && seconds <= 3600;
    const text = Number.isInteger(seconds) ? `${seconds}s` : `${Math.round(seconds * 1000)}ms`;
    if (isRight && parseDuration(text) !== null) draft.set(key, 'upstream', 'timeout', text);
    else draft.comment(key, 'it must be from 1 second to an hour; the default of 30 seconds holds');
  },
  'global-timeout': soUnless(always, 'a transfer may take as long as bytes come'),
  workers(key, draft) {
    const workers = wholeNumberOf(textOf(key));
    if (workers === null || workers < 1 || workers > CONNECTIONS_MAX) {
      draft.comment(key, 'the defaults of page-connections and file-connections hold');
      return;
    }
    draft.set(key, 'upstream', 'page-connections', workers);
    draft.set(key, 'upstream', 'file-connections', workers);
  },
  verifiers: soUnless(always, '`jubjub verify` reads as fast as the disk gives; there is nothing to set'),
  'diff-file': soUnless(
    (value) => value === '',
    'no list of new files is written; `jubjub sync --json` tells them one by one, and rsync finds them by itself',
  ),
  'diff-append-epoch': soUnless(isFalse, 'see diff-file'),
  'log-config': soUnless(
    (value) => value === '',
    'the log goes to standard error; --log-format json, --verbose and --quiet decide how',
  ),
};

/** Every key of `[mirror]` that is known; what `[upstream] url` is, is always said. */
export function translateMirror(conf: Conf, draft: Draft): void {
  for (const key of keysOfSection(conf, 'mirror')) {
    const option = MIRROR_OPTIONS.find((one) => spelled(one) === spelled(key.name));
    if (option === undefined) continue;
    const trouble = troubleWith(option, textOf(key).trim());
    if (trouble === null) TRANSLATE[option](key, draft, conf);
    else draft.comment(key, trouble);
  }
  if (draft.item('', 'directory') === undefined) {
    const note = 'Where the mirror lives; bandersnatch.conf names no directory that could be it.';
    draft.set(null, '', 'directory', './mirror', note);
  }
  if (draft.item('upstream', 'url') === undefined) draft.set(null, 'upstream', 'url', DEFAULT_SITE);
}

/** Those that are true or false; configparser stops at anything else. */
const BOOLEANS: ReadonlySet<MirrorOption> = new Set([
  ...(['json', 'release-files', 'core-metadata', 'hash-index', 'cleanup', 'delete-packages'] as const),
  ...(['stop-on-error', 'allow-non-https', 'download-mirror-no-fallback', 'diff-append-epoch'] as const),
  'storage-filesystem-manage-permissions',
]);
/** Those that are one of some words. */
const WORDS: Readonly<Partial<Record<MirrorOption, readonly string[]>>> = {
  'compare-method': ['hash', 'stat'],
  digest_name: ['sha256', 'md5'],
  'simple-format': ['all', 'html', 'json'],
};

/** Of a value that bandersnatch does not accept, what is said; then our default holds. */
function troubleWith(option: MirrorOption, value: string): string | null {
  if (BOOLEANS.has(option) && !isBoolean(value))
    return 'it is neither true nor false, and bandersnatch stops at it; here it is as if it did not stand there';
  const words = WORDS[option];
  if (words === undefined || words.includes(value.toLowerCase())) return null;
  return `there is ${words.map((word) => `"${word}"`).join(' and ')}, and bandersnatch stops at anything else`;
}

function translateMaster(key: ConfKey, draft: Draft, conf: Conf): void {
  const site = siteOf(textOf(key).trim());
  if (site === null) {
    draft.comment(key, 'it is no address of a site; PyPI stands in its place');
    return;
  }
  const notes = site === DEFAULT_SITE && /pypi\.python\.org/i.test(textOf(key)) ? ['PyPI has moved.'] : [];
  draft.set(key, 'upstream', 'url', site, ...notes);
  const { protocol, hostname } = new URL(site);
  const allows = confKey(conf, 'mirror', 'allow-non-https');
  if (protocol === 'http:' && !isLoopback(hostname) && (allows === null || !isTrue(textOf(allows)))) {
    const note =
      'Plain HTTP: anyone on the way can read and change what comes. bandersnatch asks for https, too.';
    draft.set(null, 'upstream', 'allow-http', true, note);
  }
}

/** The site as `[upstream] url` has it; null for what is none. */
function siteOf(text: string): string | null {
  if (/^https?:\/\/pypi\.python\.org\/?(?:pypi|simple)?\/?$/i.test(text)) return DEFAULT_SITE;
  const site = parseSite(text);
  if (typeof site === 'string') return site;
  const corrected = parseSite(site.expected.replaceAll('"', ''));
  return typeof corrected === 'string' ? corrected : null;
}
