/**
 * Goal: every damage of the table is found as what it is, nothing else is found, and a repair mends it without losing a byte.
 * Method: a complete mirror in memory is damaged behind its back, in its tree or in its catalogue. A verify must name exactly
 * the damage and change nothing; a repair must end with the tree and the rows of the mirror as they were before.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { World } from '../support/mirror-kit.ts';
import {
  ALL_TABLES,
  allBytes,
  assertClean,
  bytesAt,
  contents,
  damage,
  docrootPath,
  fileOf,
  mirrored,
  rowsOf,
  sql,
  verify,
} from '../support/verify-kit.ts';

interface Mutation {
  readonly what: string;
  /** The kinds that it is found as, sorted. */
  readonly kinds: readonly string[];
  readonly damage: (world: World) => Promise<void> | void;
}

const flip = (bytes: Buffer) => {
  const changed = Buffer.from(bytes);
  changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
  return changed;
};
const put = (world: World, path: string, text: string | Buffer) =>
  world.engine.store.tamper(docrootPath(path), Buffer.from(text));
const HTML = 'simple/snark/index.html';
const JSON_PAGE = 'simple/snark/index.v1_json';

/** Swaps what lies at two paths. */
async function swap(world: World, one: string, other: string): Promise<void> {
  const bytes = bytesAt(world, one);
  put(world, one, bytesAt(world, other));
  put(world, other, bytes);
}

/** A page and its twin. */
async function bothOf(world: World, page: string, change: (text: string) => string): Promise<void> {
  await damage(world, page, (bytes) => change(bytes.toString('utf8')));
  put(world, `${page}.gz`, gzipSync(bytesAt(world, page)));
}

const TREE: readonly Mutation[] = [
  {
    what: 'a flipped byte in a file',
    kinds: ['file-digest'],
    damage: (world) => damage(world, fileOf(world, 'snark'), flip),
  },
  {
    what: 'a truncated file',
    kinds: ['file-size'],
    damage: (world) => damage(world, fileOf(world, 'snark'), (bytes) => bytes.subarray(0, 100)),
  },
  {
    what: 'a file that grew',
    kinds: ['file-size'],
    damage: (world) => damage(world, fileOf(world, 'snark'), (bytes) => Buffer.concat([bytes, bytes])),
  },
  {
    what: 'an empty file',
    kinds: ['file-size'],
    damage: (world) => damage(world, fileOf(world, 'zebra'), () => ''),
  },
  {
    what: 'a missing file',
    kinds: ['file-missing'],
    damage: (world) => damage(world, fileOf(world, 'snark', '2.0'), () => null),
  },
  {
    what: 'files of two projects in each other’s place',
    kinds: ['file-size'],
    damage: async (world) => {
      await damage(world, fileOf(world, 'zebra'), (bytes) => Buffer.concat([bytes, Buffer.from('!')]));
      await swap(world, fileOf(world, 'snark'), fileOf(world, 'zebra'));
    },
  },
  {
    what: 'a missing metadata sidecar',
    kinds: ['sidecar-missing'],
    damage: (world) => damage(world, `${fileOf(world, 'snark')}.metadata`, () => null),
  },
  {
    what: 'a damaged metadata sidecar',
    kinds: ['sidecar-digest'],
    damage: (world) => damage(world, `${fileOf(world, 'snark')}.metadata`, flip),
  },
  {
    what: 'missing attestations',
    kinds: ['sidecar-missing'],
    damage: (world) => damage(world, `${fileOf(world, 'hatter')}.provenance`, () => null),
  },
  {
    what: 'damaged attestations',
    kinds: ['sidecar-digest'],
    damage: (world) => damage(world, `${fileOf(world, 'hatter')}.provenance`, flip),
  },
  {
    what: 'all of a project’s pages missing',
    kinds: ['page-missing', 'twin-wrong'],
    damage: async (world) => {
      for (const page of [HTML, JSON_PAGE, `${HTML}.gz`, `${JSON_PAGE}.gz`])
        await damage(world, page, () => null);
    },
  },
  {
    what: 'one form of a page missing',
    kinds: ['page-missing'],
    damage: (world) => damage(world, JSON_PAGE, () => null),
  },
  {
    what: 'an old page with its twin',
    kinds: ['page-wrong', 'twin-wrong'],
    damage: (world) => bothOf(world, HTML, (text) => text.replace(/.*snark-2\.0.*\n/, '')),
  },
  {
    what: 'a page with one more link',
    kinds: ['page-wrong'],
    damage: (world) =>
      damage(world, HTML, (bytes) =>
        bytes
          .toString('utf8')
          .replace('</body>', '<a href="../../packages/evil-1.0.tar.gz">evil-1.0.tar.gz</a></body>'),
      ),
  },
  {
    what: 'a page without its metadata attribute',
    kinds: ['page-wrong'],
    damage: (world) =>
      damage(world, HTML, (bytes) => bytes.toString('utf8').replaceAll('data-core-metadata', 'x')),
  },
  {
    what: 'pages of two projects in each other’s place',
    kinds: ['page-wrong'],
    damage: (world) => swap(world, JSON_PAGE, 'simple/zebra/index.v1_json'),
  },
  {
    what: 'half a page',
    kinds: ['page-wrong'],
    damage: (world) => damage(world, HTML, (bytes) => bytes.subarray(0, bytes.length >> 1)),
  },
  {
    what: 'a missing twin',
    kinds: ['twin-wrong'],
    damage: (world) => damage(world, `${HTML}.gz`, () => null),
  },
  {
    what: 'a twin of another page',
    kinds: ['twin-wrong'],
    damage: (world) => put(world, `${HTML}.gz`, bytesAt(world, 'simple/zebra/index.html.gz')),
  },
  {
    what: 'a twin that is no gzip',
    kinds: ['twin-wrong'],
    damage: (world) => put(world, `${JSON_PAGE}.gz`, 'no gzip'),
  },
  {
    what: 'a missing JSON API document',
    kinds: ['document-missing'],
    damage: (world) => damage(world, 'pypi/snark/json', () => null),
  },
  {
    what: 'a JSON API document that says otherwise',
    kinds: ['document-wrong'],
    damage: (world) =>
      damage(world, 'pypi/snark/json', (bytes) => bytes.toString('utf8').replace('snark', 'Snark')),
  },
  {
    what: 'a JSON API document that is none',
    kinds: ['document-wrong'],
    damage: (world) => put(world, 'pypi/snark/json', '{"half'),
  },
  {
    what: 'a wrong root index',
    kinds: ['root-wrong'],
    damage: (world) =>
      damage(world, 'simple/index.html', (bytes) => bytes.toString('utf8').replace(/.*zebra.*\n/, '')),
  },
  {
    what: 'a missing root index',
    kinds: ['root-wrong'],
    damage: (world) => damage(world, 'simple/index.v1_json', () => null),
  },
  {
    what: 'a wrong twin of the root index',
    kinds: ['root-wrong'],
    damage: (world) => put(world, 'simple/index.html.gz', gzipSync('<html>')),
  },
  {
    what: 'a wrong manifest',
    kinds: ['manifest-wrong'],
    damage: (world) =>
      damage(world, 'manifest.json', (bytes) =>
        bytes.toString('utf8').replace(/"digest": ?"./, '"digest": "g'),
      ),
  },
  {
    what: 'a missing document of the proof',
    kinds: ['manifest-wrong'],
    damage: (world) => {
      const bucket = [...world.engine.store.tree().keys()].find((path) => path.startsWith('manifest/'));
      return damage(world, bucket ?? '', () => null);
    },
  },
  {
    what: 'a document of the proof that has no projects',
    kinds: ['orphan'],
    damage: (world) => put(world, 'manifest/fff.sha256', 'nobody'),
  },
  {
    what: 'a foreign file in packages/',
    kinds: ['orphan'],
    damage: (world) => put(world, 'packages/aa/bb/evil-1.0.tar.gz', 'evil'),
  },
  {
    what: 'the pages of a project that nobody knows',
    kinds: ['orphan'],
    damage: (world) => {
      put(world, 'simple/evil/index.html', '<a href="../../packages/aa/bb/evil-1.0.tar.gz">');
      put(world, 'simple/evil/index.v1_json', '{}');
    },
  },
  {
    what: 'a JSON API document of nobody',
    kinds: ['orphan'],
    damage: (world) => put(world, 'pypi/evil/json', '{}'),
  },
  {
    what: 'a stray document beside a page',
    kinds: ['orphan'],
    damage: (world) => put(world, 'simple/snark/index.v1_html', 'left by another tool'),
  },
  {
    what: 'temporary files of other tools',
    kinds: ['half-written'],
    damage: (world) => {
      put(world, 'simple/snark/.index.html.x7f3', 'half');
      put(world, 'packages/aa/bb/cc/snark-1.0.tar.gz.tmp', 'half');
    },
  },
  {
    what: 'a half-written staged file',
    kinds: ['half-written'],
    damage: (world) =>
      world.engine.store.stageBytes(docrootPath('packages/aa/half.whl'), Buffer.from('half')),
  },
];

const CATALOGUE: readonly Mutation[] = [
  {
    what: 'a missing row of a file',
    // The catalogue's own check counts the rows, too.
    kinds: ['catalogue', 'row-missing'],
    damage: (world) => sql(world, `DELETE FROM file WHERE filename LIKE 'snark-1.0%'`),
  },
  {
    what: 'a row with another digest',
    kinds: ['row-wrong'],
    damage: (world) => sql(world, `UPDATE file SET sha256 = zeroblob(32) WHERE filename LIKE 'snark-1.0%'`),
  },
  {
    what: 'a row with another size',
    kinds: ['row-wrong'],
    damage: (world) => sql(world, `UPDATE file SET size = size + 1 WHERE filename LIKE 'snark-1.0%'`),
  },
  {
    what: 'a row with another digest of the metadata',
    kinds: ['row-wrong'],
    damage: (world) =>
      sql(world, `UPDATE file SET metadata_sha256 = zeroblob(32) WHERE filename LIKE 'zebra%'`),
  },
  {
    what: 'a row whose digest cannot be read',
    kinds: ['catalogue', 'row-unreadable'],
    damage: (world) => sql(world, `UPDATE file SET sha256 = x'0102' WHERE filename LIKE 'zebra%'`),
  },
  {
    what: 'a row whose path leaves the docroot',
    kinds: ['orphan', 'row-unreadable'],
    damage: (world) => sql(world, `UPDATE file SET path = '../../etc/passwd' WHERE filename LIKE 'zebra%'`),
  },
  {
    what: 'a detail that is no gzip',
    kinds: ['row-unreadable'],
    damage: (world) => sql(world, `UPDATE project SET detail = x'00ff' WHERE name = 'snark'`),
  },
  {
    what: 'the detail of another project',
    kinds: ['row-unreadable'],
    damage: (world) =>
      sql(
        world,
        `UPDATE project SET detail = (SELECT detail FROM project WHERE name = 'zebra') WHERE name = 'snark'`,
      ),
  },
  {
    what: 'another digest of a page in the proof',
    kinds: ['manifest-wrong'],
    damage: (world) => sql(world, `UPDATE project SET page_sha256 = zeroblob(32) WHERE name = 'hatter'`),
  },
  {
    what: 'a count of files that is not that of the rows',
    kinds: ['catalogue', 'manifest-wrong', 'row-wrong'],
    damage: (world) => sql(world, `UPDATE project SET files = files + 1 WHERE name = 'hatter'`),
  },
];

/** What a repair must bring back; `since_ms` and validators may be newer. */
const COLUMNS = `SELECT path, filename, sha256, size, state, metadata_sha256, provenance_sha256 FROM file`;

function essence(world: World): unknown[] {
  const rows = rowsOf(world, [
    `(${COLUMNS})`,
    '(SELECT name, state, files, bytes, page_sha256 FROM project)',
  ]);
  return Object.values(rows).map((table) => table.map((row) => JSON.stringify(row)).sort());
}

describe('damage that a verify finds and a repair mends', { concurrency: 4 }, () => {
  for (const { what, kinds, damage: mutate } of [...TREE, ...CATALOGUE]) {
    test(`${what}: ${kinds.join(', ')}`, async (t) => {
      const world = await mirrored(t);
      const [tree, rows] = [contents(world), essence(world)];
      await mutate(world);
      const bytes = allBytes(world);
      const [damagedTree, damagedRows] = [contents(world), rowsOf(world, ALL_TABLES)];

      const looked = await verify(world);
      assert.deepEqual(looked.kinds, kinds, looked.found.join('\n'));
      assert.equal(looked.summary.exitStatus, 5);
      assert.deepEqual(contents(world), damagedTree, 'a verify changes nothing in the docroot');
      assert.deepEqual(rowsOf(world, ALL_TABLES), damagedRows, 'a verify changes nothing in the catalogue');

      const repaired = await verify(world, { repair: true });
      assert.equal(repaired.summary.exitStatus, 0, JSON.stringify(repaired.events, null, 1));
      assert.deepEqual(contents(world), tree, 'the docroot is as it was before the damage');
      assert.deepEqual(essence(world), rows, 'the rows are as they were before the damage');
      assertClean(await verify(world));
      const left = allBytes(world);
      const lost = [...bytes].filter((content) => !left.has(content));
      // What was wrong at its place is replaced there; nothing that was right, or nobody's, is gone.
      const right = new Set(Object.values(tree));
      assert.deepEqual(
        lost.filter((content) => right.has(content)),
        [],
      );
      assert.equal((await world.engine.run()).exitStatus, 0);
      assert.deepEqual(contents(world), tree, 'the next sync has nothing to add');
    });
  }
});
