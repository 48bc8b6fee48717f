/**
 * Goal: each rule of [files] keeps and drops the files that it says, and says why; what cannot be judged is kept and told.
 * Method: tables of file names, each under one rule.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/pypi/types.ts';
import { buildSelection } from '../../src/selection/selection.ts';
import type { FileRules } from '../../src/selection/settings.ts';
import { projectOf } from '../support/selection-kit.ts';
import { selectionSettings } from '../support/some-selection.ts';

function judge(files: Partial<FileRules>, documents: readonly JsonObject[]) {
  const detail = projectOf('pkg', documents, { versions: ['1.0'] });
  return buildSelection(selectionSettings({ files })).judge({ detail, info: null, needs: [] }, 0);
}

/** Which of the names are left; the rest of a name behind `pkg-1.0`. */
function left(files: Partial<FileRules>, names: readonly string[]): readonly string[] {
  const { files: dropped } = judge(
    files,
    names.map((name) => ({ filename: `pkg-1.0${name}`, 'requires-python': null })),
  );
  return names.filter((name) => !dropped.has(`pkg-1.0${name}`));
}

const WHEEL = '-py3-none-any.whl';
const SDIST = '.tar.gz';
const EGG = '-py2.7.egg';
const OLD = ['.win32.exe', '.win-amd64-py2.7.msi', '-1.noarch.rpm', '.linux-x86_64.tar.gz'];

test('types keeps only these kinds, or drops those after a !', () => {
  const all = [WHEEL, SDIST, EGG, ...OLD];
  assert.deepEqual(left({ types: ['wheel'] }, all), [WHEEL]);
  assert.deepEqual(left({ types: ['Wheel', 'sdist'] }, all), [WHEEL, SDIST]);
  assert.deepEqual(left({ types: ['!egg', '! wininst', '!msi', '!rpm', '!dumb'] }, all), [WHEEL, SDIST]);
  assert.deepEqual(left({ types: ['wheel', '!wheel'] }, all), []);
  const { files, doubts } = judge({ types: ['sdist'] }, [
    { filename: `pkg-1.0${WHEEL}` },
    { filename: 'pkg-1.0.what' },
  ]);
  assert.deepEqual(
    [...files.values()],
    [{ rule: '[files] types', value: 'sdist', why: 'its type is wheel' }],
  );
  assert.deepEqual(doubts, [
    {
      rule: '[files] types',
      subject: 'pkg-1.0.what',
      why: 'its name does not tell what kind of file it is',
    },
  ]);
});

const LINUX = '-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl';
const MUSL = '-cp312-cp312-musllinux_1_2_x86_64.whl';
const MAC = '-cp312-cp312-macosx_11_0_arm64.whl';
const WIN = '-cp312-cp312-win_amd64.whl';
const MIXED = '-cp312-cp312-manylinux2014_aarch64.win_arm64.whl';
const NATIVE = [LINUX, MUSL, MAC, WIN, MIXED];

test('platforms keeps wheels for one of these, and drops those that are for blocked ones only', () => {
  const all = [WHEEL, SDIST, ...NATIVE];
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['linux_x86_64', 'any'],
      [WHEEL, SDIST, LINUX, MUSL],
    ],
    [['manylinux_x86_64'], [SDIST, LINUX]],
    [['macos_arm64'], [SDIST, MAC]],
    [['!windows'], [WHEEL, SDIST, LINUX, MUSL, MAC, MIXED]],
    [
      ['!windows', '!linux'],
      [WHEEL, SDIST, MAC],
    ],
    [
      ['linux', '!musllinux'],
      [SDIST, LINUX, MIXED],
    ],
    [['*_arm64'], [SDIST, MAC, MIXED]],
  ];
  for (const [platforms, expected] of cases)
    assert.deepEqual(left({ platforms }, all), expected, platforms.join(' '));
});

test('platforms looks at old formats where their names say one', () => {
  const old = [
    '-py2.7.egg',
    '-py2.7-linux-x86_64.egg',
    '-py2.7-macosx-10.9-x86_64.egg',
    '-py2.7-win32.egg',
    '.win32.exe',
    '.win-amd64-py2.7.exe',
    '.win32-py2.7.msi',
    '.linux-x86_64.tar.gz',
    '.macosx-10.9-x86_64.tar.gz',
    '-1.x86_64.rpm',
  ];
  assert.deepEqual(left({ platforms: ['linux_x86_64'] }, old), [
    '-py2.7.egg',
    '-py2.7-linux-x86_64.egg',
    '.linux-x86_64.tar.gz',
    '-1.x86_64.rpm',
  ]);
  assert.deepEqual(left({ platforms: ['!windows'] }, old), [
    '-py2.7.egg',
    '-py2.7-linux-x86_64.egg',
    '-py2.7-macosx-10.9-x86_64.egg',
    '.linux-x86_64.tar.gz',
    '.macosx-10.9-x86_64.tar.gz',
    '-1.x86_64.rpm',
  ]);
  assert.deepEqual(left({ platforms: ['!macos'] }, old).length, old.length - 2);
});

test('abi keeps wheels with one of these tags; what is no wheel passes', () => {
  const ABI3 = '-cp37-abi3-any.whl';
  const BOTH = '-cp311.cp312-cp311.cp312-any.whl';
  const all = [WHEEL, SDIST, EGG, ABI3, LINUX, BOTH];
  assert.deepEqual(left({ abi: ['none', 'abi3'] }, all), [WHEEL, SDIST, EGG, ABI3]);
  assert.deepEqual(left({ abi: ['cp312'] }, all), [SDIST, EGG, LINUX, BOTH]);
  assert.deepEqual(left({ abi: ['!cp312'] }, all), [WHEEL, SDIST, EGG, ABI3, BOTH]);
  assert.deepEqual(left({ abi: ['!cp3*'] }, all), [WHEEL, SDIST, EGG, ABI3]);
});

test('python keeps what one of these can use', () => {
  const py2 = '-py2-none-any.whl';
  const py23 = '-py2.py3-none-any.whl';
  const cp27 = '-cp27-cp27mu-any.whl';
  const cp310 = '-cp310-cp310-any.whl';
  const abi3 = '-cp37-abi3-any.whl';
  const pp310 = '-pp310-pypy310_pp73-any.whl';
  const all = [WHEEL, SDIST, EGG, py2, py23, cp27, cp310, abi3, pp310];
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['3.10'], [WHEEL, SDIST, py23, cp310, abi3, pp310]],
    [['3.11'], [WHEEL, SDIST, py23, abi3]],
    [['3.6'], [WHEEL, SDIST, py23]],
    [['3'], [WHEEL, SDIST, py23, cp310, abi3, pp310]],
    [['2'], [SDIST, EGG, py2, py23, cp27]],
    [
      ['3', '!3.10'],
      [WHEEL, SDIST, py23, abi3],
    ],
    [['!2.7'], [WHEEL, SDIST, py23, cp310, abi3, pp310]],
    [['!2'], [WHEEL, SDIST, py23, cp310, abi3, pp310]],
    [['!3'], [SDIST, EGG, py2, py23, cp27]],
    [['!3.10'], [WHEEL, SDIST, EGG, py2, py23, cp27, abi3]],
  ];
  for (const [python, expected] of cases) assert.deepEqual(left({ python }, all), expected, python.join(' '));
});

test('python: a file that is for none that anybody knows is dropped where some are to be kept, and not where some are blocked', () => {
  const old = ['-cp24-cp24m-any.whl', '-py2.4.egg'];
  assert.deepEqual(left({ python: ['!2.7'] }, old), old);
  assert.deepEqual(left({ python: ['!2.4'] }, old), []);
  assert.deepEqual(left({ python: ['3.12'] }, old), []);
});

test('python: tags and Requires-Python count together', () => {
  const droppedWith = (python: readonly string[], tags: string, requires: string) =>
    judge({ python }, [{ filename: `pkg-1.0-${tags}-none-any.whl`, 'requires-python': requires }]).files.size;
  assert.equal(droppedWith(['2.7', '3.12'], 'cp312', '<3'), 1);
  assert.equal(droppedWith(['2.7', '3.12'], 'cp312', '>=3'), 0);
  assert.equal(droppedWith(['!3.11'], 'cp310.cp311', '>=3.11,<3.13'), 1);
  assert.equal(droppedWith(['!3.11'], 'cp310.cp311', '>=3.10,<3.13'), 0);
});

test('python drops what requires another, whatever kind of file it is', () => {
  const requiring = (filename: string, requires: string | null) => ({
    filename,
    'requires-python': requires,
  });
  const documents = [
    requiring('pkg-1.0.tar.gz', '>=3.8'),
    requiring('pkg-1.0.zip', '<3'),
    requiring(`pkg-1.0${WHEEL}`, '>=3.13'),
    requiring('pkg-1.0-cp311-abi3-any.whl', '<3.12'),
    requiring('pkg-1.0.tar.bz2', 'whatever'),
    requiring('pkg-1.0-1-py3-none-any.whl', '!=3.12.0,>3.11'),
  ];
  const { files, doubts } = judge({ python: ['3.12'] }, documents);
  assert.deepEqual(
    [...files].map(([filename, { why }]) => [filename, why]),
    [
      ['pkg-1.0.zip', 'it requires Python <3'],
      [`pkg-1.0${WHEEL}`, 'it requires Python >=3.13'],
      ['pkg-1.0-cp311-abi3-any.whl', 'it requires Python <3.12'],
    ],
  );
  assert.deepEqual(
    doubts.map(({ subject, why }) => [subject, why]),
    [['pkg-1.0.tar.bz2', 'its Requires-Python whatever cannot be read']],
  );
  const blocking = judge({ python: ['!2.7', '!3.13'] }, [
    ...documents,
    requiring('pkg-1.0-py2.py3-none-any.whl', '<3'),
  ]);
  assert.deepEqual(
    [...blocking.files].map(([filename, { value, why }]) => [filename, value, why]),
    [
      ['pkg-1.0.zip', '!2.7, !3.13', 'it requires Python <3'],
      ['pkg-1.0-py2.py3-none-any.whl', '!2.7, !3.13', 'it requires Python <3'],
    ],
  );
});

test('requires-python keeps what requires one of these, whatever kind of file it is and whatever its tags', () => {
  const required = ['>=3.8', '<3', '>=3.13', '>=3.12.4,<3.13', '==3.12.3', '~=3.11.0', 'whatever', null];
  const documents = required.map((requires, at) => ({
    filename: `pkg-1.0-${at + 1}-cp26-none-any.whl`,
    'requires-python': requires,
  }));
  const keptBy = (requiresPython: readonly string[]) => {
    const { files, doubts } = judge({ requiresPython }, documents);
    assert.equal(doubts.length, requiresPython.join() === '!' ? 0 : 1);
    return required.filter((_, at) => !files.has(documents[at]?.filename ?? ''));
  };
  const cases: readonly (readonly [readonly string[], readonly (string | null)[]])[] = [
    [['3.12'], ['>=3.8', '>=3.12.4,<3.13', '==3.12.3', 'whatever', null]],
    // Exactly this one.
    [['3.12.3'], ['>=3.8', '==3.12.3', 'whatever', null]],
    [['3.12.0'], ['>=3.8', 'whatever', null]],
    [['3.13.0rc1'], ['>=3.8', 'whatever', null]],
    [
      ['3.11', '2.7'],
      ['>=3.8', '<3', '~=3.11.0', 'whatever', null],
    ],
    [['3'], required.filter((one) => one !== '<3')],
    [['!3.12'], required.filter((one) => one !== '==3.12.3' && one !== '>=3.12.4,<3.13')],
    [['!2.7'], required.filter((one) => one !== '<3')],
    [
      ['3.11', '3.12.3', '!3.12'],
      ['>=3.8', '~=3.11.0', 'whatever', null],
    ],
    [
      ['3', '!3.12'],
      ['>=3.8', '>=3.13', '~=3.11.0', 'whatever', null],
    ],
    [['!'], required.filter((one) => one !== null)],
    [
      ['3.11', '!'],
      ['>=3.8', '~=3.11.0', 'whatever'],
    ],
  ];
  for (const [entries, expected] of cases) assert.deepEqual(keptBy(entries), expected, entries.join(' '));
});

test('requires-python says why', () => {
  const { files, doubts } = judge({ requiresPython: ['3.12', '!'] }, [
    { filename: 'pkg-1.0.tar.gz', 'requires-python': '<3' },
    { filename: 'pkg-1.0.zip', 'requires-python': '' },
    { filename: 'pkg-1.0.tgz', 'requires-python': '>>3' },
  ]);
  const rule = '[files] requires-python';
  assert.deepEqual(
    [...files],
    [
      ['pkg-1.0.tar.gz', { rule, value: '3.12', why: 'it requires Python <3' }],
      ['pkg-1.0.zip', { rule, value: '!', why: 'it has no Requires-Python' }],
    ],
  );
  assert.deepEqual(doubts, [{ rule, subject: 'pkg-1.0.tgz', why: 'its Requires-Python >>3 cannot be read' }]);
});

test('what has no tags, or no size, is kept and told', () => {
  const strange = { filename: 'pkg-1.0-what.whl', size: null, 'requires-python': null };
  const { files, doubts } = judge(
    { python: ['3.12'], abi: ['none'], platforms: ['any'], types: ['wheel'], maxBytes: 1 },
    [strange],
  );
  assert.equal(files.size, 0);
  assert.deepEqual(
    doubts.map(({ rule, subject }) => [rule, subject]),
    ['max-size', 'platforms', 'abi', 'python'].map((key) => [`[files] ${key}`, strange.filename]),
  );
});

test('max-size drops larger files', () => {
  const { files } = judge({ maxBytes: 2 ** 20 }, [
    { filename: 'pkg-1.0.zip', size: 2 ** 20 },
    { filename: 'pkg-1.0.tar.gz', size: 2 ** 20 + 1 },
  ]);
  assert.deepEqual(
    [...files],
    [['pkg-1.0.tar.gz', { rule: '[files] max-size', value: '1MiB', why: '1048577 bytes' }]],
  );
});

test('names are globs of whole file names, whatever their case, or regular expressions', () => {
  const all = [WHEEL, SDIST, LINUX, '-Nightly.zip'];
  assert.deepEqual(left({ names: ['*.whl'] }, all), [WHEEL, LINUX]);
  assert.deepEqual(left({ names: ['!*-nightly*'] }, all), [WHEEL, SDIST, LINUX]);
  assert.deepEqual(left({ names: ['PKG-*', '!/linux/', '!/nightly/'] }, all), [WHEEL, SDIST, '-Nightly.zip']);
  assert.deepEqual(left({ names: ['*1.0.*', '*[!l].zip'] }, all), [SDIST, '-Nightly.zip']);
});
