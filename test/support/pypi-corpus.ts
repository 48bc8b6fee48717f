/** Detail documents in every shape that upstreams send (protocol §2, §6, §7), as text: what a faithful mirror must repeat. */
import { sortedJson } from '../../src/demo/render-json.ts';
import type { JsonObject, JsonValue } from '../../src/pypi/types.ts';
import { BLAKE2_PATH, OTHER_SHA256, SHA256 } from './details.ts';

/** One document, of the project `sample-project`. */
export interface Shape {
  readonly what: string;
  readonly text: string;
  /** Written as PyPI writes, so that even the bytes are to be the same. */
  readonly isPypis: boolean;
}

const METADATA = { sha256: OTHER_SHA256 };
const ALL_KEYS_FALSE = { 'core-metadata': false, 'data-dist-info-metadata': false } as const;

/** A file as PyPI has it today (protocol §2.5). */
function pypiFile(filename: string, changes: JsonObject = {}): JsonObject {
  return {
    'core-metadata': METADATA,
    'data-dist-info-metadata': METADATA,
    filename,
    hashes: { sha256: SHA256 },
    provenance: null,
    'requires-python': '>=3.8,!=3.9.*',
    size: 1234,
    'upload-time': '2024-05-06T07:08:09.000123Z',
    url: `https://files.example/packages/${BLAKE2_PATH}/${filename}`,
    yanked: false,
    ...changes,
  };
}

function document(
  files: readonly JsonObject[],
  versions: readonly string[],
  changes: JsonObject = {},
): JsonObject {
  return {
    files: [...files],
    meta: { '_last-serial': 4242, 'api-version': '1.4' },
    name: 'sample-project',
    'project-status': { status: 'active' },
    versions: [...versions],
    ...changes,
  };
}

/** What PyPI writes. */
function pypis(what: string, content: JsonObject): Shape {
  return { what, text: sortedJson(content), isPypis: true };
}

/** What others write: in any order of keys, with spaces. */
function others(what: string, content: JsonValue): Shape {
  return { what, text: JSON.stringify(content, null, 2), isPypis: false };
}

const OLD_KINDS = [
  ['dev-r7', 'sample-project-dev-r7.tar.gz'],
  ['0.1-bulbasaur', 'sample-project-0.1-bulbasaur.zip'],
  ['1.0', 'sample_project-1.0-1.noarch.rpm'],
  ['1.0', 'sample_project-1.0-py2.7.egg'],
  ['1.0', 'sample_project-1.0.tar.bz2'],
  ['1.0', 'sample_project-1.0.win-amd64-py3.4.msi'],
  ['1.0', 'sample_project-1.0.win32-py2.7.exe'],
  ['1.9', 'Sample.Project-1.9.tar.Z'],
  ['1.10', 'sample_project-1.10.linux-x86_64.tar.gz'],
] as const;

const PYPI: readonly Shape[] = [
  pypis(
    'PyPI today',
    document(
      [
        pypiFile('sample_project-0.9.tar.gz', { ...ALL_KEYS_FALSE, yanked: 'breaks "<x>" & – 漢\u2028' }),
        pypiFile('sample_project-1.0-py3-none-any.whl', {
          provenance:
            'https://pypi.example/integrity/sample-project/1.0/sample_project-1.0-py3-none-any.whl/provenance',
        }),
        pypiFile('sample_project-1.0.tar.gz', { ...ALL_KEYS_FALSE, 'requires-python': null, yanked: true }),
      ],
      ['0.9', '1.0'],
    ),
  ),
  pypis(
    'versions before PEP 440, and every kind of file that was ever uploaded',
    document(
      OLD_KINDS.map(([, filename]) =>
        pypiFile(filename, {
          ...ALL_KEYS_FALSE,
          'upload-time': '2008-10-28T17:22:10Z',
          'requires-python': null,
        }),
      ),
      [...new Set(OLD_KINDS.map(([version]) => version))],
    ),
  ),
  pypis(
    'epochs, local versions, and two spellings of one version',
    document(
      [
        pypiFile('sample_project-1.0-py3-none-any.whl'),
        pypiFile('sample_project-1.0.0.tar.gz'),
        pypiFile('sample_project-1.0.tar.gz'),
        pypiFile('sample_project-1.0+cu118-py3-none-any.whl'),
        pypiFile('sample_project-1!0.1-py3-none-any.whl'),
      ],
      ['1.0', '1.0.0', '1.0+cu118', '1!0.1'],
    ),
  ),
  pypis('a project without files', document([], [])),
  pypis('a quarantined project', document([], [], { 'project-status': { status: 'quarantined' } })),
  pypis(
    'an archived project with a reason',
    document([pypiFile('sample_project-1.0.zip')], ['1.0'], {
      'project-status': { reason: 'moved to <other>', status: 'archived' },
    }),
  ),
  pypis(
    'a deprecated project, and keys of its status that nobody knows yet',
    document([pypiFile('sample_project-1.0.zip')], ['1.0'], {
      'project-status': { status: 'deprecated', until: '2030-01-01', successors: ['other'] },
    }),
  ),
  pypis(
    'PyPI of 2023: only the misspelt key, no provenance and no status',
    document(
      ['sample_project-1.0-py3-none-any.whl', 'sample_project-1.0.tar.gz'].map((filename) => {
        const { 'core-metadata': _key, provenance: _none, ...file } = pypiFile(filename);
        return file;
      }),
      ['1.0'],
      { meta: { '_last-serial': 1, 'api-version': '1.1' }, 'project-status': null },
    ),
  ),
  pypis(
    'what PEP 708 left behind',
    document([pypiFile('sample_project-1.0.zip')], ['1.0'], { 'alternate-locations': [], tracks: ['x'] }),
  ),
  pypis(
    'unknown keys at every level, and a minor version that is still to come',
    document(
      [
        pypiFile('sample_project-1.0.zip', {
          _private: {},
          hashes: { blake3: 'x', sha256: SHA256 },
          variants: [{}],
        }),
      ],
      ['1.0'],
      {
        meta: { '_last-serial': 1, 'api-version': '1.9', more: { deep: [[], {}, [null, '', 0.5, -0.25]] } },
        namespaces: null,
      },
    ),
  ),
];

const RELATIVE = { url: '../../packages/x/' } as const;

const OTHERS: readonly Shape[] = [
  others('bandersnatch', {
    files: [
      {
        filename: 'sample_project-1.0-py3-none-any.whl',
        hashes: { sha256: SHA256 },
        'requires-python': '',
        size: 7,
        'upload-time': '2024-05-06T07:08:09.000123Z',
        url: `${RELATIVE.url}sample_project-1.0-py3-none-any.whl`,
        yanked: true,
        'core-metadata': METADATA,
      },
      {
        filename: 'sample_project-1.0.tar.gz',
        hashes: { sha256: SHA256 },
        'requires-python': null,
        size: 0,
        'upload-time': null,
        url: `${RELATIVE.url}sample_project-1.0.tar.gz`,
        yanked: false,
      },
    ],
    meta: { 'api-version': '1.1', '_last-serial': '4242' },
    name: 'sample-project',
    versions: ['1.0'],
  }),
  others('shadowmire', {
    meta: { 'api-version': '1.1', '_last-serial': '4242' },
    name: 'Sample.Project',
    files: [
      {
        filename: 'sample_project-1.0.tar.gz',
        url: `${RELATIVE.url}sample_project-1.0.tar.gz`,
        hashes: { sha256: SHA256 },
        'requires-python': '>=3',
        size: 7,
        'upload-time': '2024-05-06T07:08:09Z',
        yanked: 'why',
        'dist-info-metadata': METADATA,
        'core-metadata': METADATA,
      },
    ],
    versions: ['1.0'],
  }),
  others('devpi', {
    meta: { 'api-version': '1.0' },
    name: 'sample-project',
    files: [
      {
        filename: 'sample_project-1.0.tar.gz',
        url: `${RELATIVE.url}sample_project-1.0.tar.gz`,
        hashes: { md5: 'ab' },
      },
      { filename: 'sample_project-1.1.tar.gz', url: `${RELATIVE.url}sample_project-1.1.tar.gz`, hashes: {} },
    ],
  }),
  others('core metadata as true, false, null and not at all, and signatures', {
    meta: { 'api-version': '1.0', '_last-serial': 0 },
    name: 'sample_project',
    files: [
      { 'core-metadata': true, 'gpg-sig': false },
      { 'core-metadata': false, 'gpg-sig': true },
      { 'core-metadata': null, 'gpg-sig': null },
      { 'dist-info-metadata': { sha256: OTHER_SHA256, sha512: 'x' } },
      {},
    ].map((file, at) => ({
      ...file,
      filename: `sample_project-1.${at}.zip`,
      url: `x/sample_project-1.${at}.zip`,
      hashes: { sha256: SHA256 },
    })),
  }),
  others('an index without meta keys or digests', {
    meta: {},
    name: 'sample-project',
    files: [{ filename: 'unparsable.whl', url: '/x/unparsable.whl' }],
  }),
  {
    what: 'numbers that JavaScript would write in another way',
    isPypis: true,
    text:
      `{"big":[9007199254740993,123456789012345678901234567890],"files":[{"downloads":1.0,"filename":"s.zip","hashes":{},` +
      `"size":7,"tiny":[1e-7,-0,1E5,0.10,-0.0],"url":"https://files.example/s.zip"}],` +
      `"meta":{"_last-serial":1,"api-version":"1.4","ratio":2.50},"name":"sample-project"}\n`,
  },
];

export const CORPUS: readonly Shape[] = [...PYPI, ...OTHERS];
