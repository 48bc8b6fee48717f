/**
 * Goal: files are told apart by their names, and wheels belong to the Pythons, ABIs and platforms that they run on.
 * Method: tables of cases; those of Python and macOS tags agree with packaging 26.2.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ABI_NAMES, abiTest, tagsAdmitPython } from '../../src/pypi/python-tags.ts';
import { type FileKind, fileKindOf, wheelTagsOf } from '../../src/pypi/wheel-name.ts';
import { PLATFORM_NAMES, platformTest } from '../../src/pypi/wheel-platforms.ts';

test('the kind of a file is told by its name', () => {
  const cases: readonly (readonly [string, FileKind])[] = [
    ['a-1.0-py3-none-any.whl', 'wheel'],
    ['a-1.0.tar.gz', 'sdist'],
    ['a-1.0.zip', 'sdist'],
    ['A-1.0.ZIP', 'sdist'],
    ['a-1.0.tar.bz2', 'sdist'],
    ['a-1.0.tar.Z', 'sdist'],
    ['a-1.0.tgz', 'sdist'],
    ['a-1.0-py2.7.egg', 'egg'],
    ['a-1.0.win32-py2.7.exe', 'wininst'],
    ['a-1.0.win-amd64-py2.7.msi', 'msi'],
    ['a-1.0-1.src.rpm', 'rpm'],
    ['a-1.0.dmg', 'dmg'],
    ['python-a_1.0-1_all.deb', 'deb'],
    ['a-1.0.linux-x86_64.tar.gz', 'dumb'],
    ['a-1.0.macosx-10.9-x86_64.tar.gz', 'dumb'],
    ['a-1.0.win32.zip', 'dumb'],
    ['a-1.0b2.win-amd64.zip', 'dumb'],
    ['a-1.0.freebsd-10.1-RELEASE-amd64.tar.gz', 'dumb'],
    ['a.linux-1.0.tar.gz', 'sdist'],
    ['a.darwin-5.tar.gz', 'sdist'],
    ['a.freebsd-1.0.tar.gz', 'sdist'],
    ['a-b.windows-1.0.zip', 'sdist'],
    ['a2-2.linux-tools-1.0.zip', 'sdist'],
    ['a-1.0.txt', 'unknown'],
    ['a-1.0.whl.asc', 'unknown'],
    ['whl', 'unknown'],
    ['', 'unknown'],
    [`${'-1'.repeat(50_000)}.linux.tar`, 'unknown'],
  ];
  for (const [filename, kind] of cases) assert.equal(fileKindOf(filename), kind, filename.slice(0, 80));
});

test('the tags of a wheel stand at the end of its name', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a-1.0-py3-none-any.whl', 'py3 | none | any'],
    ['a-1.0-1build-PY2.py3-none-any.whl', 'py2 py3 | none | any'],
    [
      'a_b-1.0_beta-cp311-cp311-macosx_10_9_x86_64.macosx_11_0_arm64.whl',
      'cp311 | cp311 | macosx_10_9_x86_64 macosx_11_0_arm64',
    ],
    ['a-1!0+x.y-py3.py3-none-any.whl', 'py3 | none | any'],
  ];
  for (const [filename, expected] of cases) {
    const tags = wheelTagsOf(filename);
    assert.equal(
      [tags?.pythons, tags?.abis, tags?.platforms].map((set) => set?.join(' ')).join(' | '),
      expected,
    );
  }
  const none = [
    'a-1.0.tar.gz',
    'a-1.0.whl',
    'a-1.0-none-any.whl',
    'a-b-1.0-x-py3-none-any.whl',
    'a-1.0-build-py3-none-any.whl',
    'a-1.0-py3-none-.whl',
    'a-1.0-py3.-none-any.whl',
    'a-1.0-py3-none-any.whl.asc',
  ];
  for (const filename of none) assert.equal(wheelTagsOf(filename), null, filename);
});

test('a wheel is for the Pythons that any implementation can use it on', () => {
  const pythons = ['2.7', '3.7', '3.8', '3.10', '3.11', '3.13'];
  const cases: readonly (readonly [string, string])[] = [
    ['py3-none', '3.7 3.8 3.10 3.11 3.13'],
    ['py2.py3-none', '2.7 3.7 3.8 3.10 3.11 3.13'],
    ['py2-none', '2.7'],
    ['py38-none', '3.8 3.10 3.11 3.13'],
    ['py311-none', '3.11 3.13'],
    ['py3-abi3', ''],
    ['cp311-cp311', '3.11'],
    ['cp313-cp313t', '3.13'],
    ['cp37-cp37m', '3.7'],
    ['cp27-cp27mu', '2.7'],
    ['cp310-none', '3.10'],
    ['cp37-abi3', '3.7 3.8 3.10 3.11 3.13'],
    ['cp310.cp311-cp310.cp311', '3.10 3.11'],
    ['cp310-cp311', ''],
    ['cp38-abi3t', '3.13'],
    ['pp310-pypy310_pp73', '3.10'],
    ['pp27-none', '2.7'],
    ['pp38-cp38', ''],
    ['graalpy311-graalpy242_311_native', '3.11'],
    ['ip27-none', '2.7'],
    ['jy2-none', '2.7'],
    ['any-none', '2.7 3.7 3.8 3.10 3.11 3.13'], // nobody can tell
  ];
  for (const [tags, expected] of cases) {
    const read = wheelTagsOf(`a-1-${tags}-any.whl`);
    assert.ok(read, tags);
    assert.equal(pythons.filter((python) => tagsAdmitPython(read, python)).join(' '), expected, tags);
  }
  const stable = wheelTagsOf('a-1-cp37-abi3-any.whl');
  assert.ok(stable);
  assert.deepEqual(
    ['3', '2', '3.11.4'].map((python) => tagsAdmitPython(stable, python)),
    [true, false, true],
  );
});

test('ABIs are named by tag, by family or by glob', () => {
  const abis = [
    'none',
    'abi3',
    'cp37m',
    'cp311',
    'cp313',
    'cp313t',
    'cp27mu',
    'pypy310_pp73',
    'pp27',
    'graalpy242_311_native',
  ];
  const cases: readonly (readonly [string, string])[] = [
    ['none', 'none'],
    ['ABI3', 'abi3'],
    ['cp311', 'cp311'],
    ['cp37', 'cp37m'],
    ['cp313', 'cp313'],
    ['cp313t', 'cp313t'],
    ['cp27', 'cp27mu'],
    ['cpython', 'abi3 cp37m cp311 cp313 cp313t cp27mu'],
    ['pypy', 'pypy310_pp73 pp27'],
    ['pypy310_pp73', 'pypy310_pp73'],
    ['pypy*', 'pypy310_pp73'],
    ['cp31?', 'cp311 cp313'],
    ['*', abis.join(' ')],
    ['cp*t', 'cp313t'],
  ];
  for (const [entry, expected] of cases)
    assert.equal(abis.filter(abiTest(entry) ?? assert.fail).join(' '), expected, entry);
  for (const name of ABI_NAMES) assert.ok(abiTest(name), name);
  for (const bad of ['', 'any', 'cp', 'pipy', 'cpyton', 'cp3.11', 'c p*', 'toString', 'no-ne'])
    assert.equal(abiTest(bad), null, bad);
});

const TAGS = [
  'any',
  'linux_x86_64',
  'manylinux1_x86_64',
  'manylinux2014_x86_64',
  'manylinux_2_28_x86_64',
  'manylinux_2_34_x86_64',
  'musllinux_1_1_x86_64',
  'musllinux_1_2_aarch64',
  'manylinux2014_aarch64',
  'linux_armv7l',
  'linux_mips64',
  'macosx_10_9_x86_64',
  'macosx_10_6_intel',
  'macosx_10_9_universal2',
  'macosx_11_0_arm64',
  'macosx_14_2_arm64',
  'win32',
  'win_amd64',
  'win_arm64',
  'android_21_arm64_v8a',
  'ios_13_0_arm64_iphoneos',
  'pyodide_2024_0_wasm32',
  'emscripten_3_1_58_wasm32',
  'freebsd_14_1_release_amd64',
  'plan9_x86',
];

test('platforms are named by family, up to a version, or by glob', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['any', 'any'],
    ['linux_x86_64', TAGS.slice(1, 7).join(' ')],
    ['Linux-x86_64', TAGS.slice(1, 7).join(' ')],
    ['linux_amd64', TAGS.slice(1, 7).join(' ')],
    ['linux', TAGS.slice(1, 11).join(' ')],
    ['linux_aarch64', 'musllinux_1_2_aarch64 manylinux2014_aarch64'],
    ['manylinux_x86_64', TAGS.slice(2, 6).join(' ')],
    ['manylinux_2_28_x86_64', 'manylinux1_x86_64 manylinux2014_x86_64 manylinux_2_28_x86_64'],
    ['manylinux2014_x86_64', 'manylinux1_x86_64 manylinux2014_x86_64'],
    ['manylinux_2_5', 'manylinux1_x86_64'],
    ['manylinux2010_aarch64', ''],
    ['musllinux', 'musllinux_1_1_x86_64 musllinux_1_2_aarch64'],
    ['musllinux_1_1', 'musllinux_1_1_x86_64'],
    ['macos', TAGS.slice(11, 16).join(' ')],
    ['macos_arm64', 'macosx_10_9_universal2 macosx_11_0_arm64 macosx_14_2_arm64'],
    ['macosx_11_0_arm64', 'macosx_10_9_universal2 macosx_11_0_arm64'],
    ['macos_14_arm64', 'macosx_10_9_universal2 macosx_11_0_arm64 macosx_14_2_arm64'],
    ['macos_x86_64', 'macosx_10_9_x86_64 macosx_10_6_intel macosx_10_9_universal2'],
    ['macos_universal2', 'macosx_10_9_universal2'],
    ['windows', 'win32 win_amd64 win_arm64'],
    ['win32', 'win32'],
    ['win_amd64', 'win_amd64'],
    ['android', 'android_21_arm64_v8a'],
    ['android_24_arm64_v8a', 'android_21_arm64_v8a'],
    ['android_20_arm64_v8a', ''],
    ['ios_iphoneos', 'ios_13_0_arm64_iphoneos'],
    ['emscripten', 'pyodide_2024_0_wasm32 emscripten_3_1_58_wasm32'],
    ['pyodide', 'pyodide_2024_0_wasm32 emscripten_3_1_58_wasm32'],
    ['freebsd', 'freebsd_14_1_release_amd64'],
    ['freebsd_14', 'freebsd_14_1_release_amd64'],
    ['freebsd_13', ''],
    ['manylinux*_aarch64', 'manylinux2014_aarch64'],
    ['*_x86_64', TAGS.filter((tag) => tag.endsWith('_x86_64')).join(' ')],
    ['win??', 'win32'],
    ['*', TAGS.join(' ')],
  ];
  for (const [entry, expected] of cases)
    assert.equal(TAGS.filter(platformTest(entry) ?? assert.fail).join(' '), expected, entry);
});

test('each name that is offered for a misspelling is a platform, and no misspelling is one', () => {
  for (const name of PLATFORM_NAMES) assert.ok(platformTest(name), name);
  for (const name of ['linux_x86_64', 'macos_arm64', 'win_amd64', 'win32', 'any', 'pyodide'])
    assert.ok(PLATFORM_NAMES.includes(name), name);
  const bad = [
    '',
    'linus_x86_64',
    'linux_x86_65',
    'linux_',
    'linux_2_28_x86_64',
    'manylinux_2_28_x86',
    'any_x86_64',
    'win64',
    'win_11_amd64',
    'macos_m1',
    'freebsd_amd64',
    'linux x86_64*',
    'linux_constructor',
    'toString',
  ];
  for (const entry of bad) assert.equal(platformTest(entry), null, entry);
});
