/**
 * Goal: a requirements file asks for what pip would install from the upstream, each line once and by its number; what no index
 * can give is told, and what cannot be understood is refused with file and line.
 * Method: tables of files in a folder, and the asks, notes and errors they lead to.
 */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { readRequirements } from '../../src/config/requirements/read.ts';
import { isJubjubError, type JubjubError } from '../../src/errors.ts';
import type { Environment } from '../../src/selection/settings.ts';
import { withTempDir } from '../support/temp.ts';

const LINUX: Environment = { python: '3.12', platform: 'linux_x86_64' };
const WINDOWS: Environment = { python: '3.9', platform: 'win_amd64' };
const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

/** As pip writes one. */
const variable = (name: string) => `\${${name}}`;

type Files = Readonly<Record<string, string>>;

function folderOf(t: TestContext, files: Files): string {
  const folder = withTempDir(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

function read(folder: string, names: readonly string[], environments: readonly Environment[] = []) {
  const problems: JubjubError[] = [];
  const tell = (told: readonly JubjubError[]) => void problems.push(...told);
  return { ...readRequirements(names, folder, { environments, sites: [], tell }), problems };
}

/** What a requirements file asks for, briefly: `name[extras]specifier #digests @line`. */
function asked(t: TestContext, text: string, environments: readonly Environment[] = [], more: Files = {}) {
  const folder = folderOf(t, { ...more, 'requirements.txt': text });
  const { asks, notes, problems } = read(folder, ['requirements.txt'], environments);
  assert.deepEqual(problems, []);
  const shown = (asks ?? []).map(({ name, extras, specifier, sha256s, by }) => {
    const words = [
      name + (extras.length > 0 ? `[${extras}]` : '') + specifier,
      ...sha256s.map((digest) => `#${digest[0]}`),
      `@${by.replace(/^requirements\.txt:/, '')}`,
    ];
    return words.join(' ');
  });
  return { asks: shown, notes };
}

function refused(t: TestContext, text: string, more: Files = {}): JubjubError {
  const { problems } = read(folderOf(t, { ...more, 'requirements.txt': text }), ['requirements.txt']);
  assert.ok(problems[0] !== undefined && problems.length === 1, text);
  assert.ok(isJubjubError(problems[0], 'CONFIG_INVALID'));
  return problems[0];
}

test('each line asks, whatever pip lets stand around it', (t) => {
  const text = [
    '# what we need \\',
    'Django[bcrypt, Argon2] >= 4 , < 6  # the web',
    'requests==2.32.3; python_version >= "3.8"',
    'typing_extensions',
    'numpy>=1,\\',
    '  <2 \\',
    '  # never continued',
    '',
    'scipy == 1.* --config-settings "a=b c" --global-option=x',
    `--index-url https://${variable('USER')}@pypi.example/simple --trusted-host pypi.example`,
    '--pre',
    '--no-binary :all:',
    'attrs>=23 # last',
  ].join('\n');
  const { asks, notes } = asked(t, text);
  assert.deepEqual(asks, [
    'django[argon2,bcrypt]>=4,<6 @2',
    'requests==2.32.3 @3',
    'typing-extensions @4',
    'numpy>=1,<2 @5',
    'scipy==1.* @9',
    'attrs>=23 @13',
  ]);
  assert.deepEqual(notes, []);
});

test('line endings of every kind, a byte order mark and a missing last newline are no matter', (t) => {
  assert.deepEqual(asked(t, '\ufeffa==1\r\nb==2\rc==\\\r\n3').asks, ['a==1 @1', 'b==2 @2', 'c==3 @3']);
});

test('hashes ask for exactly these files', (t) => {
  const text = `a==1 \\
    --hash=sha256:${A} \\
    --hash sha256:${B.toUpperCase()} \\
    --hash=sha512:${'0'.repeat(128)}
    # via b
c==2 --hash=md5:00
`;
  assert.deepEqual(asked(t, text).asks, ['a==1 #a #b @1', 'c==2 @6']);
});

test('an entry that can count in no declared environment is left out', (t) => {
  const text = `always
old; python_version < "3.10"
win; sys_platform == "win32"
both; sys_platform == "win32" and python_version >= "3.12"
machine; platform_release >= "5"
extra; extra == "docs"
`;
  const names = (environments: readonly Environment[]) =>
    asked(t, text, environments).asks.map((ask) => ask.split(' ')[0]);
  assert.deepEqual(names([]), ['always', 'old', 'win', 'both', 'machine', 'extra']);
  assert.deepEqual(names([LINUX]), ['always', 'machine']);
  assert.deepEqual(names([LINUX, WINDOWS]), ['always', 'old', 'win', 'machine']);
});

test('other files are read from where they are named, each once', (t) => {
  const { asks, notes } = asked(t, '-r deps/web.txt\n--requirement=deps/web.txt\n-rdeps/more.in\nlast', [], {
    'deps/web.txt': 'flask\n-r more.in\n',
    'deps/more.in': 'click>=8\n-c ../requirements-of-click.txt\n',
    'requirements-of-click.txt': 'click<9\nnever-asked==1\n',
  });
  assert.deepEqual(asks, ['flask @deps/web.txt:1', 'click>=8,<9 @deps/more.in:1', 'last @4']);
  assert.deepEqual(notes, []);
});

test('constraints narrow what has their name, where they surely count', (t) => {
  const constraints = `numpy<2; python_version < "3.10"
numpy>=2; python_version >= "3.10"
flask==3 --hash=sha256:${A}
click<8; platform_release > "5"
`;
  const text = 'numpy\nflask\nclick\n-c c.txt\n';
  const files = { 'c.txt': constraints };
  assert.deepEqual(asked(t, text, [LINUX], files).asks, ['numpy>=2 @1', 'flask==3 #a @2', 'click @3']);
  assert.deepEqual(
    asked(t, text, [LINUX, WINDOWS], files).asks,
    ['numpy>=2 @1', 'numpy<2 @1', 'flask==3 #a @2', 'click @3'],
    'each environment has its own',
  );
  assert.deepEqual(asked(t, text, [], files).asks, ['numpy @1', 'flask==3 #a @2', 'click @3']);
});

test('what is on no index is told, without passwords, and asks for nothing', (t) => {
  const lines = [
    '-e .',
    '--editable=git+https://user:secret@git.example/x.git#egg=x',
    './wheels/a-1-py3-none-any.whl',
    'b @ https://user:secret@files.example/b-1.tar.gz ; python_version > "3"',
    'git+ssh://git@git.example/c.git',
    `https://${variable('TOKEN')}@files.example/d.zip`,
    'e-1.0.tar.gz',
    '/srv/f[extra]',
    'C:\\g\\h',
    '--find-links ./wheels',
    '--extra-index-url https://user:secret@other.example/simple',
    '-c https://constraints.example/upper.txt',
  ];
  const { asks, notes } = asked(t, lines.join('\n'));
  assert.deepEqual(asks, []);
  assert.equal(notes.length, lines.length);
  for (const [index, note] of notes.entries()) {
    assert.ok(note.startsWith(`requirements.txt:${index + 1}: `), note);
    assert.doesNotMatch(note, /secret/);
  }
});

test('what cannot be understood is refused with its file and line', (t) => {
  const cases: [text: string, line: number, expected: RegExp, received: RegExp][] = [
    ['a\nb ==\n', 2, /a requirement \(PEP 508\)/, /"b =="/],
    ['a; python_versoin > "3"', 1, /a requirement/, /python_versoin/],
    ['django:4.2', 1, /a requirement/, /django:4\.2/],
    [`\n\na==${variable('VERSION')}`, 3, /stands there itself/, /environment variable \$\{VERSION\}/],
    [`-r ${variable('WHERE')}.txt`, 1, /stands there itself/, /\$\{WHERE\}/],
    ['--requirment x.txt', 1, /^--requirement, the nearest known$/, /--requirment/],
    ['--xyzzy-plugh', 1, /an option that pip has/, /--xyzzy-plugh/],
    ['a\n-r', 2, /a value of -r/, /nothing/],
    ['-r https://a.example/r.txt', 1, /the path of a file/, /a\.example/],
    ['a --hash=sha256:12', 1, /64 hex digits/, /sha256:12/],
    ['a --hash=12', 1, /64 hex digits/, /"12"/],
    ['?'.repeat(4096), 1, /a requirement/, /^"\?{200}…"$/],
    ['?'.repeat(4097), 1, /at most 4096 characters/, /4097/],
    [`a\n${'b \\\n'.repeat(50_001)}`, 2, /at most 100000 characters/, /\d/],
  ];
  for (const [text, line, expected, received] of cases) {
    const { facts } = refused(t, text);
    assert.ok(facts.path?.endsWith(`/requirements.txt:${line}`), `${text}: ${facts.path}`);
    assert.match(facts.expected ?? '', expected, text);
    assert.match(facts.received ?? '', received, text);
  }
});

test('files that include one another in a circle are refused where it closes', (t) => {
  const { facts } = refused(t, '-r b.txt', { 'b.txt': 'x\n-r c.txt', 'c.txt': '-c requirements.txt' });
  assert.ok(facts.path?.endsWith('/c.txt:1'), facts.path);
  assert.match(facts.expected ?? '', /circle/);
});

test('a file that is missing, no file, or no text is refused with the place that names it', (t) => {
  const missing = refused(t, 'a\n-r no/such.txt');
  assert.ok(missing.facts.path?.endsWith('/no/such.txt'));
  assert.equal(missing.facts.received, 'ENOENT');
  assert.equal(missing.facts.hint, 'it is named in requirements.txt:2');
  assert.match(refused(t, 'a\n-r no\0such.txt').facts.received ?? '', /null character/);
  const folder = folderOf(t, { 'd.txt/x': '', 'bytes.txt': '' });
  writeFileSync(join(folder, 'bytes.txt'), Buffer.from([0x61, 0xff]));
  symlinkSync('loop.txt', join(folder, 'loop.txt'));
  const { problems } = read(folder, ['d.txt', 'bytes.txt', 'loop.txt', 'none.txt']);
  assert.deepEqual(
    problems.map(({ facts }) => [facts.received, facts.hint]),
    ['a folder, a device or the like', 'other bytes', 'ELOOP', 'ENOENT'].map((word) => [
      word,
      'it is named in [projects] requirements',
    ]),
  );
});

test('more files than a limit, and more bytes, are refused', (t) => {
  const names = Array.from({ length: 201 }, (_, index) => `r${index}.txt`);
  const many = read(folderOf(t, Object.fromEntries(names.map((name) => [name, '']))), names);
  assert.deepEqual(
    many.problems.map(({ facts }) => facts.expected),
    ['at most 200 files with requirements'],
  );
  const folder = folderOf(t, {});
  // Files with holes.
  for (const name of ['1.txt', '2.txt', '3.txt', '4.txt', '5.txt', 'large.txt']) {
    writeFileSync(join(folder, name), '#');
    truncateSync(join(folder, name), 8 * 1024 * 1024 + (name === 'large.txt' ? 1 : 0));
  }
  const expected = (names: readonly string[]) =>
    read(folder, names).problems.map(({ facts }) => facts.expected);
  assert.deepEqual(expected(['large.txt']), ['at most 8388608 bytes']);
  assert.match(
    expected(['1.txt', '2.txt', '3.txt', '4.txt', '5.txt']).at(-1) ?? '',
    /at most 33554432 bytes of all files/,
  );
});

test('more lines than a limit, and more constraints, are refused before they are put together', (t) => {
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, n) => line(n)).join('\n');
  const constraints = (count: number) => ({ 'c.txt': lines(count, (n) => `a!=${n}`) });
  const cases: readonly (readonly [string, Files, RegExp])[] = [
    [lines(200_001, () => '-Z'), {}, /^at most 200000 lines/],
    ['-c c.txt\na', constraints(1001), /^at most 1000 constraints on a$/],
    [
      `-c c.txt\n${lines(600, () => 'a')}`,
      { 'c.txt': lines(400, () => `a===${'x'.repeat(100)}`) },
      /^at most 20000000 characters of constraints/,
    ],
  ];
  for (const [text, more, expected] of cases)
    assert.match(String(refused(t, text, more).facts.expected), expected);
  const files = ['1.txt', '2.txt', '3.txt'];
  const each = lines(100_001, () => 'a');
  const { problems } = read(folderOf(t, { '1.txt': each, '2.txt': each, '3.txt': 'b c' }), files);
  const told = problems.map(({ facts }) => facts.expected);
  assert.deepEqual(
    told,
    ['at most 200000 requirements of all files together'],
    'the third is not read any more',
  );
});

test('a line ends where it does for pip, and a comment with its line', (t) => {
  const { asks } = asked(t, `a # x\u2028b\fc\u0085d${' #'.repeat(100_000)}\u2029e\\`);
  assert.deepEqual(asks, ['a @1', 'b @2', 'c @3', 'd @4', 'e @5']);
});

test('the configuration has the asks, the notes, and all that is wrong at once', (t) => {
  const folder = folderOf(t, {
    'mirror.toml': `directory = "m"
[upstream]
url = "https://pypi.example"
contact = "a@b"
[projects]
requirements = ["requirements.txt", "./sub/../sub/more.in"]
block = ["b"]
reserved = ["acme-*"]
`,
    'requirements.txt': 'a==1\nb\n-e .\nacme-lib==3\n',
    'sub/more.in': 'c\n',
    'none.toml': 'directory = "m"\n[upstream]\nurl = "https://pypi.example"\n[projects]\nrequirements = []\n',
    'bad.toml':
      'directory = "m"\n[upstream]\nurl = "https://pypi.example"\n[projects]\nrequirements = ["x.txt", "y.txt"]\n',
    'x.txt': '==1',
    'y.txt': '\n\n==2',
  });
  const { settings, notes } = loadConfig(join(folder, 'mirror.toml'));
  assert.deepEqual(
    settings.selection.projects.requirements?.map(({ name, by }) => `${name} ${by}`),
    ['a requirements.txt:1', 'b requirements.txt:2', 'acme-lib requirements.txt:4', 'c sub/more.in:1'],
  );
  assert.deepEqual(notes, [
    'requirements.txt:2 asks for b, which [projects] block leaves out',
    'requirements.txt:4 asks for acme-lib, which [projects] reserved leaves out',
    'requirements.txt:3: . is on no index: it is not mirrored',
  ]);
  assert.equal(loadConfig(join(folder, 'none.toml')).settings.selection.projects.requirements, null);
  assert.throws(
    () => loadConfig(join(folder, 'bad.toml')),
    (error) =>
      isJubjubError(error, 'CONFIG_INVALID') &&
      error.cause instanceof AggregateError &&
      error.cause.errors.map((each: JubjubError) => each.facts.path).join() ===
        `${folder}/x.txt:1,${folder}/y.txt:3`,
  );
});

test('who selects nothing does not read requirement files: a mirror is served whatever became of them', (t) => {
  const text =
    'directory = "mirror"\n[upstream]\nurl = "https://index.example"\n[projects]\nrequirements = ["gone.txt"]\n';
  const file = join(folderOf(t, { 'mirror.toml': text }), 'mirror.toml');
  assert.throws(() => loadConfig(file), /gone\.txt/);
  assert.deepEqual(
    loadConfig(file, { readsRequirements: false }).settings.directory,
    join(dirname(file), 'mirror'),
  );
});
