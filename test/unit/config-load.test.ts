/**
 * Goal: a right configuration becomes settings; of a wrong one every mistake is told at once, with its line, what was
 * expected and what to write, and never with a password.
 * Method: texts and files with mistakes, and the errors they lead to.
 */
import assert from 'node:assert/strict';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CONFIG_BYTES_MAX, loadConfig, readConfig, settingsFrom } from '../../src/config/load.ts';
import { isJubjubError, type JubjubError } from '../../src/errors.ts';
import { EVERYTHING } from '../../src/selection/settings.ts';
import fc from '../support/properties.ts';
import { withTempDir } from '../support/temp.ts';

const FILE = '/etc/jubjub/mirror.toml';
const HEAD = 'directory = "m"\n[upstream]\nurl = "https://pypi.example"\n';

/** The errors that a text leads to. */
function problems(text: string): JubjubError[] {
  try {
    readConfig(text, FILE);
  } catch (error) {
    assert.ok(isJubjubError(error, 'CONFIG_INVALID'), String(error));
    return error.cause instanceof AggregateError ? (error.cause.errors as JubjubError[]) : [error];
  }
  return [];
}

/** The only error that a text leads to. */
function problem(text: string): JubjubError {
  const [first, ...more] = problems(text);
  assert.ok(first !== undefined && more.length === 0, `${text}: ${problems(text).length} problems`);
  return first;
}

test('of thousands of problems some are told, and how many more there are', () => {
  const text = HEAD + Array.from({ length: 50_000 }, (_, index) => `k${index} = 1\n`).join('');
  const told = problems(text);
  assert.ok(told.length < 500, `${told.length}`);
  assert.equal(told.at(-1)?.message, `and ${50_000 - told.length + 1} more of the kind`);
  assert.match(told[0]?.facts.path ?? '', /:4 /);
  const long = 'k'.repeat(1_000_000);
  const error = problem(`${HEAD}${long} = 1`);
  assert.ok(error.message.length < 500 && (error.facts.path ?? '').length < 500);
});

test('the root of the file system is no mirror, however it is written', () => {
  for (const directory of ['/', '//', '/srv/..', '../..', '../../..']) {
    const error = problem(HEAD.replace('"m"', JSON.stringify(directory)));
    assert.match(error.message, /bad value: directory/);
    assert.equal(error.facts.expected, 'a directory of its own');
  }
});

test('settings come out in our words and units, with paths relative to the file', () => {
  const { settings, notes } = readConfig(
    `directory = "../data"
[upstream]
url = "http://127.0.0.1:3141/"
contact = "mirror@example.org"
connect-to = "origin.example:443"
ca-file = "ca.pem"
file-hosts = ["Files.example"]
page-connections = 64
timeout = "5s"
[sync]
replay = "1h"
removal-limit = "1%"
[projects]
allow = ["acme-*"]
`,
    FILE,
  );
  assert.equal(settings.file, FILE);
  assert.equal(settings.directory, '/etc/data');
  assert.deepEqual(settings.upstream, {
    url: 'http://127.0.0.1:3141',
    changes: 'auto',
    contact: 'mirror@example.org',
    connectTo: { host: 'origin.example', port: 443 },
    proxy: null,
    caFile: '/etc/jubjub/ca.pem',
    fileHosts: ['files.example'],
    allowHttp: false,
    expiryMs: 1_800_000,
    pageConnections: 64,
    fileConnections: 4,
    http2: true,
    rateBytesPerSecond: null,
    timeoutMs: 5000,
  });
  assert.deepEqual(settings.sync, {
    replayMs: 3_600_000,
    settleMs: 0,
    stalePatienceMs: 60_000,
    reconcileShare: 1 / 168,
    pendingLimit: 1000,
    removalLimit: { projects: null, share: 0.01 },
  });
  assert.deepEqual(settings.selection, {
    ...EVERYTHING,
    projects: { ...EVERYTHING.projects, allow: ['acme-*'] },
  });
  assert.deepEqual(settings.files, { mirror: true, metadata: true, provenance: true });
  assert.deepEqual(settings.prune, { hideAfterMs: 900_000, deleteAfterMs: 1_209_600_000 });
  assert.deepEqual(notes, []);
});

test('settings can be made without a file', () => {
  const settings = settingsFrom({ directory: '/tmp/m', upstream: { url: 'http://127.0.0.1:1' } });
  assert.equal(settings.file, null);
  assert.equal(settings.directory, '/tmp/m');
  assert.throws(() => settingsFrom({ directory: '/tmp/m' }), /a needed key is missing: \[upstream\] url/);
});

test('every mistake is told at once, in the order of the lines', () => {
  const found = problems(`directory = 3
nonsense = 1
[upstream]
page-conections = 6
timeout = 30
[synk]
x = 1
[sync]
reconcile = "2"
`);
  assert.deepEqual(
    found.map(({ message, facts }) => [message, facts.path, facts.received]),
    [
      ['bad value: directory', `${FILE}:1 directory`, '3'],
      ['unknown key: nonsense', `${FILE}:2 nonsense`, 'nonsense'],
      ['a needed key is missing: [upstream] url', `${FILE}:3 [upstream] url`, 'nothing'],
      ['unknown key: [upstream] page-conections', `${FILE}:4 [upstream] page-conections`, 'page-conections'],
      ['bad value: [upstream] timeout', `${FILE}:5 [upstream] timeout`, '30'],
      ['unknown section: [synk]', `${FILE}:6 [synk]`, 'synk'],
      ['bad value: [sync] reconcile', `${FILE}:9 [sync] reconcile`, '"2"'],
    ],
  );
  assert.equal(found[3]?.facts.expected, 'page-connections, the nearest known');
  assert.equal(found[5]?.facts.expected, 'sync, the nearest known');
  assert.equal(found[4]?.facts.expected, 'a duration from 1s to 1h, such as "30s", "15m" or "2h"');
});

test('several mistakes are one error that counts them', () => {
  assert.throws(
    () => readConfig('a = 1\nb = 2\n', FILE),
    (error) => isJubjubError(error, 'CONFIG_INVALID') && error.message === `4 problems in ${FILE}`,
  );
});

test('an empty file lacks what is needed and nothing else', () => {
  assert.deepEqual(
    problems('').map((error) => error.message),
    ['a needed key is missing: directory', 'a needed key is missing: [upstream] url'],
  );
});

test('a known key in the wrong section is sent to the right one', () => {
  assert.equal(problem(`${HEAD}replay = "1m"`).facts.hint, 'replay stands in [sync]');
  assert.equal(problem(`contact = "a@b"\n${HEAD}`).facts.hint, 'contact stands in [upstream]');
  assert.equal(problem(`${HEAD}directory = "x"`).facts.hint, 'directory stands before all sections');
});

test('a key that resembles nothing is answered with all that there are', () => {
  assert.equal(
    problem(`${HEAD}[files]\nxyzzy = 1`).facts.expected,
    'a key of [files]: mirror, metadata, provenance, types, python, requires-python, platforms, abi, names, max-size',
  );
  assert.equal(problem(`${HEAD}PAGE_CONNECTIONS = 1`).facts.expected, 'page-connections, the nearest known');
});

test('of a list of mistakes the first are told, and a list of a hundred thousand entries is read', () => {
  const list = (length: number, entry: (at: number) => string) =>
    `${HEAD}[projects]\nblock = ${JSON.stringify(Array.from({ length }, (_, at) => entry(at)))}\n`;
  const wrong = problems(list(5000, (at) => `ö${at}`));
  assert.equal(wrong.length, 21);
  assert.equal(wrong.at(-1)?.facts.received, '"ö20" as item 21');
  assert.match(wrong.at(-1)?.facts.hint ?? '', /the rest of the list was not looked at/);
  const { block } = readConfig(
    list(100_000, (at) => `project-${at}`),
    FILE,
  ).settings.selection.projects;
  assert.equal(block.length, 100_000);
  assert.equal(problems(list(100_001, (at) => `project-${at}`)).length, 1);
});

test('values out of bounds or of another type are refused', () => {
  const cases: [string, RegExp][] = [
    ['page-connections = 0', /from 1 to 64/],
    ['page-connections = 65', /from 1 to 64/],
    ['file-connections = 1.5', /from 1 to 64/],
    ['file-connections = nan', /from 1 to 64/],
    ['page-connections = "6"', /from 1 to 64/],
    ['timeout = "0s"', /from 1s to 1h/],
    ['rate = "15kB/s"', /a rate of at least "16kB\/s"/],
    ['rate = "20MB"', /a rate of at least/],
    ['rate = "20Mbit/s"', /a rate of at least/],
    ['rate = 20', /a rate of at least/],
    ['timeout = "2h"', /from 1s to 1h/],
    ['timeout = 2024-01-01', /a duration/],
    ['allow-http = "yes"', /true or false/],
    ['contact = "a\\nb"', /printable ASCII/],
    ['file-hosts = "a"', /a list of hosts/],
    ['ca-file = 1', /a path/],
    ['connect-to = "a"', /a host and a port/],
    ['[sync]\npending-limit = 0', /from 1 to 1000000/],
    ['[sync]\nreplay = "8d"', /from 0s to 7d/],
    ['[sync]\nremoval-limit = -1', /a number of projects such as 20/],
    ['[sync]\nremoval-limit = true', /a number of projects such as 20/],
    ['[sync]\nreconcile = "0%"', /or "off"/],
    ['[files]\nmirror = 1', /true or false/],
  ];
  for (const [line, expected] of cases)
    assert.match(problem(HEAD + line).facts.expected ?? '', expected, line);
});

test('a section that is none is refused', () => {
  assert.equal(problem(`sync = 3\n${HEAD}`).facts.expected, 'a section: [sync]');
  assert.equal(
    problem('directory = "m"\nupstream = "https://pypi.example"').facts.received,
    '"https://pypi.example"',
  );
  assert.equal(
    problem(`directory = "m"\n[upstream]\nurl = "https://pypi.example"\n[[prune]]`).facts.path,
    `${FILE}:4 prune`,
  );
});

test('an item of a list is named by its place', () => {
  const error = problem(`${HEAD}file-hosts = ["ok.example", "https://a.example/x"]`);
  assert.equal(error.facts.received, '"https://a.example/x" as item 2');
  assert.equal(error.facts.hint, 'did you mean "a.example"?');
});

test('patterns of projects are checked by the selection', () => {
  assert.deepEqual(problems(`${HEAD}[projects]\nallow = ["numpy", "acme-*"]\nblock = ["*-nightly"]`), []);
  const error = problem(`${HEAD}[projects]\nblock = ["a["]`);
  assert.equal(error.facts.path, `${FILE}:5 [projects] block`);
  assert.ok(error.facts.hint);
});

test('a rate is a size a second, with or without a space; a size alone is told what it lacks', () => {
  const rateOf = (text: string) =>
    readConfig(`${HEAD}rate = "${text}"`, FILE).settings.upstream.rateBytesPerSecond;
  assert.equal(rateOf('20MB/s'), 20_000_000);
  assert.equal(rateOf('1.5 MiB/s'), 1_572_864);
  assert.equal(rateOf(''), null);
  assert.equal(problem(`${HEAD}rate = "20 MB"`).facts.hint, 'did you mean "20MB/s"?');
});

test('the ways of learning changes are four words', () => {
  for (const word of ['auto', 'changelog', 'list', 'poll'])
    assert.deepEqual(problems(`${HEAD}changes = "${word}"`), []);
  assert.match(
    problem(`${HEAD}changes = "magic"`).facts.expected ?? '',
    /"auto", "changelog", "list" or "poll"/,
  );
});

test('an index may be called "pypi"; the parts that jubjub adds by itself are refused with the site', () => {
  const url = (text: string) => `directory = "m"\n[upstream]\nurl = "${text}"\n`;
  for (const site of ['https://devpi.example/root/pypi', 'https://a.example/api/pypi/pypi'])
    assert.deepEqual(problems(url(site)), []);
  for (const [given, site] of [
    ['https://pypi.example/pypi', 'https://pypi.example'],
    ['https://devpi.example/root/pypi/+simple/', 'https://devpi.example/root/pypi'],
    ['https://a.example/api/pypi/pypi/simple', 'https://a.example/api/pypi/pypi'],
  ] as const)
    assert.equal(problem(url(given)).facts.expected, `"${site}"`);
});

test('the base URL loses its last slash and may hold no query, fragment or password', () => {
  const pages = (text: string) => `${HEAD}[pages]\nbase-url = "${text}"\n`;
  const read = readConfig(pages('https://mirror.example/pypi/'), FILE);
  assert.equal(read.settings.pages.baseUrl, 'https://mirror.example/pypi');
  assert.equal(readConfig(pages(''), FILE).settings.pages.baseUrl, null);
  for (const wrong of ['mirror.example', 'ftp://a.example', 'https://a.example/?x', 'https://u:p@a.example'])
    assert.match(problem(pages(wrong)).facts.expected ?? '', /^an http or https address/);
});

test('plain http to another machine needs allow-http', () => {
  const http = (more: string) => `directory = "m"\n[upstream]\nurl = "http://pypi.example"\n${more}`;
  assert.match(problem(http('')).facts.hint ?? '', /allow-http = true/);
  assert.match(problem(http('allow-http = false')).facts.expected ?? '', /^https/);
  assert.deepEqual(problems(http('allow-http = true')), []);
  assert.equal(problems(http('timeout = 3')).length, 2, 'told together with other mistakes');
  assert.equal(
    problem('directory = "m"\n[upstream]\nurl = "http://pypi.example/simple"').facts.expected,
    '"http://pypi.example"',
  );
});

test('no password reaches a message', () => {
  for (const line of [
    'url = "https://user:geheim@pypi.example/simple"',
    'url = "http://user:geheim@pypi.example"',
    'url = "https://user:geheim/x@pypi.example"',
    'url = "user:geheim@pypi.example"',
    'url = "https://pypi.example"\nproxy = "user:geheim@proxy.example"',
    'url = "https://pypi.example"\nproxy = "ftp://user:ge#heim\\"geheim@proxy.example"',
    'url = "https://pypi.example"\nfile-hosts = ["https://user:geheim@files.example/"]',
    'url = "https://user:geheim@pypi.example',
  ]) {
    const error = problem(`directory = "m"\n[upstream]\n${line}`);
    assert.doesNotMatch(JSON.stringify([error.message, error.facts, String(error.cause)]), /geheim/, line);
  }
});

test('what is no TOML is refused with line and column', () => {
  const error = problem('directory = "m"\n[upstream\nurl = 1\n');
  assert.match(error.facts.path ?? '', /^\/etc\/jubjub\/mirror\.toml:2:\d+$/);
  assert.doesNotMatch(error.facts.received ?? '\n', /\n/);
  assert.match(problem('a = 1\na = 2\n').facts.path ?? '', /:2:\d+$/);
});

test('no text at all makes it throw anything but CONFIG_INVALID', () => {
  const piece = fc.constantFrom(
    '[upstream]',
    'url',
    '=',
    '"',
    "'''",
    '\n',
    '[[',
    ']',
    '{',
    'a.b',
    '__proto__',
    '#',
    '1',
    'sync',
    ' ',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (text) => {
        problems(text);
      },
    ),
  );
});

test('a file is read, and one that is not there is CONFIG_MISSING with what to type', (t) => {
  const folder = withTempDir(t);
  const file = join(folder, 'mirror.toml');
  assert.throws(
    () => loadConfig(file),
    (error) => isJubjubError(error, 'CONFIG_MISSING') && /jubjub config init/.test(error.facts.hint ?? ''),
  );
  writeFileSync(file, `\ufeff${HEAD}`);
  assert.equal(loadConfig(file).settings.directory, join(folder, 'm'));
});

test('a folder, other bytes and a huge file are no configuration', (t) => {
  const folder = withTempDir(t);
  const file = join(folder, 'mirror.toml');
  const refused = (expected: RegExp) =>
    assert.throws(
      () => loadConfig(file),
      (error) => isJubjubError(error, 'CONFIG_INVALID') && expected.test(error.facts.expected ?? ''),
    );
  mkdirSync(file);
  refused(/a readable file/);
  const other = join(folder, 'x');
  writeFileSync(other, Buffer.from([0x61, 0xff, 0xfe]));
  assert.throws(() => loadConfig(other), /this is no configuration file/);
  writeFileSync(other, '');
  truncateSync(other, CONFIG_BYTES_MAX + 1);
  assert.throws(() => loadConfig(other), /this is no configuration file/);
});
