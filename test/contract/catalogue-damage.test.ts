/**
 * Goal: one value that cannot be read is told with its project and column, and keeps nobody from anything else.
 * Method: plain SQL breaks one value of a sound catalogue of two projects; then all that does not need it is asked for.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { isJubjubError } from '../../src/errors.ts';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { DEMO, distFile, OTHER, publish } from '../support/catalogue-kit.ts';
import { SHOWN, soundCatalogue, THEIRS } from '../support/catalogue-sound.ts';

interface Damage {
  readonly what: string;
  readonly sql: string;
  readonly values?: readonly Uint8Array[];
  /** Who reads the value. */
  readonly read: (catalogue: SqliteCatalogue) => unknown;
  readonly column: string;
  /** What the check of the database says of it; null when only the reader can tell. */
  readonly told: RegExp | null;
}

const DETAIL = `UPDATE project SET detail = ? WHERE name = 'demo'`;
const readDetail = (catalogue: SqliteCatalogue) => catalogue.detail(DEMO);
const FILE = (change: string, state = 'published') =>
  `UPDATE file SET ${change} WHERE state = '${state}' AND filename LIKE 'demo%'`;

const DAMAGES: readonly Damage[] = [
  {
    what: 'a detail that is no gzip',
    sql: DETAIL,
    values: [Buffer.from('no gzip')],
    read: readDetail,
    column: 'detail',
    told: null,
  },
  {
    what: 'a detail that was cut short',
    sql: `UPDATE project SET detail = substr(detail, 1, 30) WHERE name = 'demo'`,
    read: readDetail,
    column: 'detail',
    told: null,
  },
  {
    what: 'a detail that is no JSON',
    sql: DETAIL,
    values: [gzipSync('{')],
    read: readDetail,
    column: 'detail',
    told: null,
  },
  {
    what: 'the detail of another project',
    sql: `UPDATE project SET detail = (SELECT detail FROM project WHERE name = 'other') WHERE name = 'demo'`,
    read: readDetail,
    column: 'detail',
    told: null,
  },
  {
    what: 'no detail at all',
    sql: `UPDATE project SET detail = NULL WHERE name = 'demo'`,
    read: readDetail,
    column: 'detail',
    told: /^demo is published and has no detail$/,
  },
  {
    what: 'half a digest of a file',
    sql: FILE(`sha256 = x'abcd'`),
    read: (catalogue) => catalogue.filesOf(DEMO),
    column: 'sha256',
    told: /^a file of demo has a digest or a size that is none: packages\//,
  },
  {
    what: 'half a digest, asked for by its path',
    sql: FILE(`sha256 = x'abcd'`),
    read: (catalogue) => catalogue.digestAt(SHOWN.path, OTHER),
    column: 'sha256',
    told: /^a file of demo has a digest/,
  },
  {
    what: 'half a digest of a sidecar',
    sql: FILE(`metadata_sha256 = x'ab'`),
    read: (catalogue) => catalogue.metadataAt(SHOWN.path, OTHER),
    column: 'metadata_sha256',
    told: /^a file of demo has a digest/,
  },
  {
    what: 'a path that climbs out',
    sql: FILE(`path = '../../etc/passwd'`),
    read: (catalogue) => catalogue.filesOf(DEMO),
    column: 'path',
    told: null,
  },
  {
    what: 'half a digest of a withdrawn file',
    sql: FILE(`sha256 = x'abcd'`, 'withdrawn'),
    read: (catalogue) => catalogue.withdrawnOf(DEMO),
    column: 'sha256',
    told: /^a file of demo has a digest/,
  },
  {
    what: 'half a digest of a page',
    sql: `UPDATE project SET page_sha256 = x'abcd' WHERE name = 'demo'`,
    read: (catalogue) => catalogue.bucketEntries(bucketOf(DEMO)),
    column: 'page_sha256',
    told: /^the digest of demo's page is none$/,
  },
  {
    what: 'takedowns that are no JSON',
    sql: `UPDATE due SET takedowns = '[' WHERE name = 'demo'`,
    read: (catalogue) => catalogue.due(DEMO),
    column: 'takedowns',
    told: /^what is owed to demo cannot be read$/,
  },
  {
    what: 'metadata that is no object',
    sql: `INSERT INTO info (project_id, info) SELECT id, '[]' FROM project WHERE name = 'demo'`,
    read: (catalogue) => catalogue.info(DEMO),
    column: 'info',
    told: /^the metadata of demo cannot be read$/,
  },
  {
    what: 'a need with extras that are no list',
    sql: `INSERT INTO need VALUES ('demo', 'other', 'other 1.0', '', '{}')`,
    read: (catalogue) => catalogue.needsOf(DEMO),
    column: 'extras',
    told: /^what other needs of demo cannot be read$/,
  },
  {
    what: 'a need of nobody',
    sql: `INSERT INTO need VALUES ('demo', 'Oth_er', '', '', '[]')`,
    read: (catalogue) => catalogue.needsOf(DEMO),
    column: 'needed_by',
    told: /^what Oth_er needs of demo cannot be read$/,
  },
  {
    what: 'a path in the trash that climbs out',
    sql: `UPDATE trash SET path = '../catalogue.db'`,
    read: (catalogue) => catalogue.trashOf(DEMO),
    column: 'path',
    told: null,
  },
  {
    what: 'half a digest in the trash',
    sql: `UPDATE trash SET sha256 = x'abcd'`,
    read: (catalogue) => catalogue.trashOf(DEMO),
    column: 'sha256',
    told: /^a file in the trash has a digest or a size that is none: files\//,
  },
];

for (const { what, sql, values = [], read, column, told } of DAMAGES) {
  test(`${what}: its readers say of which project, all others go on`, async (t) => {
    const { catalogue, shell } = await soundCatalogue(t);
    shell.run(sql, ...values);
    assert.throws(
      () => read(catalogue),
      (error) =>
        isJubjubError(error, 'CATALOGUE_UNREADABLE') &&
        error.message.endsWith(`: ${column}, of project demo`) &&
        error.facts.hint?.includes('verify --repair') === true,
    );
    assert.deepEqual([...catalogue.publishedNames()], [DEMO, OTHER]);
    assert.equal([...catalogue.rootEntries()].length, 2);
    assert.equal(catalogue.isPublished(DEMO), true);
    assert.equal(catalogue.detail(OTHER)?.name, OTHER);
    assert.deepEqual(catalogue.filesOf(OTHER), [THEIRS]);
    assert.equal(catalogue.due(OTHER)?.name, OTHER);
    assert.equal(catalogue.bucketEntries(bucketOf(OTHER)).length, 1);
    await publish(catalogue, 4000, OTHER, []);
    const found = catalogue.integrity();
    assert.deepEqual(
      found.filter((line) => told?.test(line) !== true),
      [],
    );
    assert.equal(found.length, told === null ? 0 : 1);
  });
}

test('a name that is none keeps nobody from the other names', async (t) => {
  const { catalogue, shell } = await soundCatalogue(t);
  shell.run(`UPDATE project SET name = 'De_mo' WHERE name = 'demo'`);
  assert.deepEqual([...catalogue.publishedNames()], [OTHER]);
  assert.throws(() => [...catalogue.rootEntries()], /jubjub never writes: name/);
  assert.deepEqual(catalogue.integrity(), [`a project's name is not normalized: "De_mo"`]);
});

test('a planned path that cannot be read keeps nothing staged, and no run from its other paths', async (t) => {
  const { catalogue, shell } = await soundCatalogue(t);
  const planned = [distFile('demo-3.0.tar.gz'), distFile('demo-4.0.tar.gz')];
  catalogue.intend([{ name: DEMO, files: planned }], 4000);
  shell.run(`UPDATE file SET path = '../x' WHERE filename = 'demo-3.0.tar.gz'`);
  assert.deepEqual(catalogue.intendedPaths(), [planned[1]?.path]);
});
