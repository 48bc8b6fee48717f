/**
 * Goal: rules about whole projects keep and leave out the projects that they say, and say why; what cannot be judged is kept and told.
 * Method: tables of small details and metadata, each under one rule.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/pypi/types.ts';
import { buildSelection, checkMetadataPattern } from '../../src/selection/selection.ts';
import type { ProjectRules } from '../../src/selection/settings.ts';
import { projectOf } from '../support/selection-kit.ts';
import { selectionSettings } from '../support/some-selection.ts';

const FILES: readonly JsonObject[] = [
  { filename: 'pkg-1.0.tar.gz', size: 600 },
  { filename: 'pkg-1.1.tar.gz', size: 500 },
];

function judge(projects: Partial<ProjectRules>, changes: JsonObject = {}, files = FILES) {
  const selection = buildSelection(selectionSettings({ projects }));
  return selection.judge({ detail: projectOf('pkg', files, changes), info: null, needs: [] }, 0);
}

test('status keeps projects in one of the states', () => {
  const statusOf = (status: string) => ({ 'project-status': { status } });
  const isKept = (wanted: string[], status: string) =>
    judge({ status: wanted }, statusOf(status)).drop === null;
  assert.equal(isKept([], 'archived'), true);
  assert.equal(isKept(['active'], 'active'), true);
  assert.equal(isKept(['Active', 'archived'], 'archived'), true);
  assert.equal(isKept(['active'], 'archived'), false);
  assert.deepEqual(judge({ status: ['active', 'deprecated'] }, statusOf('archived')), {
    drop: { rule: '[projects] status', value: 'active, deprecated', why: 'its status is archived' },
    files: new Map(),
    doubts: [],
    untilMs: null,
  });
});

test('max-size counts all files of a project, and is in doubt where sizes are missing', () => {
  assert.equal(judge({ maxBytes: 1100 }).drop, null);
  assert.deepEqual(judge({ maxBytes: 1000 }).drop, {
    rule: '[projects] max-size',
    value: '1kB',
    why: 'its files are 1100 bytes',
  });
  assert.equal(judge({ maxBytes: 1000, maxExempt: ['P*'] }).drop, null);
  const unsized = [...FILES, { filename: 'pkg-1.2.tar.gz', size: null }];
  assert.equal(judge({ maxBytes: 1000 }, {}, unsized).drop?.why, 'its files are 1100 bytes at least');
  assert.deepEqual(judge({ maxBytes: 1100 }, {}, unsized), {
    drop: null,
    files: new Map(),
    doubts: [{ rule: '[projects] max-size', subject: null, why: '1 of 3 files have no size' }],
    untilMs: null,
  });
});

test('max-versions counts the releases that upstream lists', () => {
  assert.equal(judge({ maxVersions: 2 }).drop, null);
  assert.deepEqual(judge({ maxVersions: 1 }).drop, {
    rule: '[projects] max-versions',
    value: '1',
    why: 'it has 2 versions',
  });
  assert.equal(judge({ maxVersions: 1, maxExempt: ['pkg'] }).drop, null);
  assert.equal(judge({ maxVersions: 2 }, { versions: ['1.0', '1.1', '1.1.0', '1.2'] }).drop?.value, '2');
  const unclear = judge({ maxVersions: 2 }, { versions: null }, [...FILES, { filename: 'x.tar.gz' }]);
  assert.equal(unclear.drop, null);
  assert.equal(unclear.doubts.length, 1);
});

test('min-versions counts them too, and has exemptions of its own', () => {
  const enough = judge({ minVersions: 2 });
  assert.deepEqual([enough.drop, enough.doubts], [null, []]);
  assert.deepEqual(judge({ minVersions: 3 }).drop, {
    rule: '[projects] min-versions',
    value: '3',
    why: 'it has 2 versions',
  });
  assert.equal(judge({ minVersions: 3, minVersionsExempt: ['p*'] }).drop, null);
  assert.equal(judge({ minVersions: 3, maxExempt: ['p*'] }).drop?.rule, '[projects] min-versions');
  assert.equal(judge({ maxVersions: 1, minVersionsExempt: ['p*'] }).drop?.rule, '[projects] max-versions');
  // Releases count that upstream lists and has no file of; those of one version count once.
  assert.equal(judge({ minVersions: 3 }, { versions: ['1.0', '1.1', '1.2'] }).drop, null);
  const one = judge({ minVersions: 2 }, { versions: ['1.0', '1.0.0'] }, FILES.slice(0, 1));
  assert.equal(one.drop?.why, 'it has 1 version');
  assert.equal(judge({ minVersions: 1 }, { versions: [] }, []).drop?.why, 'it has 0 versions');
  const strange = [...FILES, { filename: 'x.tar.gz' }];
  assert.deepEqual(
    [3, 4].map((minVersions) => judge({ minVersions }, { versions: null }, strange)),
    [
      {
        drop: null,
        files: new Map(),
        doubts: [
          {
            rule: '[projects] min-versions',
            subject: null,
            why: 'the versions of 1 files cannot be told from their names',
          },
        ],
        untilMs: null,
      },
      {
        drop: { rule: '[projects] min-versions', value: '4', why: 'it has 2 versions' },
        files: new Map(),
        doubts: [],
        untilMs: null,
      },
    ],
  );
});

const INFO: JsonObject = {
  license: 'MIT License',
  classifiers: ['Development Status :: 4 - Beta', 'Programming Language :: Python :: 3'],
  keywords: '',
  author: null,
  project_urls: { Homepage: 'https://code.example/x' },
  yanked: false,
};

test('metadata: a field keeps what some pattern fits, and leaves out what a ! pattern fits', () => {
  const cases: readonly (readonly [field: string, patterns: readonly string[], result: string])[] = [
    ['license', [], 'kept'],
    ['license', ['mit*'], 'kept'],
    ['license', ['MIT'], 'dropped'],
    ['license', ['/MIT/'], 'kept'],
    ['license', ['/mit/'], 'dropped'],
    ['license', ['/mit/i'], 'kept'],
    ['license', ['!mit*'], 'dropped'],
    ['license', ['mit*', '!*license'], 'dropped'],
    ['license', ['!GPL*'], 'kept'],
    ['classifiers', ['Programming Language :: Python :: [23]'], 'kept'],
    ['classifiers', ['/:: [56] - /'], 'dropped'],
    ['classifiers', ['!Development Status :: ? - *'], 'dropped'],
    ['project_urls', ['https://code.example/*'], 'kept'],
    ['project_urls', ['homepage, *'], 'kept'],
    ['project_urls', ['https://other.example/*'], 'dropped'],
    ['yanked', ['false'], 'kept'],
    // Nothing is there: only a `!` that fits nothing, too, leaves it out.
    ['keywords', ['web'], 'in doubt'],
    ['author', ['*x*'], 'in doubt'],
    ['author', ['*'], 'kept'],
    ['author', [''], 'kept'],
    ['author', ['!x'], 'kept'],
    ['author', ['!'], 'dropped'],
    ['maintainer', ['!'], 'dropped'],
    ['maintainer', ['!*'], 'dropped'],
    ['license', ['!'], 'kept'],
  ];
  for (const [field, patterns, result] of cases) {
    const selection = buildSelection(selectionSettings({ projects: { metadata: { [field]: patterns } } }));
    const { drop, doubts } = selection.judge({ detail: projectOf('pkg', FILES), info: INFO, needs: [] }, 0);
    const found = drop !== null ? 'dropped' : doubts.length > 0 ? 'in doubt' : 'kept';
    assert.equal(found, result, `${field} ${JSON.stringify(patterns)}`);
    for (const pattern of patterns) assert.equal(checkMetadataPattern(pattern), null);
  }
});

test('metadata: each field is a rule of its own, and an unknown project is kept', () => {
  const settings = selectionSettings({
    projects: { metadata: { license: ['MIT*'], classifiers: ['!*Beta'] } },
  });
  const detail = projectOf('pkg', FILES);
  const selection = buildSelection(settings);
  assert.deepEqual(selection.judge({ detail, info: INFO, needs: [] }, 0).drop, {
    rule: '[projects] metadata.classifiers',
    value: '!*Beta',
    why: 'classifiers is "Development Status :: 4 - Beta"',
  });
  const unknown = selection.judge({ detail, info: null, needs: [] }, 0);
  assert.equal(unknown.drop, null);
  assert.deepEqual(unknown.doubts, [
    { rule: '[projects] metadata.license', subject: null, why: 'nothing is known of its metadata' },
    { rule: '[projects] metadata.classifiers', subject: null, why: 'nothing is known of its metadata' },
  ]);
});

test('a project that is left out is not looked at any further', () => {
  const selection = buildSelection(
    selectionSettings({ projects: { status: ['archived'] }, releases: { minAgeMs: 1e15 } }),
  );
  const { drop, files, untilMs } = selection.judge(
    { detail: projectOf('pkg', FILES), info: null, needs: [] },
    0,
  );
  assert.deepEqual([drop?.rule, files.size, untilMs], ['[projects] status', 0, null]);
});
