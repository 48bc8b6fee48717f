/**
 * Goal: each rule of [releases], and what files ask for, keeps and drops the files that it says, and says why; what cannot be judged
 *   is kept and told.
 * Method: tables of small details, each under one rule.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import type { JsonObject } from '../../src/pypi/types.ts';
import type { Ask } from '../../src/selection/asks.ts';
import { buildSelection } from '../../src/selection/selection.ts';
import type { ReleaseRules } from '../../src/selection/settings.ts';
import type { Judgement } from '../../src/selection/verdict.ts';
import { OTHER_SHA256, SHA256 } from '../support/details.ts';
import { projectOf } from '../support/selection-kit.ts';
import { type SomeSelection, selectionSettings } from '../support/some-selection.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 21);

/** An sdist of a version, uploaded so many days ago. */
type Spec = readonly [version: string, daysAgo?: number | null, changes?: JsonObject];

const filename = (version: string) => `pkg-${version}.tar.gz`;
const isoOf = (ms: number) => new Date(ms).toISOString();

function project(specs: readonly Spec[], changes: JsonObject = {}) {
  return projectOf(
    'pkg',
    specs.map(([version, daysAgo = 1, more = {}]) => ({
      filename: filename(version),
      'upload-time': daysAgo === null ? null : isoOf(NOW_MS - daysAgo * DAY_MS),
      ...more,
    })),
    changes,
  );
}

function judge(some: SomeSelection, specs: readonly Spec[], changes?: JsonObject): Judgement {
  const selection = buildSelection(selectionSettings(some));
  return selection.judge({ detail: project(specs, changes), info: null, needs: [] }, NOW_MS);
}

/** The versions that are left, and behind a `?` what is kept because nobody can tell. */
function left(
  releases: Partial<ReleaseRules>,
  specs: readonly Spec[],
  changes?: JsonObject,
): readonly string[] {
  const { files, doubts } = judge({ releases }, specs, changes);
  const kept = specs.map(([version]) => version).filter((version) => !files.has(filename(version)));
  const strange = (version: string) =>
    doubts.some(({ subject }) => subject === version || subject === filename(version));
  return kept.map((version) => (strange(version) ? `?${version}` : version));
}

const YANKED: JsonObject = { yanked: 'broken' };
const versions = (...texts: string[]): Spec[] => texts.map((text) => [text]);

test('prereleases: false drops pre-releases, "if-needed" keeps them where there is nothing else', () => {
  const cases: readonly (readonly [ReleaseRules['prereleases'], readonly Spec[], readonly string[]])[] = [
    [true, versions('1.0', '2.0a1'), ['1.0', '2.0a1']],
    [false, versions('1.0', '2.0a1', '2.0.dev3', '2.0rc1', '1.0.post1'), ['1.0', '1.0.post1']],
    [false, versions('2.0a1'), []],
    [false, versions('1.0', 'odd_one'), ['1.0', '?odd_one']],
    ['if-needed', versions('1.0', '2.0a1'), ['1.0']],
    ['if-needed', versions('2.0a1', '2.0b1'), ['2.0a1', '2.0b1']],
    ['if-needed', [['1.0', 1, YANKED], ['2.0a1']], ['1.0', '2.0a1']],
  ];
  for (const [prereleases, specs, expected] of cases)
    assert.deepEqual(left({ prereleases }, specs), expected, `${prereleases} ${JSON.stringify(specs)}`);
});

test('versions keeps releases by the spelling of upstream, whatever it is', () => {
  const all = versions('1.0', '1.1rc1', '2.0.post1', 'odd_one', '2004d');
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['1.*'], ['1.0', '1.1rc1']],
    [['!*.post*'], ['1.0', '1.1rc1', 'odd_one', '2004d']],
    [['1.*', '!*RC*'], ['1.0']],
    [
      ['!/^2/', '!ODD*'],
      ['1.0', '1.1rc1'],
    ],
    [['/[a-z]$/'], ['odd_one', '2004d']],
    [['/RC/'], []],
    [['1.0.0'], []],
  ];
  for (const [patterns, expected] of cases)
    assert.deepEqual(left({ versions: patterns }, all), expected, patterns.join(' '));
  // The list has another spelling than the name of the file.
  const listed = { versions: ['1.0.0', '1.1.RC1'] };
  const renamed = versions('1.0', '1.1rc1');
  assert.deepEqual(left({ versions: ['!1.0.0'] }, renamed, listed), ['1.1rc1']);
  assert.deepEqual(left({ versions: ['*.rc*'] }, renamed, listed), ['1.1rc1']);
  const { files } = judge({ releases: { versions: ['1.*', '2.*'] } }, versions('1.0', '3.0'));
  assert.deepEqual(
    [...files],
    [[filename('3.0'), { rule: '[releases] versions', value: '1.*, 2.*', why: 'version 3.0' }]],
  );
});

test('versions is in doubt about a file whose version cannot be told', () => {
  const { files, doubts } = judge({ releases: { versions: ['2.*'] } }, versions('1.0', 'x'), {
    versions: ['1.0'],
  });
  assert.deepEqual([...files.keys()], [filename('1.0')]);
  assert.deepEqual(doubts, [
    {
      rule: '[releases] versions',
      subject: filename('x'),
      why: 'its version cannot be told from its name',
    },
  ]);
});

test('yanked = false drops yanked files, with the reason', () => {
  const { files } = judge({ releases: { yanked: false } }, [['1.0'], ['1.1', 1, YANKED]]);
  assert.deepEqual(
    [...files],
    [[filename('1.1'), { rule: '[releases] yanked', value: 'false', why: 'yanked: broken' }]],
  );
});

test('latest of final releases: the newest final ones, and what is newer than the oldest of them', () => {
  const cases: readonly (readonly [number, readonly Spec[], readonly string[]])[] = [
    [1, versions('1.0', '1.10', '1.9'), ['1.10']],
    [2, versions('1.0', '1.10', '1.9'), ['1.10', '1.9']],
    [9, versions('1.0', '1.10', '1.9'), ['1.0', '1.10', '1.9']],
    [1, versions('1.0', '2.0', '3.0a1', '2.0rc1'), ['2.0', '3.0a1']],
    [1, versions('1.0a1', '1.0a2'), ['1.0a2']],
    [1, versions('odd_one', '1.0', '2.0'), ['?odd_one', '2.0']],
    [1, versions('1.0', '1.0.0'), ['1.0', '1.0.0']],
    // A release that is wholly yanked is none that anybody gets; it does not count, and is not dropped for being newer.
    [1, [['1.0'], ['2.0'], ['3.0', 1, YANKED]], ['2.0', '3.0']],
    [1, [['1.0', 1, YANKED], ['2.0', 1, YANKED], ['3.0a1']], ['2.0', '3.0a1']],
  ];
  for (const [latest, specs, expected] of cases)
    assert.deepEqual(left({ latest }, specs), expected, `${latest} ${JSON.stringify(specs)}`);
});

test('latest of all: the newest by version, and what pip would install among them', () => {
  const cases: readonly (readonly [number, readonly Spec[], readonly string[]])[] = [
    [2, versions('1.0', '2.0', '3.0a1', '3.0a2'), ['2.0', '3.0a2']],
    [1, versions('1.0', '2.0', '3.0a1'), ['2.0']],
    [3, versions('1.0', '2.0', '3.0a1', '3.0a2'), ['2.0', '3.0a1', '3.0a2']],
    [1, [['1.0'], ['2.0', 1, YANKED]], ['1.0']],
  ];
  for (const [latest, specs, expected] of cases)
    assert.deepEqual(
      left({ latest, latestOf: 'all' }, specs),
      expected,
      `${latest} ${JSON.stringify(specs)}`,
    );
});

test('latest by upload: the last uploaded, and what pip would install among them', () => {
  const specs: readonly Spec[] = [
    ['2.0', 9],
    ['1.5', 3],
    ['1.6', 2],
    ['1.7', 1],
  ];
  assert.deepEqual(left({ latest: 2, latestOf: 'uploaded' }, specs), ['2.0', '1.7']);
  assert.deepEqual(left({ latest: 3, latestOf: 'uploaded' }, specs), ['2.0', '1.6', '1.7']);
  assert.deepEqual(
    left({ latest: 1, latestOf: 'uploaded' }, [
      ['1.0', null],
      ['2.0', 1],
      ['1.1', 5],
    ]),
    ['?1.0', '2.0'],
  );
});

test('not-before and not-after look at the upload time; the moment itself is kept', () => {
  const specs: readonly Spec[] = [
    ['1.0', 30],
    ['1.1', 20],
    ['1.2', 10],
    ['1.3', null],
    ['1.4', 1, { 'upload-time': 'yesterday' }],
  ];
  const at = NOW_MS - 20 * DAY_MS;
  assert.deepEqual(left({ notBeforeMs: at }, specs), ['1.1', '1.2', '?1.3', '?1.4']);
  assert.deepEqual(left({ notAfterMs: at }, specs), ['1.0', '1.1', '?1.3', '?1.4']);
  const { files, doubts } = judge({ releases: { notBeforeMs: at } }, specs);
  assert.deepEqual(files.get(filename('1.0')), {
    rule: '[releases] not-before',
    value: '2026-11-01',
    why: 'uploaded 2026-10-22T00:00:00.000Z',
  });
  assert.deepEqual(
    doubts.map(({ why }) => why),
    ['no upload time', 'its upload time yesterday is not RFC 3339'],
  );
});

test('upload times are read with and without fractions and offsets', () => {
  const at = Date.UTC(2024, 1, 29, 12, 0, 0);
  const cases: readonly (readonly [string, number])[] = [
    ['2024-02-29T12:00:00Z', at],
    ['2024-02-29T12:00:00.5Z', at + 500],
    ['2024-02-29T12:00:00.123456Z', at + 123],
    ['2024-02-29t14:00:00+02:00', at],
    ['2024-02-29 10:30:00-01:30', at],
  ];
  for (const [text, ms] of cases) {
    const specs: readonly Spec[] = [['1.0', 1, { 'upload-time': text }]];
    assert.deepEqual(left({ notAfterMs: ms }, specs), ['1.0'], text);
    assert.deepEqual(left({ notAfterMs: ms - 1 }, specs), [], text);
  }
  for (const text of ['2024-13-01T00:00:00Z', '2024-02-29T12:00:00', '2024-02-29', '', 'x'.repeat(999)])
    assert.deepEqual(left({ notAfterMs: 0 }, [['1.0', 1, { 'upload-time': text }]]), ['?1.0'], text);
});

test('allow keeps of a project that it names only what some entry lets through; others are not touched', () => {
  const specs = versions('1.0', '2.0', '3.0', '4.0a1', 'odd_one');
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['other>=2'], ['1.0', '2.0', '3.0', '4.0a1', 'odd_one']],
    [['pkg>=2,<3'], ['2.0', '?odd_one']],
    [
      ['PKG (>=3)', 'p*==1.0'],
      ['1.0', '3.0', '4.0a1', '?odd_one'],
    ],
    [['/^p/ ==2.*'], ['2.0', '?odd_one']],
    [['pkg'], ['1.0', '2.0', '3.0', '4.0a1', 'odd_one']],
  ];
  for (const [allow, expected] of cases) assert.deepEqual(left({ allow }, specs), expected, allow.join(' '));
});

test('block drops what some entry lets through', () => {
  const specs = versions('1.0', '2.0', '3.0a1', 'odd_one');
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['other'], ['1.0', '2.0', '3.0a1', 'odd_one']],
    [
      ['pkg>=2', 'pkg==0.1'],
      ['1.0', '?odd_one'],
    ],
    [['pkg'], []],
  ];
  for (const [block, expected] of cases) assert.deepEqual(left({ block }, specs), expected, block.join(' '));
  const { files } = judge({ releases: { block: ['pkg <2, >=1'] } }, specs);
  assert.deepEqual(files.get(filename('1.0')), {
    rule: '[releases] block',
    value: 'pkg<2,>=1',
    why: 'version 1.0',
  });
});

const asking = (specifier: string, sha256s: readonly string[] = []): Ask => ({
  name: normalizeName('pkg'),
  specifier,
  extras: [],
  sha256s: sha256s as Ask['sha256s'],
  by: 'requirements.txt:3',
});

test('of what is required, any entry may ask for a release; of what is allowed by name, all is wanted', () => {
  const specs = versions('1.0', '2.0', '3.0', 'odd_one');
  const leftOf = (projects: NonNullable<SomeSelection['projects']>, needs: readonly Ask[] = []) => {
    const selection = buildSelection(selectionSettings({ projects }));
    const { files } = selection.judge({ detail: project(specs), info: null, needs }, NOW_MS);
    return specs.map(([version]) => version).filter((version) => !files.has(filename(version)));
  };
  assert.deepEqual(leftOf({ requirements: [asking('<2')] }), ['1.0', 'odd_one']);
  assert.deepEqual(leftOf({ requirements: [asking('<2'), asking('==3.*')] }), ['1.0', '3.0', 'odd_one']);
  assert.deepEqual(leftOf({ requirements: [asking('')] }), ['1.0', '2.0', '3.0', 'odd_one']);
  assert.deepEqual(leftOf({ requirements: [asking('<2')] }, [asking('>2')]), ['1.0', '3.0', 'odd_one']);
  assert.deepEqual(leftOf({ allow: ['x'] }, [asking('>2')]), ['3.0', 'odd_one']);
  assert.deepEqual(leftOf({ allow: ['pkg'], requirements: [asking('<2')] }).length, 4);
  assert.deepEqual(leftOf({}, [asking('<2')]).length, 4);
});

test('of a lock file, exactly the files that it names are kept', () => {
  const specs: readonly Spec[] = [
    ['1.0', 1, { hashes: { sha256: SHA256 } }],
    ['1.1', 1, { hashes: { sha256: OTHER_SHA256 } }],
    ['1.2', 1, { hashes: {} }],
    ['1.3', 1, { hashes: {} }],
  ];
  const { files, doubts } = judge({ projects: { requirements: [asking('==1.2', [SHA256])] } }, specs);
  assert.deepEqual([...files.keys()], [filename('1.1'), filename('1.3')]);
  assert.deepEqual(files.get(filename('1.1')), {
    rule: '[projects] requirements',
    value: 'single files (requirements.txt:3)',
    why: 'version 1.1',
  });
  assert.deepEqual(
    doubts.map(({ subject }) => subject),
    [filename('1.2')],
  );
});

test('a file is of the release that the list of versions says; without one its name tells', () => {
  const releases = { latest: 1 };
  const names = (judgement: Judgement) => [...judgement.files.keys()];
  const detail = (versions: readonly string[] | null) =>
    projectOf(
      'pkg',
      ['pkg-1.0-2.zip', 'pkg-1.0.tar.gz', 'pkg-0.9-py3-none-any.whl', 'strange.tar.gz'].map((filename) => ({
        filename,
      })),
      { versions: versions === null ? null : [...versions] },
    );
  const judged = (versions: readonly string[] | null) =>
    buildSelection(selectionSettings({ releases })).judge(
      { detail: detail(versions), info: null, needs: [] },
      NOW_MS,
    );
  assert.deepEqual(names(judged(['0.9', '1.0'])), ['pkg-0.9-py3-none-any.whl']);
  assert.deepEqual(names(judged(['0.9', '1.0', '1.0.post2'])), [
    'pkg-1.0.tar.gz',
    'pkg-0.9-py3-none-any.whl',
  ]);
  for (const versions of [null, []])
    assert.deepEqual(names(judged(versions)), ['pkg-1.0.tar.gz', 'pkg-0.9-py3-none-any.whl']);
  assert.deepEqual(judged(['0.9', '1.0']).doubts, [
    {
      rule: '[releases] latest',
      subject: 'strange.tar.gz',
      why: 'its version cannot be told from its name',
    },
  ]);
});

test('a version that is listed and has no file takes no place of the latest', () => {
  const specs = versions('1.0', '2.0');
  assert.deepEqual(left({ latest: 1 }, specs, { versions: ['1.0', '2.0', '3.0'] }), ['2.0']);
});

test('min-age hides files until they are old enough, and says when the next one will be', () => {
  const specs: readonly Spec[] = [
    ['1.0', 30],
    ['1.1', 2],
    ['1.2', 1],
    ['1.3', null],
  ];
  const releases = { minAgeMs: 3 * DAY_MS };
  assert.deepEqual(left(releases, specs), ['1.0', '?1.3']);
  const { files, untilMs } = judge({ releases }, specs);
  assert.equal(untilMs, NOW_MS + DAY_MS);
  assert.deepEqual(files.get(filename('1.1')), {
    rule: '[releases] min-age',
    value: '3d',
    why: `uploaded ${isoOf(NOW_MS - 2 * DAY_MS)}`,
  });
  assert.deepEqual(left({ minAgeMs: 2 * DAY_MS }, specs), ['1.0', '1.1', '?1.3']);
  assert.equal(judge({ releases: { minAgeMs: DAY_MS } }, specs).untilMs, null);
  assert.deepEqual(left({ ...releases, minAgeExempt: ['p*'] }, specs), ['1.0', '1.1', '1.2', '1.3']);
});

test('min-age counts files that other rules drop, too', () => {
  const specs: readonly Spec[] = [
    ['1.0', 30],
    ['2.0a1', 1],
  ];
  const { untilMs } = judge({ releases: { prereleases: false, minAgeMs: 3 * DAY_MS } }, specs);
  assert.equal(untilMs, NOW_MS + 2 * DAY_MS);
});

test('min-age is lifted for the only fix of what is yanked', () => {
  const minAgeMs = 3 * DAY_MS;
  const cases: readonly (readonly [readonly Spec[], readonly string[]])[] = [
    // Nothing is old enough: a new project waits.
    [[['1.0', 2]], []],
    [
      [
        ['1.0', 2, YANKED],
        ['1.1', 1],
      ],
      [],
    ],
    // All that is old enough is yanked: the first after it that is not, and none besides.
    [
      [
        ['1.0', 9, YANKED],
        ['1.1', 2],
        ['1.2', 1],
      ],
      ['1.0', '1.1'],
    ],
    [
      [
        ['1.0', 9, YANKED],
        ['1.1', 2, YANKED],
        ['1.2', 1],
      ],
      ['1.0', '1.2'],
    ],
    // Something old enough is left: no need.
    [
      [
        ['1.0', 9],
        ['1.1', 8, YANKED],
        ['1.2', 1],
      ],
      ['1.0', '1.1'],
    ],
    [
      [
        ['1.0', 9, YANKED],
        ['1.1', 2, YANKED],
      ],
      ['1.0'],
    ],
  ];
  for (const [specs, expected] of cases)
    assert.deepEqual(left({ minAgeMs }, specs), expected, JSON.stringify(specs));
});

test('when the fix is old enough itself, what was shown with it stays, and what is added to it later waits', () => {
  const detail = projectOf('pkg', [
    { filename: 'pkg-1.0.tar.gz', 'upload-time': '2026-01-01T00:00:00Z', yanked: true },
    { filename: 'pkg-1.1.tar.gz', 'upload-time': '2026-02-01T00:00:00Z' },
    { filename: 'pkg-1.1-py3-none-any.whl', 'upload-time': '2026-02-02T00:00:00Z' },
    { filename: 'pkg-1.1-py2-none-any.whl', 'upload-time': '2026-03-01T00:00:00Z' },
  ]);
  const selection = buildSelection(selectionSettings({ releases: { minAgeMs: 3 * DAY_MS } }));
  const at = (day: string) => {
    const { files, untilMs } = selection.judge({ detail, info: null, needs: [] }, Date.parse(day));
    return [[...files.keys()].map((name) => name.slice(8)), untilMs === null ? null : isoOf(untilMs)];
  };
  const LATE = 'py2-none-any.whl';
  assert.deepEqual(at('2026-02-03'), [[LATE], '2026-03-04T00:00:00.000Z']);
  assert.deepEqual(at('2026-02-04'), [[LATE], '2026-03-04T00:00:00.000Z']);
  assert.deepEqual(at('2026-03-02'), [[LATE], '2026-03-04T00:00:00.000Z']);
  assert.deepEqual(at('2026-03-04'), [[], null]);
});

test('without anything yanked, what is added to a release waits like everything else', () => {
  const { files } = judge({ releases: { minAgeMs: 3 * DAY_MS } }, [
    ['1.0', 3],
    ['1.0.0', 1],
  ]);
  assert.deepEqual([...files.keys()], [filename('1.0.0')]);
});

test('a doubt is told once for a release, and only of what is kept', () => {
  const files = ['pkg-odd_one.tar.gz', 'pkg-odd_one.zip'].map((name) => ({ filename: name }));
  const detail = projectOf('pkg', [...files, { filename: 'strange.zip', yanked: true }]);
  const selection = buildSelection(selectionSettings({ releases: { prereleases: false, yanked: false } }));
  assert.deepEqual(selection.judge({ detail, info: null, needs: [] }, NOW_MS).doubts, [
    { rule: '[releases] prereleases', subject: 'odd_one', why: 'not a PEP 440 version' },
  ]);
  const later = buildSelection(selectionSettings({ releases: { latest: 1 }, files: { types: ['!sdist'] } }));
  const judged = later.judge({ detail, info: null, needs: [] }, NOW_MS);
  assert.deepEqual([judged.files.size, judged.doubts], [3, []]);
});
