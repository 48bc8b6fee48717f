/**
 * Goal: of each kind of lock file exactly its files are asked for, by digest, else its versions; what comes from no index, or from
 * another one, is told; a file that is none of its kind is refused with the line.
 * Method: small lock files in the form in which their tools write them.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatOf } from '../../src/config/requirements/formats.ts';
import { readRequirements } from '../../src/config/requirements/read.ts';
import type { JubjubError } from '../../src/errors.ts';
import type { Environment } from '../../src/selection/settings.ts';
import { withTempDir } from '../support/temp.ts';

const digest = (letter: string) => letter.repeat(64);
const LINUX: Environment = { python: '3.12', platform: 'linux_x86_64' };

function read(t: TestContext, name: string, text: string, environments: readonly Environment[] = []) {
  const folder = withTempDir(t);
  writeFileSync(join(folder, name), text);
  const problems: JubjubError[] = [];
  const { asks, notes } = readRequirements([name], folder, {
    environments,
    sites: ['https://mirror.example/pypi'],
    tell: (told) => void problems.push(...told),
  });
  const shown = (asks ?? []).map(
    ({ name: project, specifier, extras, sha256s, by }) =>
      `${by} ${project}${extras.length > 0 ? `[${extras}]` : ''}${specifier} ${sha256s.map(([letter]) => letter).join('')}`,
  );
  return { asks: shown, notes, problems };
}

const UV_LOCK = `version = 1
revision = 3
requires-python = ">=3.9"
resolution-markers = [
    "python_full_version >= '3.10'",
    "python_full_version < '3.10'",
]

[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [
    { name = "numpy", version = "1.26.4", source = { registry = "https://pypi.org/simple" }, marker = "python_full_version < '3.10'" },
]

[package.metadata]
requires-dist = [{ name = "numpy" }]

[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://pypi.org/simple" }
resolution-markers = [
    "python_full_version < '3.10'",
]
sdist = { url = "https://files.example/numpy-1.26.4.tar.gz", hash = "sha256:${digest('a')}", size = 15786129, upload-time = "2024-02-06T00:26:44.495Z" }

[[package]]
name = "numpy"
version = "2.2.0"
source = { registry = "https://mirror.example/pypi/simple" }
resolution-markers = [
    "python_full_version >= '3.10'",
]
sdist = { url = "https://files.example/numpy-2.2.0.tar.gz", hash = "sha256:${digest('b')}", size = 20220000 }
wheels = [
    { url = "https://files.example/numpy-2.2.0-cp312-cp312-manylinux_2_17_x86_64.whl", hash = "sha256:${digest('c')}", size = 16100000 },
    { url = "https://files.example/numpy-2.2.0-cp312-cp312-win_amd64.whl", hash = "sha256:${digest('d')}", size = 12600000 },
]

[[package]]
name = "no-digest"
version = "1.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "patched"
version = "2.0"
source = { git = "https://user:secret@git.example/patched?rev=main#0123456" }

[[package]]
name = "torch"
version = "2.5.1+cpu"
source = { registry = "https://wheels.example/whl/cpu" }
wheels = [
    { url = "https://wheels.example/torch-2.5.1%2Bcpu-cp312-cp312-linux_x86_64.whl", hash = "sha256:${digest('e')}" },
]

[[package]]
name = "acme-lib"
version = "3"
source = { registry = "https://own.example/simple" }
`;

test('uv.lock asks for its files, each fork where it may count', (t) => {
  const { asks, notes, problems } = read(t, 'uv.lock', UV_LOCK);
  assert.deepEqual(problems, []);
  assert.deepEqual(asks, [
    'uv.lock:20 numpy==1.26.4 a',
    'uv.lock:29 numpy==2.2.0 bcd',
    'uv.lock:42 no-digest==1.0 ',
    'uv.lock:52 torch==2.5.1+cpu e',
  ]);
  assert.deepEqual(notes, [
    'uv.lock: on no index, so not mirrored: app (editable .), patched (git https://git.example/patched?rev=main#0123456)',
    'uv.lock: from another index (https://wheels.example/whl/cpu), so mirrored only where upstream has the same files: torch',
    'uv.lock: from another index (https://own.example/simple) and without digests, so not mirrored: acme-lib',
  ]);
  const { asks: onLinux } = read(t, 'uv.lock', UV_LOCK, [LINUX]);
  assert.deepEqual(onLinux, asks.slice(1), 'the fork of an older Python is nobody’s');
});

const PYLOCK = `lock-version = "1.0"
environments = ["sys_platform == 'win32'", "sys_platform == 'linux'"]
requires-python = "==3.12"
created-by = "mousebender"

[[packages]]
name = "attrs"
version = "25.1.0"
requires-python = ">=3.8"
wheels = [
  {name = "attrs-25.1.0-py3-none-any.whl", upload-time = 2025-01-25T11:30:10.164985+00:00, url = "https://files.example/attrs-25.1.0-py3-none-any.whl", size = 63152, hashes = {sha256 = "${digest('a')}"}},
]

[[packages]]
name = "cattrs"
version = "24.1.2"
index = "https://pypi.org/simple"
dependencies = [
    {name = "attrs"},
]
sdist = {name = "cattrs-24.1.2.tar.gz", url = "https://files.example/cattrs-24.1.2.tar.gz", size = 426462, hashes = {sha256 = "${digest('b')}", md5 = "00"}}
[[packages.wheels]]
name = "cattrs-24.1.2-py3-none-any.whl"
url = "https://files.example/cattrs-24.1.2-py3-none-any.whl"
hashes = {sha256 = "${digest('c')}"}

[[packages]]
name = "colorama"
version = "0.4.6"
marker = "sys_platform == 'win32'"
sdist = {url = "https://files.example/colorama-0.4.6.tar.gz", hashes = {sha512 = "${digest('0')}"}}

[[packages]]
name = "docs-only"
version = "1"
marker = "'docs' in extras"
wheels = [{url = "https://files.example/docs_only-1-py3-none-any.whl", hashes = {sha256 = "${digest('d')}"}}]

[[packages]]
name = "here"
directory = {path = "./here", editable = true}

[[packages]]
name = "there"
vcs = {type = "git", url = "https://git.example/there.git", commit-id = "0123456"}

[[packages]]
name = "packed"
archive = {url = "https://files.example/packed.zip", hashes = {sha256 = "${digest('e')}"}}
`;

test('pylock.toml asks for its files, whatever extras will be installed', (t) => {
  const { asks, notes, problems } = read(t, 'pylock.toml', PYLOCK);
  assert.deepEqual(problems, []);
  assert.deepEqual(asks, [
    'pylock.toml:6 attrs==25.1.0 a',
    'pylock.toml:14 cattrs==24.1.2 bc',
    'pylock.toml:27 colorama==0.4.6 ',
    'pylock.toml:33 docs-only==1 d',
  ]);
  assert.deepEqual(notes, [
    'pylock.toml: on no index, so not mirrored: here (directory ./here), there (vcs https://git.example/there.git), packed (archive https://files.example/packed.zip)',
  ]);
  const { asks: onLinux } = read(t, 'pylock.linux.toml', PYLOCK, [LINUX]);
  assert.deepEqual(
    onLinux.map((ask) => ask.split(' ')[1]),
    ['attrs==25.1.0', 'cattrs==24.1.2', 'docs-only==1'],
  );
});

const POETRY_LOCK = `# This file is automatically @generated by Poetry 2.1.1 and should not be changed by hand.

[[package]]
name = "certifi"
version = "2024.7.4"
description = "Python package for providing Mozilla's CA Bundle."
optional = false
python-versions = ">=3.6"
groups = ["main", "dev"]
files = [
    {file = "certifi-2024.7.4-py3-none-any.whl", hash = "sha256:${digest('a')}"},
    {file = "certifi-2024.7.4.tar.gz", hash = "sha256:${digest('b')}"},
]

[[package]]
name = "colorama"
version = "0.4.6"
description = "Cross-platform colored terminal text."
optional = false
python-versions = "*"
groups = ["main", "dev"]
markers = {main = "platform_system == \\"Windows\\"", dev = "sys_platform == \\"win32\\""}
files = [
    {file = "colorama-0.4.6-py2.py3-none-any.whl", hash = "sha256:${digest('c')}"},
]

[[package]]
name = "brotli"
version = "1.1.0"
description = ""
optional = true
python-versions = "*"
groups = ["main"]
markers = "extra == \\"brotli\\" and platform_python_implementation == \\"CPython\\""
files = [
    {file = "Brotli-1.1.0.tar.gz", hash = "sha256:${digest('d')}"},
]

[[package]]
name = "acme-lib"
version = "3.0"
description = ""
optional = false
python-versions = "*"
groups = ["main"]
files = [
    {file = "acme_lib-3.0-py3-none-any.whl", hash = "sha256:${digest('e')}"},
]

[package.source]
type = "legacy"
url = "https://own.example/simple"
reference = "own"

[[package]]
name = "forked"
version = "1.0"
description = ""
optional = false
python-versions = "*"
groups = ["main"]
files = []
develop = false

[package.source]
type = "git"
url = "https://git.example/forked.git"
reference = "main"
resolved_reference = "0123456"

[extras]
brotli = ["brotli"]

[metadata]
lock-version = "2.1"
python-versions = "^3.9"
content-hash = "${digest('0')}"
`;

test('poetry.lock asks for its files, in groups and extras of every name', (t) => {
  const { asks, notes, problems } = read(t, 'poetry.lock', POETRY_LOCK);
  assert.deepEqual(problems, []);
  assert.deepEqual(asks, [
    'poetry.lock:3 certifi==2024.7.4 ab',
    'poetry.lock:15 colorama==0.4.6 c',
    'poetry.lock:27 brotli==1.1.0 d',
    'poetry.lock:39 acme-lib==3.0 e',
  ]);
  assert.deepEqual(notes, [
    'poetry.lock: on no index, so not mirrored: forked (git https://git.example/forked.git)',
    'poetry.lock: from another index (https://own.example/simple), so mirrored only where upstream has the same files: acme-lib',
  ]);
  const { asks: onLinux } = read(t, 'poetry.lock', POETRY_LOCK, [LINUX]);
  assert.deepEqual(
    onLinux.map((ask) => ask.split(' ')[1]),
    ['certifi==2024.7.4', 'brotli==1.1.0', 'acme-lib==3.0'],
  );
});

test('the first version of poetry.lock has its files at the end', (t) => {
  const text = `[[package]]
name = "six"
version = "1.16.0"
category = "main"
optional = false
python-versions = ">=2.7"

[metadata]
lock-version = "1.1"
content-hash = "${digest('0')}"

[metadata.files]
six = [
    {file = "six-1.16.0-py2.py3-none-any.whl", hash = "sha256:${digest('a')}"},
    {file = "six-1.16.0.tar.gz", hash = "md5:00"},
]
`;
  assert.deepEqual(read(t, 'poetry.lock', text).asks, ['poetry.lock:1 six==1.16.0 a']);
});

test('a project may be named like what every object of JavaScript has', (t) => {
  const text = `[[package]]
name = "constructor"
version = "1.0"

[metadata]
lock-version = "1.1"
files = {}
`;
  assert.deepEqual(read(t, 'poetry.lock', text).asks, ['poetry.lock:1 constructor==1.0 ']);
});

test('a source that uv never writes is told, whatever its value is', (t) => {
  const text = `version = 1
[[package]]
name = "odd"
source = { git = { a = 1 } }
`;
  assert.deepEqual(read(t, 'uv.lock', text).notes, ['uv.lock: on no index, so not mirrored: odd (git)']);
});

const PIPFILE_LOCK = JSON.stringify(
  {
    _meta: {
      hash: { sha256: digest('0') },
      'pipfile-spec': 6,
      requires: { python_version: '3.12' },
      sources: [
        { name: 'pypi', url: 'https://pypi.org/simple', verify_ssl: true },
        { name: 'own', url: 'https://user:secret@own.example/simple', verify_ssl: true },
      ],
    },
    default: {
      requests: {
        extras: ['Socks'],
        hashes: [`sha256:${digest('a')}`, `sha256:${digest('b')}`],
        index: 'pypi',
        markers: "python_version >= '3.8'",
        version: '==2.32.3',
      },
      'acme-lib': { index: 'own', version: '==3' },
      anything: { version: '*' },
      local: { editable: true, path: './local' },
    },
    develop: {
      colorama: { hashes: [`sha256:${digest('c')}`], markers: "sys_platform == 'win32'", version: '==0.4.6' },
      requests: { hashes: [`sha256:${digest('a')}`], version: '==2.32.3' },
      forked: { git: 'https://git.example/forked.git', ref: '0123456' },
    },
  },
  null,
  4,
);

test('Pipfile.lock asks for its files, those for development among them', (t) => {
  const { asks, notes, problems } = read(t, 'Pipfile.lock', PIPFILE_LOCK);
  assert.deepEqual(problems, []);
  assert.deepEqual(asks, [
    'Pipfile.lock:24 requests[socks]==2.32.3 ab',
    'Pipfile.lock:40 anything ',
    'Pipfile.lock:49 colorama==0.4.6 c',
    'Pipfile.lock:56 requests==2.32.3 a',
  ]);
  assert.deepEqual(notes, [
    'Pipfile.lock: on no index, so not mirrored: local (path ./local), forked (git https://git.example/forked.git)',
    'Pipfile.lock: from another index (https://own.example/simple) and without digests, so not mirrored: acme-lib',
  ]);
  assert.equal(read(t, 'Pipfile.lock', PIPFILE_LOCK, [LINUX]).asks.length, 3);
});

test('a version that is not PEP 440 is asked for as it is written', (t) => {
  const text =
    'version = 1\n[[package]]\nname = "pytz"\nversion = "2004b-beta-x"\nsource = { registry = "https://pypi.org/simple" }\n';
  assert.deepEqual(read(t, 'uv.lock', text).asks, ['uv.lock:2 pytz===2004b-beta-x ']);
});

test('what is no lock file of its kind is refused, with the line where there is one', (t) => {
  const entry = '[[package]]\nname = "a"\n';
  const cases: [name: string, text: string, line: number | null, expected: RegExp][] = [
    ['uv.lock', 'version = 2\n', null, /as version$/],
    ['uv.lock', 'version = 1\nx = \n', 2, /TOML 1\.0/],
    [
      'uv.lock',
      `version = 1\n\n${entry}source = { registry = "r" }\n${entry}source = "x"\n`,
      6,
      /as package 2 source$/,
    ],
    [
      'uv.lock',
      `version = 1\n[[package]]\nname = "a b"\nsource = { registry = "r" }\n`,
      2,
      /the name of a project/,
    ],
    [
      'uv.lock',
      `version = 1\n${entry}source = { registry = "r" }\nsdist = { hash = "sha256:12" }\n`,
      2,
      /64 hex digits/,
    ],
    ['pylock.toml', 'lock-version = "2.0"\n', null, /a lock file of version 1 as lock-version$/],
    ['pylock.toml', 'lock-version = "1.0"\n[[packages]]\nversion = "1"\n', 2, /as packages 1 name$/],
    ['poetry.lock', `${entry}version = "1"\n`, null, /as metadata$/],
    ['poetry.lock', `${entry}version = "1"\n[metadata]\nlock-version = "3.0"\n`, null, /version 1 or 2/],
    ['Pipfile.lock', '{"_meta": {', null, /^JSON$/],
    ['Pipfile.lock', '{"_meta": {"pipfile-spec": 5}, "default": {}}', null, /as _meta pipfile-spec$/],
    [
      'Pipfile.lock',
      '{\n    "_meta": {"pipfile-spec": 6},\n    "default": {\n        "a": {\n"version": 1}}}',
      4,
      /as default a version$/,
    ],
  ];
  for (const [name, text, line, expected] of cases) {
    const { problems, asks } = read(t, name, text);
    const [problem] = problems;
    assert.ok(problem !== undefined && problems.length === 1, text);
    assert.ok(
      problem.facts.path?.endsWith(line === null ? `/${name}` : `/${name}:${line}`),
      problem.facts.path,
    );
    assert.match(problem.facts.expected ?? '', expected, text);
    assert.deepEqual(asks, []);
  }
});

test('a lock file from ever so many indexes is told of in a few notes, and its names are gathered at once', (t) => {
  const indexes = Array.from({ length: 130_000 }, (_, n) => `[[packages]]\nname='a'\nindex='${n}'\n`);
  const pylock = read(t, 'pylock.toml', `lock-version = "1.0"\n${indexes.join('')}`);
  assert.deepEqual([pylock.problems, pylock.asks, pylock.notes.length], [[], [], 51]);
  assert.equal(pylock.notes.at(-1), 'and 129950 more like this');
});

test('packages that share their digests are refused before there are too many', (t) => {
  const packages = Array.from({ length: 1001 }, (_, n) => `[[package]]\nname = "a"\nversion = "${n}"\n`);
  const hash = `{ hash = "sha256:${digest('a')}" },`;
  const files = `[metadata]\nlock-version = "1.1"\n[metadata.files]\na = [${hash.repeat(1000)}]\n`;
  const { problems } = read(t, 'poetry.lock', packages.join('') + files);
  assert.deepEqual(
    problems.map(({ facts }) => facts.expected),
    ['at most 1000000 digests of all packages together'],
  );
});

test('the name of a file tells what it is', () => {
  const cases: [string, string | null][] = [
    ['requirements.txt', 'requirements'],
    ['../deps/dev.in', 'requirements'],
    ['/srv/uv.lock', 'uv'],
    ['pylock.toml', 'pylock'],
    ['a/pylock.dev.toml', 'pylock'],
    ['pylock.a.b.toml', null],
    ['poetry.lock', 'poetry'],
    ['Pipfile.lock', 'pipfile'],
    ['Pipfile', null],
    ['pyproject.toml', null],
    ['.txt', null],
    ['pdm.lock', null],
  ];
  for (const [path, format] of cases) assert.equal(formatOf(path), format, path);
});
