/** Small projects of every kind, as the JSON API tells them and as we have them: what selections are compared on. */
import { parseDetail } from '../../src/pypi/detail.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Detail, JsonObject } from '../../src/pypi/types.ts';
import type { ModelFile, ModelProject } from './bandersnatch-model.ts';
import { detailDocument, fileDocument } from './details.ts';

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/\.whl$/, 'bdist_wheel'],
  [/\.egg$/, 'bdist_egg'],
  [/\.exe$/, 'bdist_wininst'],
  [/\.msi$/, 'bdist_msi'],
  [/\.dmg$/, 'bdist_dmg'],
  [/\.rpm$/, 'bdist_rpm'],
  [/\.(?:linux|macosx|win|freebsd)\S*\.(?:tar\.gz|zip)$/, 'bdist_dumb'],
];

/** Days since the first of January 2020, for files in the order in which they are written down. */
let day = 0;

function file(filename: string, more: Partial<ModelFile> = {}): ModelFile {
  day += 1;
  return {
    filename,
    packagetype: TYPES.find(([name]) => name.test(filename))?.[1] ?? 'sdist',
    size: 100,
    requires_python: null,
    upload_time_iso_8601: new Date(Date.UTC(2020, 0, day)).toISOString(),
    yanked: false,
    ...more,
  };
}

function project(
  name: string,
  version: string,
  releases: Readonly<Record<string, readonly ModelFile[]>>,
  info: Readonly<Record<string, unknown>> = {},
): ModelProject {
  return { info: { name, version, classifiers: [], license: null, author: null, ...info }, releases };
}

/** A release with sources and a wheel for any Python 3. */
function pure(name: string, versions: readonly string[]): Record<string, readonly ModelFile[]> {
  const wheel = name.replaceAll('-', '_');
  return Object.fromEntries(
    versions.map((version) => [
      version,
      [file(`${name}-${version}.tar.gz`), file(`${wheel}-${version}-py3-none-any.whl`)],
    ]),
  );
}

const NATIVE_FILES = [
  'native-1.0.tar.gz',
  'native-1.0-cp27-none-win32.whl',
  'native-1.0-cp38-cp38-win_amd64.whl',
  'native-1.0-cp38-cp38-win_arm64.whl',
  'native-1.0-cp39-cp39-macosx_10_9_x86_64.whl',
  'native-1.0-cp39-cp39-macosx_11_0_arm64.whl',
  'native-1.0-cp36-abi3-manylinux1_x86_64.whl',
  'native-1.0-cp36-cp36m-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  'native-1.0-cp310-cp310-manylinux_2_28_aarch64.whl',
  'native-1.0-cp310-cp310-musllinux_1_1_x86_64.whl',
  'native-1.0-cp37-cp37m-linux_armv7l.whl',
  'native-1.0-cp37-cp37m-linux_x86_64.whl',
  'native-1.0-pp38-pypy38_pp73-manylinux2010_x86_64.whl',
  'native-1.0-py2.py3-none-any.whl',
  'native-1.0-py2-none-any.whl',
  'native-1.0-py3-none-any.whl',
  'native-1.0-py2.7-win32.egg',
  'native-1.0-py2.7-win-amd64.egg',
  'native-1.0-py3.6.egg',
  'native-1.0.win32-py2.7.exe',
  'native-1.0.win-amd64-py3.6.msi',
  'native-1.0.dmg',
  'native-1.0-1.noarch.rpm',
  'native-1.0.linux-x86_64.tar.gz',
  'native-1.0.macosx-10.9-x86_64.tar.gz',
  'native-1.0.freebsd-6.0-RELEASE-i386.tar.gz',
];

export const PROJECTS: readonly ModelProject[] = [
  project(
    'Web.Frame',
    '2.0',
    pure('web-frame', ['1.0', '1.1', '1.2', '2.0a1', '2.0b12', '2.0rc1', '2.0', '2.1.dev3']),
    {
      classifiers: ['Development Status :: 5 - Production/Stable', 'Programming Language :: Python :: 3.12'],
      license: 'MIT License\n\nPermission is hereby granted',
      author: 'Ada',
    },
  ),
  project('native', '1.0', { '1.0': NATIVE_FILES.map((name) => file(name)) }, { license: 'BSD' }),
  project('tool-win32', '1.0', {
    '1.0': [
      file('tool-win32-1.0.tar.gz'),
      file('tool-win32-1.0.zip'),
      file('tool_win32-1.0-py3-none-any.whl'),
    ],
  }),
  project('early', '0.2b1', pure('early', ['0.1.dev1', '0.1a1', '0.2b1'])),
  // Backports: what came last is not the newest.
  project('backports', '3.0', pure('backports', ['2.0', '3.0', '1.9', '2.1'])),
  project('odd', '1.0', { ...pure('odd', ['1.0']), '2004d': [file('odd-2004d.tar.gz')], '0.9': [] }),
  project('yanked', '1.0', {
    ...pure('yanked', ['0.9', '1.0']),
    '2.0': [file('yanked-2.0.tar.gz', { yanked: true })],
  }),
  project('large', '1.0', {
    '0.9': [file('large-0.9.tar.gz', { size: 1025 })],
    '1.0': [file('large-1.0.tar.gz', { size: 1024 })],
  }),
  project('foo-evil', '1.0', pure('foo-evil', ['1.0']), {
    classifiers: ['Development Status :: 3 - Alpha', 'Programming Language :: Python :: 2.7'],
    license: 'GPLv3',
    author: 'Zoë',
  }),
  project('ranged', '3.0', {
    '1.0': [file('ranged-1.0.tar.gz', { requires_python: '>=2.7,!=3.0.*' })],
    '2.0': [file('ranged-2.0.tar.gz', { requires_python: '>=3.6,<3.9' })],
    '2.1': [
      file('ranged-2.1.tar.gz', { requires_python: '>=3.7.1,<3.8' }),
      file('ranged-2.1-py3-none-any.whl', { requires_python: '~=3.8.1' }),
      file('ranged-2.1-py2-none-any.whl', { requires_python: '' }),
    ],
    '3.0': [
      file('ranged-3.0.tar.gz', { requires_python: '>=3.10' }),
      file('ranged-3.0-cp311-cp311-manylinux_2_17_x86_64.whl', { requires_python: '>=3.10' }),
    ],
  }),
];

/** The same project as the simple API has it. */
export function detailFor({ info, releases }: ModelProject): Detail {
  const name = normalizeName(String(info['name']));
  const files = Object.values(releases)
    .flat()
    .map((one) =>
      fileDocument(one.filename, {
        'requires-python': one.requires_python,
        size: one.size,
        'upload-time': one.upload_time_iso_8601,
        yanked: one.yanked,
      }),
    );
  const document: JsonObject = detailDocument(files, { name, versions: Object.keys(releases) });
  return parseDetail(document, { name, url: `https://pypi.example/simple/${name}/`, headerSerial: null });
}

export function infoFor({ info }: ModelProject): JsonObject {
  return structuredClone(info) as JsonObject;
}
