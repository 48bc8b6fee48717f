/**
 * Goal: the table of keys, the schema, the starter file and the checked-in example say the same.
 * Method: each is made from the table or held against it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'smol-toml';
import { KEY_ROWS, KEYS, keyPath, TABLES } from '../../src/config/keys.ts';
import { readConfig } from '../../src/config/load.ts';
import { effectiveConfig, starterConfig } from '../../src/config/starter.ts';
import { EVERYTHING } from '../../src/selection/settings.ts';
import { readFromRoot } from '../support/sources.ts';

const MINIMAL = 'directory = "./mirror"\n[upstream]\nurl = "https://pypi.org"\n';
const FILE = '/etc/jubjub/mirror.toml';

/** The starter file with every key set. */
function uncommented(): string {
  return starterConfig().replace(/^#(?=[a-z[])/gm, '');
}

test('mirror.example.toml is the starter file', () => {
  assert.equal(readFromRoot('mirror.example.toml'), starterConfig(), 'write it again: jubjub config init');
});

test('the starter file is a configuration that sets nothing but what is needed', () => {
  const { settings, notes } = readConfig(starterConfig(), FILE);
  assert.deepEqual(settings, readConfig(MINIMAL, FILE).settings);
  assert.deepEqual(notes, [
    '[upstream] contact is empty: give an address at which upstream can reach you; PyPI asks for one',
  ]);
});

test('the starter file names every key of the table and no other', () => {
  const { exception, environment, ...table } = parse(uncommented());
  const names = Object.entries(table).flatMap(([name, value]) =>
    typeof value === 'object' && !Array.isArray(value)
      ? Object.keys(value).map((key) => keyPath(name, key))
      : [name],
  );
  assert.deepEqual(
    names,
    KEY_ROWS.map(({ section, name }) => keyPath(section, name)),
  );
  assert.equal(
    JSON.stringify({ exception, environment }),
    '{"exception":[{"projects":["tensorflow*"],"platforms":["linux_x86_64"]}],"environment":[{"python":"3.12","platform":"linux_x86_64"}]}',
  );
});

test('the schema takes every key of the table, and its defaults are those of the starter file', () => {
  const { settings } = readConfig(uncommented(), FILE);
  const minimal = readConfig(MINIMAL, FILE).settings;
  const { exceptions, environments, ...selection } = settings.selection;
  assert.deepEqual(
    { ...settings, selection: { ...selection, exceptions: [], environments: [] } },
    { ...minimal, selection: EVERYTHING },
  );
  assert.deepEqual(exceptions, [
    { projects: ['tensorflow*'], releases: {}, files: { platforms: ['linux_x86_64'] } },
  ]);
  assert.deepEqual(environments, [{ python: '3.12', platform: 'linux_x86_64' }]);
});

test('an exception takes every key of [releases] and every rule of [files], and projects', () => {
  const { mirror, metadata, provenance, ...rules } = KEYS.files;
  assert.deepEqual(Object.keys(TABLES.exception.keys), [
    'projects',
    ...Object.keys(KEYS.releases),
    ...Object.keys(rules),
  ]);
});

test('each key of the contract is there with its default', () => {
  const defaults = Object.fromEntries(
    KEY_ROWS.map(({ section, name, key }) => [keyPath(section, name), key.value]),
  );
  assert.deepEqual(defaults, {
    directory: './mirror',
    '[upstream] url': 'https://pypi.org',
    '[upstream] changes': 'auto',
    '[upstream] contact': '',
    '[upstream] connect-to': '',
    '[upstream] proxy': '',
    '[upstream] ca-file': '',
    '[upstream] file-hosts': [],
    '[upstream] allow-http': false,
    '[upstream] expiry': '30m',
    '[upstream] page-connections': 6,
    '[upstream] file-connections': 4,
    '[upstream] http2': true,
    '[upstream] rate': '',
    '[upstream] timeout': '30s',
    '[sync] replay': '15m',
    '[sync] settle': '0s',
    '[sync] stale-patience': '60s',
    '[sync] reconcile': '1/168',
    '[sync] pending-limit': 1000,
    '[sync] removal-limit': 'max(20, 1%)',
    '[projects] allow': [],
    '[projects] block': [],
    '[projects] reserved': [],
    '[projects] requirements': [],
    '[projects] dependencies': false,
    '[projects] status': [],
    '[projects] max-size': '',
    '[projects] max-versions': 0,
    '[projects] max-exempt': [],
    '[projects] min-versions': 0,
    '[projects] min-versions-exempt': [],
    '[projects] metadata': {},
    '[releases] allow': [],
    '[releases] block': [],
    '[releases] versions': [],
    '[releases] prereleases': true,
    '[releases] latest': 0,
    '[releases] latest-of': 'final',
    '[releases] yanked': true,
    '[releases] not-before': '',
    '[releases] not-after': '',
    '[releases] min-age': '0s',
    '[releases] min-age-exempt': [],
    '[files] mirror': true,
    '[files] metadata': true,
    '[files] provenance': true,
    '[files] types': [],
    '[files] python': [],
    '[files] requires-python': [],
    '[files] platforms': [],
    '[files] abi': [],
    '[files] names': [],
    '[files] max-size': '',
    '[pages] base-url': '',
    '[pages] json-api': false,
    '[pages] precompress': false,
    '[prune] hide-after': '15m',
    '[prune] delete-after': '14d',
    '[store] flush': 'wave',
  });
});

test('every key says why in one line', () => {
  const ofTables = Object.entries(TABLES).flatMap(([section, { keys }]) =>
    Object.entries(keys).map(([name, key]) => ({ section, name, key })),
  );
  for (const { section, name, key } of [...KEY_ROWS, ...ofTables]) {
    assert.match(key.why, /^["A-Z].{10,110}[.;]$/, keyPath(section, name));
  }
});

test('the effective settings are a configuration again, with the same meaning and without passwords', () => {
  const text = `directory = "data"
[upstream]
url = "https://user:secret@pypi.example/"
ca-file = "ca.pem"
proxy = "http://user:secret@proxy.example:3128"
[projects]
allow = ["acme-*"]
[sync]
removal-limit = 5
[prune]
delete-after = "3d"
`;
  const loaded = readConfig(text, FILE);
  const effective = effectiveConfig(loaded);
  assert.doesNotMatch(effective, /secret/);
  assert.match(effective, /^directory = "\/etc\/jubjub\/data"$/m);
  assert.match(effective, /^removal-limit = 5$/m);
  assert.match(effective, /^timeout = "30s" +# default$/m);
  assert.match(effective, /^hide-after = "15m" +# default$/m);
  assert.match(effective, /^delete-after = "3d"$/m);
  const again = readConfig(effective, '/elsewhere/mirror.toml').settings;
  const { upstream } = loaded.settings;
  assert.deepEqual(again, {
    ...loaded.settings,
    file: '/elsewhere/mirror.toml',
    upstream: { ...upstream, url: 'https://pypi.example', proxy: 'http://proxy.example:3128' },
  });
});
