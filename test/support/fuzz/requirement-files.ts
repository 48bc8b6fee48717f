/** The parsers of requirement and lock files. */
import assert from 'node:assert/strict';
import type { ParsedFile, TextFile } from '../../../src/config/requirements/entry.ts';
import { readPipfileLock } from '../../../src/config/requirements/pipfile-lock.ts';
import { readPoetryLock } from '../../../src/config/requirements/poetry-lock.ts';
import { readPylock } from '../../../src/config/requirements/pylock.ts';
import { readRequirementsTxt } from '../../../src/config/requirements/requirements-txt.ts';
import { RequirementSource } from '../../../src/config/requirements/source.ts';
import { readUvLock } from '../../../src/config/requirements/uv-lock.ts';
import type { JsonObject } from '../../../src/pypi/types.ts';
import fc from '../properties.ts';
import { bentJson } from './json.ts';
import { foreseen, type TextParser } from './parser.ts';
import { wordList } from './texts.ts';
import { asToml, TOML_WORDS } from './toml.ts';

/** A folder that is not there: files that a text includes are none. */
const FOLDER = '/nowhere';
const NO_HOSTS: ReadonlySet<string> = new Set(['pypi.org']);

const PIP_WORDS = wordList(
  'name ==1.0 >=1 [x] ;␣python_version␣>=␣"3" -r␣ -c␣ -e␣ --hash=sha256: -- - \\␤ ␤ # ␣# " \' \\',
  '\u0024{A} https://h/x.whl a.whl ./x @ ␣ \u2028 = git+ssh://u:p@h/x',
);
const pip = fc.constantFrom(
  `django[bcrypt]>=4,<6 ; python_version >= "3.10" --hash=sha256:${'0'.repeat(64)}\n-c other.txt\n`,
  `# x\nfoo==1.0 \\\n    --hash=sha256:${'a'.repeat(64)}\n--extra-index-url https://u:p@h/simple\n`,
);
const DIGEST = `sha256:${'0'.repeat(64)}`;
const LOCKED: readonly JsonObject[] = [
  {
    version: 1,
    package: [
      {
        name: 'a',
        version: '1.0',
        source: { registry: 'https://pypi.org/simple' },
        sdist: { hash: DIGEST },
        wheels: [{ hash: DIGEST }],
      },
      { name: 'b', source: { git: 'https://h/b' }, 'resolution-markers': ["os_name == 'nt'"] },
    ],
  },
  {
    'lock-version': '1.0',
    packages: [
      {
        name: 'a',
        version: '1',
        marker: "os_name == 'nt'",
        index: 'https://pypi.org/simple',
        wheels: [{ hashes: { sha256: 'x' } }],
      },
      { name: 'b', vcs: { type: 'git', url: 'https://h/b' } },
    ],
  },
  {
    package: [
      { name: 'a', version: '1.0', files: [{ file: 'a.whl', hash: DIGEST }], markers: { main: 'x' } },
      { name: 'b', version: '1', source: { type: 'git', url: 'https://u:p@h/b' } },
    ],
    metadata: { 'lock-version': '2.1', files: { a: [{ file: 'a.whl', hash: DIGEST }] } },
  },
  {
    _meta: { sources: [{ name: 'pypi', url: 'https://pypi.org/simple' }] },
    default: {
      a: { version: '==1.0', hashes: [DIGEST], index: 'pypi' },
      b: { git: 'https://h/b', ref: 'x' },
    },
    develop: {},
  },
];

const lockTexts = bentJson(fc.constantFrom(...LOCKED));
const locks = fc.oneof(
  lockTexts,
  lockTexts.map(asToml),
  fc.constantFrom(
    'version = 1\n[[package]]\nname = "a"\nversion = "1.0"\nsource = { registry = "https://pypi.org/simple" }\nsdist = { url = "https://x", hash = "sha256:' +
      '0'.repeat(64) +
      '" }\n',
    'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "a"\nversion = "1"\nmarker = "os_name == \'nt\'"\n[[packages.wheels]]\nurl = "https://h/a.whl"\nhashes = { sha256 = "' +
      '0'.repeat(64) +
      '" }\n',
    '[[package]]\nname = "a"\nversion = "1.0"\nfiles = [{file = "a.whl", hash = "sha256:' +
      '0'.repeat(64) +
      '"}]\n[metadata]\nlock-version = "2.1"\n',
    '{"_meta":{"sources":[{"name":"pypi","url":"https://pypi.org/simple"}]},"default":{"a":{"version":"==1.0","hashes":["sha256:' +
      '0'.repeat(64) +
      '"],"index":"pypi"}},"develop":{}}',
  ),
);

function checkParsed(parsed: ParsedFile | null): void {
  for (const { name, sha256s } of [...(parsed?.entries ?? []), ...(parsed?.constraints ?? [])]) {
    assert.match(name, /^[a-z0-9-]+$/);
    for (const digest of sha256s) assert.match(digest, /^[0-9a-f]{64}$/);
  }
}

const readers = [readUvLock, readPylock, readPoetryLock, readPipfileLock];

export const REQUIREMENT_PARSERS: readonly TextParser[] = [
  {
    name: 'requirements-txt',
    eats: 'requirements.txt',
    words: PIP_WORDS,
    documents: pip,
    eat(text) {
      const file: TextFile = { path: `${FOLDER}/requirements.txt`, shown: 'requirements.txt', text };
      checkParsed(
        foreseen(['CONFIG_INVALID'], () => readRequirementsTxt(file, new RequirementSource(FOLDER))),
      );
    },
  },
  {
    name: 'lock-file',
    eats: 'lock files of uv, poetry, pipenv, and pylock.toml',
    words: [
      ...TOML_WORDS,
      '{"',
      '":',
      '"}',
      '"default"',
      '"hashes"',
      'sha256:',
      'marker = "',
      'git = "',
      'https://',
      '-a',
    ],
    documents: locks,
    eat(text) {
      for (const read of readers) {
        const file: TextFile = { path: `${FOLDER}/x.lock`, shown: 'x.lock', text };
        checkParsed(foreseen(['CONFIG_INVALID'], () => read(file, NO_HOSTS)));
      }
    },
  },
];
