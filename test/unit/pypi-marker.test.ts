/**
 * Goal: environment markers hold where they hold for pip, and nothing is claimed of what is not known.
 * Method: tables of cases; those of a Linux with everything known were made with packaging 26.2, once for no extra and once
 *   for each that is asked for, as pip does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateMarker, type MarkerVariables, markerVariables, parseMarker } from '../../src/pypi/marker.ts';
import { MARKER_CHARS_MAX } from '../../src/pypi/parse-marker.ts';

const LINUX: MarkerVariables = {
  ...markerVariables('3.11.7', 'linux_x86_64'),
  platform_release: '5.15.0-generic',
  platform_version: '#1 SMP',
};

function evaluated(text: string, variables: MarkerVariables, extras: readonly string[] = []): boolean | null {
  const marker = parseMarker(text);
  assert.ok(marker, text);
  return evaluateMarker(marker, variables, extras);
}

test('what is known of a Python on a platform has the values that Python itself gives', () => {
  assert.deepEqual(markerVariables('3.11.7', 'linux_x86_64'), {
    implementation_name: 'cpython',
    implementation_version: '3.11.7',
    os_name: 'posix',
    platform_machine: 'x86_64',
    platform_python_implementation: 'CPython',
    platform_system: 'Linux',
    python_full_version: '3.11.7',
    python_version: '3.11',
    sys_platform: 'linux',
  });
  const cases: readonly (readonly [string, string])[] = [
    ['manylinux_2_28_aarch64', 'posix linux Linux aarch64'],
    ['musllinux', 'posix linux Linux -'],
    ['linux_i686', 'posix linux Linux -'],
    ['macos_arm64', 'posix darwin Darwin arm64'],
    ['macosx_10_9_x86_64', 'posix darwin Darwin x86_64'],
    ['macos_universal2', 'posix darwin Darwin -'],
    ['win_amd64', 'nt win32 Windows AMD64'],
    ['win_arm64', 'nt win32 Windows ARM64'],
    ['win32', 'nt win32 Windows -'],
    ['android_21_arm64_v8a', 'posix android Android -'],
    ['pyodide', 'posix emscripten Emscripten wasm32'],
    ['freebsd', 'posix - FreeBSD -'],
  ];
  for (const [platform, expected] of cases) {
    const variables = markerVariables('3.12', platform);
    const names = ['os_name', 'sys_platform', 'platform_system', 'platform_machine'];
    assert.equal(names.map((name) => variables?.[name] ?? '-').join(' '), expected, platform);
    assert.equal(variables?.['python_version'], '3.12');
    assert.equal(variables?.['python_full_version'], undefined);
  }
});

test('what is no platform or no version of Python has no variables', () => {
  for (const platform of [
    '',
    'any',
    'linux_x86-32',
    'linux_*',
    'lunix_x86_64',
    'win_constructor',
    'toString',
  ])
    assert.equal(markerVariables('3.12', platform), null, platform);
  for (const python of ['', '3', 'py312', '3.x', '3.12.1.1', ' 3.12', '312'])
    assert.equal(markerVariables(python, 'linux_x86_64'), null, python);
});

const HOLD: readonly string[] = [
  `python_version >= '3.8'`,
  `python_version<'3.12'and python_version>='3.9'`,
  `python_version >= '3.2'`,
  `'3.8' <= python_version`,
  `'3.12' > python_version`,
  `python_version == '3.11.*'`,
  `python_version ~= '3.8'`,
  `python_version === '3.11'`,
  `python_version in '3.10, 3.11'`,
  `python_version not  in '2.7 3.6'`,
  `'3.1' in python_version`,
  `python_full_version >= '3.11.4'`,
  `python_full_version == '3.11.*'`,
  `implementation_version > '3.11'`,
  `'linux' in sys_platform`,
  `sys_platform in 'linux darwin'`,
  `sys.platform != "win32"`,
  `os.name == 'posix'`,
  `platform_system == 'Linux' and platform.machine in "x86_64 AMD64"`,
  `platform.python_implementation == 'CPython'`,
  `python_implementation != 'PyPy'`,
  `( (os_name == 'nt') or(python_version > '3') ) and sys_platform != 'win32'`,
  `os_name == 'nt' and os_name == 'java' or os_name == 'posix'`,
  `os_name == 'posix' or os_name == 'nt' and os_name == 'java'`,
  `extra != 'test'`,
  `extra in 'test docs'`,
];

const DO_NOT_HOLD: readonly string[] = [
  `python_version < "3.8"`,
  `python_version == '3.11.7'`,
  `python_version == '3'`,
  `python_version ~= '3.8.0'`,
  `python_version != '3.11'`,
  `python_version in '2.7,3.1'`,
  `python_full_version < '3.11.0a7'`,
  `python_full_version <= '3.11'`,
  `os_name == "nt" or os_name == 'java'`,
  `(os_name == 'posix' or os_name == 'nt') and os_name == 'java'`,
  `implementation_name == 'pypy'`,
  `platform_release >= '5.15'`,
  `extra == 'test'`,
];

test('markers hold for a Python as they hold for packaging', () => {
  for (const text of HOLD) assert.equal(evaluated(text, LINUX), true, text);
  for (const text of DO_NOT_HOLD) assert.equal(evaluated(text, LINUX), false, text);
});

test('an extra holds when it is asked for, however it is spelt', () => {
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    [`extra == 'test'`, ['test'], true],
    [`"test" == extra`, ['docs', 'test'], true],
    [`extra == 'Dev_Tools'`, ['dev-tools'], true],
    [`extra == 'test'`, ['docs'], false],
    [`python_version > '3' and extra == 'test'`, ['test'], true],
    [`python_version < '3' and extra == 'test'`, ['test'], false],
    [`extra == 'a' and extra == 'b'`, ['a', 'b'], false], // pip asks for one after the other
    [`extra != 'test'`, ['test'], true], // and for none
    [`'Dev.Tools' in extras`, ['dev-tools'], true],
    [`'docs' in extras`, [], false],
    [`'docs' not in extras`, [], true],
  ];
  for (const [text, extras, expected] of cases)
    assert.equal(evaluated(text, LINUX, extras), expected, `${text} with ${extras}`);
});

test('nothing is claimed of what is not known, and nothing kept back that is known all the same', () => {
  const some: MarkerVariables = { python_version: '3.11', os_name: 'posix', implementation_name: 'cpython' };
  const cases: readonly (readonly [string, boolean | null])[] = [
    [`sys_platform == 'linux'`, null],
    [`platform_release > '5'`, null],
    [`sys_platform == 'linux' or os_name == 'posix'`, true],
    [`sys_platform == 'linux' and os_name == 'posix'`, null],
    [`sys_platform == 'linux' and os_name == 'nt'`, false],
    [`sys_platform == 'linux' or extra == 'x'`, null],
    [`python_full_version >= '3.11'`, true],
    [`python_full_version >= '3.11.4'`, null],
    [`python_full_version > '3.11'`, null],
    [`python_full_version >= '3.12'`, false],
    [`python_full_version < '3.11.0a7'`, false],
    [`python_full_version == '3.11.*'`, true],
    [`python_full_version != '3.11.2'`, null],
    [`python_full_version == '3.11.x'`, false],
    [`'3.11.4' <= python_full_version`, null],
    [`'3.10' <= python_full_version`, true],
    [`python_full_version in '3.11.1 3.11.2'`, null],
    [`implementation_version < '3.11.9'`, null],
    [`implementation_version < '3.12'`, true],
    [`'test' in dependency_groups`, null],
  ];
  for (const [text, expected] of cases) assert.equal(evaluated(text, some), expected, text);
});

test('where tools disagree, nobody knows', () => {
  const disputed = [
    `python_version >= '3.6.*'`,
    `python_version >= '3.x'`,
    `sys_platform > 'a'`,
    `os_name ~= 'posix'`,
    `os_name === 'posix'`,
    `'a' in extra and 'b' < 'c'`,
    `extras == 'x'`,
  ];
  for (const text of disputed) assert.equal(evaluated(text, LINUX, ['a']), null, text);
});

test('what is no marker is told, however hostile it is', () => {
  const none = [
    '',
    'python_version',
    `python_version >= 3.8`,
    `python_version >= '3.8`,
    `python_version => '3.8'`,
    `python >= '3.8'`,
    `python_versions >= '3.8'`,
    `constructor == '1'`,
    `python_version >= '3.8' and`,
    `and python_version >= '3.8'`,
    `(python_version >= '3.8'`,
    `python_version >= '3.8')`,
    `()`,
    `not python_version >= '3.8'`,
    `os_name not 'posix'`,
    `os_name notin 'posix'`,
    `os_name == 'a' os_name == 'b'`,
    `os_name == 'a', os_name == 'b'`,
    `os_name == 'a';`,
    '('.repeat(MARKER_CHARS_MAX),
    `${'('.repeat(1_000)}os_name == 'a'${')'.repeat(1_000)}`,
    ' '.repeat(MARKER_CHARS_MAX + 1),
  ];
  for (const text of none) assert.equal(parseMarker(text), null, text.slice(0, 80));
});

test('thousands of comparisons in a row are evaluated, and a few pairs of parentheses inside each other', () => {
  const many = Array.from({ length: 1_200 }, () => `os_name==''`);
  assert.equal(evaluated(many.join(' or '), LINUX), false);
  assert.equal(evaluated([...many, `os_name!=''`].join(' or '), LINUX), true);
  assert.equal(evaluated(`${'('.repeat(20)}os_name == 'posix'${')'.repeat(20)}`, LINUX), true);
});
