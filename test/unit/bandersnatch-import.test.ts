/**
 * Goal: every key of a bandersnatch.conf is accounted for, and what comes out is a configuration, whatever goes in.
 * Method: tables of keys with what becomes of them; arbitrary and hostile files, held against readConfig; the tables of
 * docs/migrating.md, held against the options that are known.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'smol-toml';
import { parseConf } from '../../src/bandersnatch/conf.ts';
import type { ReadRequirements } from '../../src/bandersnatch/context.ts';
import { type Imported, importBandersnatch } from '../../src/bandersnatch/import.ts';
import { FILTER_OPTIONS, MIRROR_OPTIONS, PLUGINS } from '../../src/bandersnatch/options.ts';
import { comment, tomlString } from '../../src/bandersnatch/toml.ts';
import { readConfig } from '../../src/config/load.ts';
import fc from '../support/properties.ts';
import { withTempDir } from '../support/temp.ts';

const FILE = '/srv/mirror.toml';

function imported(text: string, readRequirements: ReadRequirements = () => null): Imported {
  return importBandersnatch(text, { name: 'bandersnatch.conf', file: FILE, readRequirements });
}

function settingsOf(toml: string) {
  return readConfig(toml, FILE).settings;
}

/** The file without comments and empty lines. */
function said(toml: string): string {
  return toml
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n');
}

test('each key of [mirror] becomes a key, is so anyway, or stands in a comment', () => {
  // A line, what it becomes (null: nothing), what a comment says of it (null: none).
  const cases: readonly (readonly [string, string | null, RegExp | null])[] = [
    ['directory = /srv/pypi', 'directory = "/srv/pypi"', null],
    ['directory = /', null, /does not accept/],
    ['master = https://pypi.org/', 'url = "https://pypi.org"', null],
    ['master = https://pypi.python.org', 'url = "https://pypi.org"', null],
    ['master = https://mirror.example/simple/', 'url = "https://mirror.example"', null],
    ['master = http://mirror.example', 'allow-http = true', null],
    ['master = ftp://x', 'url = "https://pypi.org"', /no address of a site/],
    [
      'proxy = http://user:secret@proxy.example:3128',
      'proxy = "http://user:secret@proxy.example:3128"',
      null,
    ],
    ['proxy = socks5://proxy.example', null, /no SOCKS/],
    ['proxy =', null, null],
    ['timeout = 15', 'timeout = "15s"', null],
    ['timeout = 2.5', 'timeout = "2500ms"', null],
    ['timeout = 0', null, /from 1 second/],
    ['global-timeout = 1800', null, /as long as bytes come/],
    ['workers = 3', 'page-connections = 3\nfile-connections = 3', null],
    ['workers = many', null, /defaults/],
    ['verifiers = 3', null, /verify/],
    ['json = true', 'json-api = true', null],
    ['json = false', null, null],
    ['release-files = no', 'mirror = false', null],
    ['release_files = yes', null, null],
    ['core-metadata = false', 'metadata = false', null],
    ['root_uri = https://example.com', null, /relative/],
    ['hash-index = true', null, /rewrites/],
    ['hash-index = false', null, null],
    ['simple-format = JSON', null, /HTML and JSON/],
    ['simple-format = all', null, null],
    ['compare-method = stat', null, /hashed when they come/],
    ['compare-method = hash', null, null],
    ['digest_name = md5', null, /sha256/],
    ['digest_name = sha256', null, null],
    ['keep_index_versions = 2', null, /old pages/],
    ['keep-index-versions = 0', null, null],
    ['cleanup = true', null, /normalized/],
    ['delete-packages = false', null, /trash/],
    ['delete-packages = true', null, null],
    ['stop-on-error = true', null, /pending/],
    ['stop-on-error = false', null, null],
    ['diff-file = {{mirror_directory}}/new', null, /list of new files/],
    ['diff-append-epoch = true', null, /diff-file/],
    ['log-config = /etc/log.conf', null, /standard error/],
    ['download-mirror = https://near.example', null, /nearby mirror/],
    ['download-mirror-no-fallback = true', null, /download-mirror/],
    ['api-method = xmlrpc', 'changes = "changelog"', null],
    ['api-method = simple', 'changes = "list"', null],
    ['api-method = other', null, /xmlrpc/],
    ['allow-non-https = true', null, null],
    ['storage-backend = s3', null, /file system/],
    ['storage-backend = filesystem', null, null],
    ['storage-filesystem-manage-permissions = true', null, /umask/],
    ['Hash-Index = true', null, /minds the case/],
    ['something = else', null, /no key of bandersnatch/],
  ];
  for (const [line, becomes, comment] of cases) {
    const { toml, fates } = imported(`[mirror]\n${line}\n`);
    settingsOf(toml);
    if (becomes !== null) assert.ok(said(toml).includes(becomes), `${line}\n${toml}`);
    assert.equal(fates.length, 1, line);
    assert.equal(fates[0]?.key.line, 2, line);
    const notes = fates[0]?.notes.join(' ') ?? '';
    if (comment === null) assert.equal(notes, '', line);
    else {
      assert.match(notes, comment, line);
      assert.match(toml, /^# line 2: \[mirror\]/m);
    }
  }
  const known = new Set(cases.map(([line]) => line.split(' ')[0]?.replaceAll('_', '-')));
  for (const option of MIRROR_OPTIONS) assert.ok(known.has(option.replaceAll('_', '-')), option);
});

test('a filter without its plugin, an old section beside a new one and a foreign plugin are told', () => {
  const { toml, fates } = imported(
    '[plugins]\nenabled =\n  regex_project\n  safety_db_release\n  latest_release, exclude_platform\n' +
      '[latest_release]\nkeep = 3\n[blocklist]\npackages =\n[blacklist]\npackages = x\n[s3]\naws_secret_access_key = hunter2\n',
  );
  const notes = Object.fromEntries(
    fates.map(({ key, notes: told }) => [`${key.section} ${key.name}`, told.join(' ')]),
  );
  assert.match(notes['plugins enabled'] ?? '', /"safety_db_release" is no plugin.*lines of their own/);
  assert.match(notes['latest_release keep'] ?? '', /does not name latest_release/);
  assert.match(notes['blacklist packages'] ?? '', /\[blocklist\] is read/);
  assert.match(notes['s3 aws_secret_access_key'] ?? '', /file system/);
  assert.ok(!toml.includes('hunter2'));
});

test('passwords stand where they are needed, and in no comment', () => {
  const conf =
    '[mirror]\nmaster = ftp://ann:pass1@x.example\ndownload-mirror = https://bob:pass2@near.example\nproxy = socks5://eve:pass3@p\n';
  const { toml } = imported(conf);
  for (const password of ['pass1', 'pass2', 'pass3']) assert.ok(!toml.includes(password), toml);
});

test('what a mirror is narrowed by is never lost in silence: nothing is mirrored until somebody has looked', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['project_requirements', '[allowlist]\nrequirements = gone.txt'],
    ['project_requirements_pinned', '[allowlist]\npackages ='],
    ['allowlist_release', '[allowlist]\npackages ='],
    // More than a key takes.
    ['versions_count_project_metadata', '[versions_count_project_metadata]\nmax_versions = 2_000_000'],
    ['versions_count_project_metadata', '[versions_count_project_metadata]\nmin_versions = 2_000_000'],
  ];
  for (const [plugin, conf] of cases) {
    const { toml } = imported(`[plugins]\nenabled = ${plugin}\n${conf}\n`);
    assert.deepEqual(settingsOf(toml).selection.projects.block, ['*'], toml.slice(0, 2000));
    assert.match(
      toml,
      /^# .*(?:until this is taken away|Take it away|let nothing through|lets? nothing through)/m,
    );
  }
});

test('of a file at which bandersnatch stops nothing is mirrored, and the lines are named', () => {
  const head = '[mirror]\ndirectory = /srv/pypi\n';
  const allowed = '[plugins]\nenabled = allowlist_project\n[allowlist]\npackages';
  const cases: readonly (readonly [string, readonly number[]])[] = [
    [`${head}[plugins\nenabled = allowlist_project\n[allowlist]\npackages = a`, [3]],
    [`${head}${allowed} :\n  a`, [6, 7]],
    [`${head}${allowed} =\na`, [7]],
    ['packages = a', [1]],
    [`${head}${allowed} = a\n[allowlist]\npackages = b`, [6, 7]],
    [`${head}${allowed} = %(gone)s`, [6]],
    ['', [1]],
    ['# nothing\n\n[mirror]\n', [1]],
  ];
  for (const [text, lines] of cases) {
    const { toml, remarks, scope } = imported(text);
    assert.deepEqual([...new Set(remarks.map(({ line }) => line))], lines, text);
    assert.deepEqual(settingsOf(toml).selection.projects.block, ['*'], toml);
    assert.equal(scope, 'nothing');
    const named = `does not accept line${lines.length === 1 ? '' : 's'} ${lines.join(', ')} of its file`;
    assert.ok(toml.replaceAll(/\n# */g, ' ').includes(named), toml);
  }
  for (const section of ['allowlist', 'blocklist']) {
    const odd = `${head}[plugins]\nenabled = ${section}_project\n[${section}]\npackages = two words\n`;
    assert.deepEqual(settingsOf(imported(odd).toml).selection.projects.block, ['*'], section);
  }
});

test('what narrows nothing is told as such, with what bandersnatch makes of it and what was meant', () => {
  const enabled = (plugin: string) => `[plugins]\nenabled = ${plugin}\n`;
  // What stands beside `[mirror] directory`; the line that is told, and how; whether everything is mirrored.
  const cases: readonly (readonly [string, number, RegExp])[] = [
    [
      `${enabled('allowlist_project')}[allowlist]\npackages =`,
      6,
      /list is empty.*keeps every project.*so does this/,
    ],
    [`${enabled('all')}[allowlist]\npackages =`, 6, /list is empty/],
    [
      `${enabled('project_requirements')}[allowlist]\nrequirements = gone-*.txt`,
      6,
      /no file matches: bandersnatch lets/,
    ],
    [`${enabled('project_requirements')}[allowlist]\nrequirements =`, 6, /list is empty/],
    [enabled('allowlist_project'), 4, /finds nothing to do: there is no \[allowlist\] packages;/],
    [enabled('project_requirements'), 4, /there is no \[allowlist\] requirements;/],
    [`${enabled('allowlist_projct')}[allowlist]\npackages = a`, 4, /did you mean allowlist_project\?/],
    [
      `${enabled('regex_release')}[allowlst]\npackages = a`,
      6,
      /no such section.*did you mean \[allowlist\]\?/,
    ],
    [`${enabled('allowlist_project')}[allowlist]\npackage = a`, 6, /no such key.*did you mean packages\?/],
    ['json = perhaps', 3, /neither true nor false/],
    ['release-files = maybe', 3, /neither true nor false/],
    ['compare-method = md5', 3, /"hash" and "stat"/],
    ['hash_indx = true', 3, /did you mean hash-index\?/],
  ];
  for (const [text, line, told] of cases) {
    const { toml, fates, scope } = imported(`[mirror]\ndirectory = /srv/pypi\n${text}\n`, () => []);
    const notes = fates.find(({ key }) => key.line === line)?.notes.join('; ') ?? '';
    assert.match(notes, told, text);
    assert.doesNotMatch(notes, /does not name/, text);
    if (!text.includes('all\n')) assert.equal(scope, 'everything', text);
    const { selection, mirrorFiles } = settingsOf(toml) as ReturnType<typeof settingsOf> & {
      mirrorFiles?: boolean;
    };
    assert.deepEqual(selection.projects.block, [], toml);
    assert.notEqual(mirrorFiles, false, toml);
  }
});

test('an allowlist holds where requirement files beside it ask for nothing', () => {
  const conf =
    '[mirror]\ndirectory = /srv/pypi\n[plugins]\nenabled =\n  PLUGIN\n  allowlist_project\n' +
    '[allowlist]\nrequirements = gone-*.txt\npackages = a\n';
  const { selection } = settingsOf(imported(conf.replace('PLUGIN', 'project_requirements'), () => []).toml);
  assert.deepEqual([selection.projects.allow, selection.projects.block], [['a'], []]);
  const pinned = settingsOf(imported(conf.replace('PLUGIN', 'project_requirements_pinned'), () => []).toml);
  assert.deepEqual(pinned.selection.projects.block, ['*']);
});

test('versions of Pythons are exactly those, and what is none is told', () => {
  const cases: readonly (readonly [string, string, readonly string[], RegExp | null])[] = [
    ['any', '3.7\n  3\n  3.11.2\n  3.7', ['3.7.0', '3.0.0', '3.11.2'], null],
    ['not-null', 'v4', ['4.0.0', '!'], null],
    ['any', '3.13rc1\n  3.x\n  cp312', ['3.13rc1'], /line 5 is no version.*line 6 is no version/],
    ['any', '3.x', [], /line 4 is no version.*here all are kept/],
    ['any', '', [], /here all are kept/],
  ];
  for (const [tag, text, expected, told] of cases) {
    const { toml, fates } = imported(
      `[plugins]\nenabled = version_range_release_file_metadata\n[version_range_release_file_metadata]\n${tag}:release_file.requires_python = ${text}\n`,
    );
    assert.deepEqual(settingsOf(toml).selection.files.requiresPython, expected, toml);
    const notes = fates.find(({ key }) => key.line === 4)?.notes.join(' ') ?? '';
    if (told === null) assert.equal(notes, '');
    else assert.match(notes, told);
  }
});

test('requirement files that jubjub reads like bandersnatch stay files', (t) => {
  const folder = withTempDir(t);
  const path = join(folder, 'requirements.txt');
  const conf = '[plugins]\nenabled = project_requirements\n[allowlist]\nrequirements = requirements.txt\n';
  const file = join(folder, 'mirror.toml');
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['flask\ndjango # web\n', [], true],
    ['flask==3.0\n', ['flask'], false],
    ['flask\n-r more.txt\n', ['flask'], false],
    ['flask @ https://x.example/flask.zip\n', ['flask'], false],
  ];
  for (const [text, allow, isFile] of cases) {
    writeFileSync(path, text);
    const { toml } = importBandersnatch(conf, { name: 'x', file, readRequirements: () => [{ path, text }] });
    const { projects } = readConfig(toml, file).settings.selection;
    assert.deepEqual(projects.allow, allow, toml);
    assert.equal(projects.requirements !== null, isFile, toml);
  }
});

test('hostile text leaves no string and no comment', () => {
  const nasty = [
    '"',
    "'",
    "'''",
    '"""',
    '\\',
    '\\u0000',
    '\x07',
    '\x7f',
    '\u2028',
    '\u0085',
    '\ud800',
    ']',
    '\n',
    '# x',
    'a = 1',
    '[x]',
  ];
  for (const part of nasty) {
    const value = `/x/${part.replaceAll('\n', '\n  ')}evil = true`;
    const { toml } = imported(
      `[mirror]\ndirectory = ${value}\nmaster = https://a/${part}\n${part} = ${value}\nlog-config = ${value}\n[plugins]\nenabled =\n  all\n  ${part}\n` +
        `[allowlist]\npackages =\n  good\n  ${part}\n[filter_regex]\npackages =\n  ${part}\n  a${part}\n[${part}]\nx${part} = ${part}\n` +
        `[regex_release_file_metadata]\nany:release_file.filename =\n  .*${part}\n[regex_project_metadata]\ninfo.license =\n  ${part}x\n`,
    );
    const settings = settingsOf(toml);
    assert.ok(settings.directory.startsWith('/'), toml);
    assert.deepEqual(settings.upstream.fileHosts, []);
  }
});

test('any text is a string, and any comment is nothing', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('\\', "'", '"', 'a', '\n', '\x7f', '\0', 'é', '\ud800') }),
      (text) => {
        assert.equal(parse(`x = ${tomlString(text)}`)['x'], text.toWellFormed());
        assert.deepEqual(Object.keys(parse(comment(text, '  '))), []);
      },
    ),
  );
});

test('whatever a bandersnatch.conf says, what comes out is a configuration, and every key is in it', () => {
  const section = fc.constantFrom(
    ...['mirror', 'plugins', 'DEFAULT', 's3', 'odd', 'whitelist', 'blacklist'],
    ...FILTER_OPTIONS.map((option) => option.section),
  );
  const name = fc.oneof(
    fc.constantFrom(...MIRROR_OPTIONS, ...FILTER_OPTIONS.map((option) => option.name), 'enabled', 'search'),
    fc.constantFrom('none:info.license', 'not-null:info.classifiers', 'all:release_file.filename', 'release'),
    fc.string({ maxLength: 8 }),
  );
  const entry = fc.oneof(
    fc.constantFrom(
      'all',
      ...PLUGINS,
      'windows',
      'py3.8',
      '1G',
      '3',
      'true',
      'simple',
      'https://x.example',
      '3.8',
    ),
    fc.constantFrom(
      'django>=4',
      'numpy',
      '.+a$',
      '(?P<x>a)',
      'a++',
      '%(directory)s',
      '\x24{mirror:directory}',
      '*',
      '!',
    ),
    fc.string({ maxLength: 20, unit: 'binary' }),
  );
  const key = fc
    .tuple(name, fc.array(entry, { maxLength: 4 }))
    .map(([one, values]) => `${one} =${values.map((value) => `\n  ${value}`).join('')}`);
  const conf = fc
    .array(fc.tuple(section, fc.array(key, { maxLength: 4 })), { maxLength: 8 })
    .map((sections) => sections.map(([one, keys]) => `[${one}]\n${keys.join('\n')}`).join('\n'));
  fc.assert(
    fc.property(conf, (text) => {
      const { toml, fates } = imported(text);
      settingsOf(toml);
      const keys = [...parseConf(text).sections.values()].flatMap((one) => [...one.values()]);
      assert.equal(fates.length, keys.length);
      for (const { to, isSo, notes } of fates) assert.ok(to !== null || isSo || notes.length > 0);
    }),
    { numRuns: 150 },
  );
});

test('docs/migrating.md names every option', () => {
  const document = readFileSync(new URL('../../docs/migrating.md', import.meta.url), 'utf8');
  for (const option of MIRROR_OPTIONS) assert.ok(document.includes(`\`${option}\``), `[mirror] ${option}`);
  for (const plugin of PLUGINS) assert.ok(document.includes(`\`${plugin}\``), plugin);
  for (const { section, name } of FILTER_OPTIONS)
    assert.ok(
      document.includes(name === '*' ? `\`[${section}]\`` : `\`[${section}] ${name}\``),
      `[${section}] ${name}`,
    );
});
