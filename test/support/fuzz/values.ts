/** The parsers of small texts: names, versions, specifiers, markers, requirements, file names, tags, paths, core metadata. */
import assert from 'node:assert/strict';
import { parseCoreMetadata } from '../../../src/pypi/core-metadata.ts';
import { parseSha256 } from '../../../src/pypi/digests.ts';
import { fileVersions } from '../../../src/pypi/file-versions.ts';
import { checkFilename, releaseOf } from '../../../src/pypi/filenames.ts';
import { evaluateMarker, markerVariables, parseMarker } from '../../../src/pypi/marker.ts';
import { normalizeName, tryNormalizeName } from '../../../src/pypi/names.ts';
import { detailPaths, parseDocrootPath, parseTrashPath } from '../../../src/pypi/paths.ts';
import { abiTest, tagsAdmitPython } from '../../../src/pypi/python-tags.ts';
import { harmless, quote, shown } from '../../../src/pypi/quote.ts';
import { parseRequirement } from '../../../src/pypi/requirement.ts';
import { parseSerial } from '../../../src/pypi/serials.ts';
import {
  admitsPython,
  isPrerelease,
  normalizeSpecifier,
  specifierTest,
  tidySpecifier,
} from '../../../src/pypi/specifiers.ts';
import type { ProjectName } from '../../../src/pypi/types.ts';
import { partsOf, writtenVersion } from '../../../src/pypi/version-parts.ts';
import { compareVersions, sameVersion } from '../../../src/pypi/versions.ts';
import { fileKindOf, wheelTagsOf } from '../../../src/pypi/wheel-name.ts';
import { platformTest } from '../../../src/pypi/wheel-platforms.ts';
import { parseUploadTime } from '../../../src/selection/upload-time.ts';
import fc from '../properties.ts';
import { foreseen, type TextParser } from './parser.ts';
import { wordList } from './texts.ts';

const VERSION_WORDS = wordList(
  '1 0 1.0 2024 ! v . - _ + a1 b rc2 alpha c pre post1 .dev0 r7 -1 .post dev +local .* ␣ 00',
  '18446744073709551616 1.0.0.0',
);
const SPECIFIER_WORDS = [...wordList('== === ~= != <= >= < > , ( ) ; .*'), ...VERSION_WORDS];
const MARKER_WORDS = wordList(
  'python_version python_full_version os_name sys_platform sys.platform platform_machine extra',
  'extras implementation_version platform_release dependency_groups \' " \'3.12\' "3.12.0b1"',
  "'linux' '' ␣and␣ ␣or␣ not␣in ␣in␣ ( ) == === ~= != <= >= < > ␣",
);
const REQUIREMENT_WORDS = [
  ...wordList('name Na_me.x [ ] extra , @ ␣@␣https://host.example/x.whl ; ;␣ ( ) #'),
  ...SPECIFIER_WORDS,
  ...MARKER_WORDS,
];
const FILE_WORDS = wordList(
  'sample project sample_project a - _ . 1.0 1 -1.0 -py3 -none -any .whl .tar.gz .zip .egg',
  '-py2.7 .exe .msi .win32 .win-amd64 .rpm .linux-x86_64 .tar.Z .metadata .provenance .asc / \\',
  '+ ! % ␣ cp312 manylinux_2_17_x86_64 .macosx-10.9',
);
const PATH_WORDS = wordList('simple packages / // . .. \\ \u0000 a index.html %2e ~ ␣ ␤');
const TAG_WORDS = wordList(
  'manylinux _2_17 _x86_64 2014 win 32 macosx _11_0 _arm64 * ? _ 1 cp312 abi3 pypy - .',
);

const version = fc.oneof(
  fc.constantFrom('1.0', '1!2.0rc1.post3.dev4+local.7', '1.0.0', '2004d', '0', 'v1-1', '1.0-beta', ''),
  fc.array(fc.constantFrom(...VERSION_WORDS), { minLength: 1, maxLength: 5 }).map((words) => words.join('')),
);
const specifier = fc
  .array(fc.tuple(fc.constantFrom('==', '===', '~=', '!=', '<=', '>=', '<', '>'), version), { maxLength: 4 })
  .map((clauses) => clauses.map((clause) => clause.join('')).join(','));
const marker = fc.oneof(
  fc.constantFrom(
    'python_version >= "3.8" and (sys_platform == "linux" or extra == "x")',
    "python_full_version < '3.12.1' or 'a' in extras",
    'platform_machine not in "x86_64 arm64"',
  ),
  version.map((text) => `python_full_version >= "${text}"`),
);
const requirement = fc
  .tuple(
    fc.constantFrom('name', 'Na_me.x', 'a'),
    fc.constantFrom('', '[b,c]', '[]'),
    specifier,
    fc.option(marker),
  )
  .map(([name, extras, clauses, when]) => `${name}${extras}${clauses}${when === null ? '' : `; ${when}`}`);
const filename = fc.oneof(
  version.map((text) => `sample_project-${text}-py3-none-any.whl`),
  version.map((text) => `sample-project-${text}.tar.gz`),
  fc.constantFrom(
    'sample_project-1.0-1-cp312.cp313-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    'a-1.0-py2.7.egg',
  ),
);
const metadata = fc
  .array(
    fc.tuple(
      fc.constantFrom('Requires-Dist', 'Requires-Python', 'Provides-Extra', 'Dynamic', 'Name', 'X'),
      requirement,
    ),
    { maxLength: 5 },
  )
  .map(
    (fields) =>
      `Metadata-Version: 2.1\n${fields.map((field) => field.join(': ')).join('\n')}\n\ndescription\nRequires-Dist: no\n`,
  );

const PYTHON = markerVariables('3.12', 'linux_x86_64') ?? {};
const NAME = 'sample-project' as ProjectName;

export const VALUE_PARSERS: readonly TextParser[] = [
  {
    name: 'project-name',
    eats: 'names of projects',
    words: ['a', 'Z', '0', '-', '_', '.', '/', ' '],
    documents: fc.constantFrom('sample-project', 'A.b_c-9', 'x'),
    eat(text) {
      const name = tryNormalizeName(text);
      assert.equal(
        foreseen(['UPSTREAM_MALFORMED'], () => normalizeName(text)),
        name,
      );
      if (name === null) return;
      assert.match(name, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      assert.equal(tryNormalizeName(name), name);
      assert.equal(parseDocrootPath(detailPaths(name).json), detailPaths(name).json);
    },
  },
  {
    name: 'version',
    eats: 'versions (PEP 440, and what came before it)',
    words: VERSION_WORDS,
    documents: version,
    eat(text) {
      const parts = partsOf(text);
      assert.equal(isPrerelease(text) === null, parts === null);
      assert.equal(compareVersions(text, text), 0);
      if (parts === null) return;
      const written = writtenVersion(parts);
      assert.deepEqual(partsOf(written), parts);
      assert.ok(sameVersion(text, written));
      assert.ok(compareVersions(text, `${written}.0`.replace(/^(?=.*[a-z+])[\s\S]*$/, written)) === 0);
    },
  },
  {
    name: 'specifiers',
    eats: 'version specifiers',
    words: SPECIFIER_WORDS,
    documents: specifier,
    eat(text) {
      const test = specifierTest(text);
      admitsPython(text, '3.12');
      const normal = normalizeSpecifier(text);
      assert.equal(normal === null, test === null);
      if (test === null || normal === null) return;
      assert.equal(normalizeSpecifier(normal), normal);
      const again = specifierTest(normal);
      const tidy = specifierTest(tidySpecifier(text) ?? '?');
      for (const one of ['1.0', '1.0rc1', '1.0.post1', '2', 'odd', '1.0+x'])
        assert.deepEqual([again?.(one), tidy?.(one)], [test(one), test(one)], one);
    },
  },
  {
    name: 'marker',
    eats: 'environment markers',
    words: MARKER_WORDS,
    documents: marker,
    eat(text) {
      const parsed = parseMarker(text);
      if (parsed === null) return;
      evaluateMarker(parsed, PYTHON, ['x']);
      evaluateMarker(parsed, {}, []);
      // Knowing more never turns a yes into a no.
      const [unknown, known] = [
        evaluateMarker(parsed, PYTHON, []),
        evaluateMarker(
          parsed,
          { ...PYTHON, python_full_version: '3.12.4', implementation_version: '3.12.4' },
          [],
        ),
      ];
      if (unknown !== null) assert.equal(known, unknown);
    },
  },
  {
    name: 'requirement',
    eats: 'requirements (PEP 508)',
    words: REQUIREMENT_WORDS,
    documents: requirement,
    eat(text) {
      const parsed = parseRequirement(text);
      if (parsed === null) return;
      assert.equal(tryNormalizeName(parsed.name), parsed.name);
      const again = parseRequirement(`${parsed.name}[${parsed.extras.join()}]${parsed.specifier}`);
      if (parsed.url === null && parsed.extras.every((extra) => /^[a-z0-9]/.test(extra)))
        assert.deepEqual(again, { ...parsed, marker: null });
    },
  },
  {
    name: 'filename',
    eats: 'names of wheels, sdists and what else there is',
    words: FILE_WORDS,
    documents: filename,
    charsMax: 1000,
    eat(text) {
      fileKindOf(text);
      const tags = wheelTagsOf(text);
      if (tags !== null) tagsAdmitPython(tags, '3.12');
      if (checkFilename(text) === null) return;
      assert.equal(parseDocrootPath(text), text);
      releaseOf(text, NAME);
      fileVersions(NAME, null)(text);
      fileVersions(NAME, ['1.0', 'odd version'])(text);
    },
  },
  {
    name: 'docroot-path',
    eats: 'paths of the docroot and of the trash',
    words: PATH_WORDS,
    documents: fc.constantFrom('simple/a/index.html', 'packages/aa/bb/cc/a.whl'),
    eat(text) {
      assert.equal(parseTrashPath(text), parseDocrootPath(text));
      if (parseDocrootPath(text) === null) return;
      const url = new URL(
        text
          .split('/')
          .map((part) => encodeURIComponent(part))
          .join('/'),
        'http://h.example/base/',
      );
      assert.ok(url.pathname.startsWith('/base/') && !/[\0\\]/.test(text));
    },
  },
  {
    name: 'tags',
    eats: 'platforms and ABIs as operators write them, held against tags',
    words: TAG_WORDS,
    documents: fc.constantFrom('manylinux_2_17_x86_64', 'macosx_11_0_arm64', 'win32', 'cp312', 'cp3*'),
    charsMax: 4096,
    eat(text) {
      platformTest(text)?.('manylinux_2_17_x86_64');
      platformTest('manylinux_2_28_x86_64')?.(text);
      abiTest(text)?.('cp312');
      abiTest('cp312')?.(text);
    },
  },
  {
    name: 'core-metadata',
    eats: 'METADATA and PKG-INFO',
    words: [
      'Requires-Dist:',
      'Requires-Dist :',
      'X',
      ':',
      ' ',
      '\t',
      '\n',
      '\r',
      '\r\n',
      '\n ',
      '\n\n',
      'name>=1',
      '\ufeff',
    ],
    documents: metadata,
    eat(text) {
      const facts = parseCoreMetadata(text);
      if (!text.startsWith('\ufeff') && text.isWellFormed())
        assert.deepEqual(parseCoreMetadata(Buffer.from(text)), facts);
      for (const value of [...facts.requiresDist, ...facts.providesExtra])
        assert.doesNotMatch(value, /[\n\r]/);
    },
  },
  {
    name: 'scalars',
    eats: 'serials, digests, upload times; and texts made harmless for terminals',
    words: [
      '0',
      '9',
      'f',
      '-',
      ':',
      'T',
      'Z',
      '.',
      '+',
      '2024-01-02T03:04:05',
      '+00:00',
      '\u001b[',
      '\u2028',
    ],
    documents: fc.constantFrom(
      '4242',
      '0'.repeat(64),
      '2024-05-06T07:08:09.000123Z',
      '2024-05-06T07:08:09+01:00',
    ),
    eat(text) {
      const serial = parseSerial(text);
      assert.ok(serial === null || (Number.isSafeInteger(serial) && serial >= 0));
      assert.match(parseSha256(text) ?? '0'.repeat(64), /^[0-9a-f]{64}$/);
      const time = parseUploadTime(text);
      assert.ok(time === null || Number.isSafeInteger(time));
      for (const told of [quote(text), shown(text), harmless(text)]) {
        assert.doesNotMatch(told, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        assert.ok(told.length <= 12 * 210);
      }
    },
  },
];
