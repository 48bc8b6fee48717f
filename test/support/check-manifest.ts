/** The completeness proof held against the docroot that it is about, by the words of docs/manifest.md and none of our code. */
import assert from 'node:assert/strict';
import { digestOfKept, sha256Hex } from './docroot-pages.ts';
import type { Tree } from './engine.ts';

const PAGE = /^simple\/([^/]+)\/index\.v1_json$/;
const BUCKET = /^manifest\/([0-9a-f]{3})\.sha256$/;
const LINE = /^([0-9a-f]{64}) {2}(simple\/[^/]+\/index\.v1_json)$/;

export interface ReadManifest {
  readonly version: number;
  readonly serial: number | null;
  readonly projects: number;
  readonly files: number;
  readonly bytes: number;
  readonly digest: string;
  readonly buckets: Readonly<Record<string, string>>;
}

export function readManifest(tree: Tree): ReadManifest {
  return JSON.parse(Buffer.from(tree.get('manifest.json') ?? []).toString('utf8')) as ReadManifest;
}

function hashOf(text: string): string {
  return sha256Hex(Buffer.from(text, 'utf8'));
}

/** The lines of a bucket document, each about the bytes that lie there. */
function checkBucket(tree: Tree, id: string, digest: string): string[] {
  const bytes = tree.get(`manifest/${id}.sha256`);
  assert.ok(bytes, `the manifest has bucket ${id}, and there is no document`);
  assert.equal(digestOfKept(bytes), digest, `the document of bucket ${id}`);
  const text = Buffer.from(bytes).toString('utf8');
  assert.match(text, /\n$/);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, sha256, path = ''] = LINE.exec(line) ?? [];
      const page = tree.get(path);
      assert.ok(page, `bucket ${id} is about a page that is not there: ${line}`);
      assert.equal(digestOfKept(page), sha256, `bucket ${id} says otherwise of ${path}`);
      const name = PAGE.exec(path)?.[1] ?? '';
      assert.equal(hashOf(name).slice(0, 3), id, `${name} is in the wrong bucket`);
      return name;
    });
}

/** After a run that ended by itself: the proof is about exactly the pages that are there. `serial`: what it must be at. */
export function checkManifest(tree: Tree, serial: number | null): void {
  const manifest = readManifest(tree);
  assert.equal(manifest.version, 1);
  assert.equal(manifest.serial, serial);
  const ids = Object.keys(manifest.buckets).sort();
  const documents = [...tree.keys()].flatMap((path) => BUCKET.exec(path)?.[1] ?? []).sort();
  assert.deepEqual(documents, ids, 'the bucket documents are those of the manifest');
  const names = ids.flatMap((id) => {
    const inBucket = checkBucket(tree, id, manifest.buckets[id] ?? '');
    assert.deepEqual(inBucket, [...inBucket].sort(), `the names of bucket ${id} are in order`);
    return inBucket;
  });
  const pages = [...tree.keys()].flatMap((path) => PAGE.exec(path)?.[1] ?? []).sort();
  assert.deepEqual([...names].sort(), pages, 'every page is in the proof, and nothing else');
  assert.equal(manifest.projects, names.length);
  const lines = ids.map((id) => `${manifest.buckets[id]}  manifest/${id}.sha256\n`);
  assert.equal(manifest.digest, hashOf(lines.join('')), 'the root digest');
  const files = new Set(
    [...tree.keys()].filter((path) => /^packages\/.*[^/](?<!\.metadata|\.provenance)$/.test(path)),
  );
  assert.ok(manifest.files <= files.size || manifest.files === 0, 'no more files than there are');
}
