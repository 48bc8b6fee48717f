/**
 * Goal: with `flush = "wave"` and `"file"` no power cut leaves part of a file in the docroot, or a page without its files, or takes
 * back what a step has made durable; with `"off"` one does, so that this test can tell.
 * Method: the real store on the simulated disk places files and then a page that stands for links to them; before each call every state
 * is looked at that a power cut could leave then, for a wave that is flushed one by one; a sample of them for a large one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { detailPaths } from '../../src/pypi/paths.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import { AuditFile } from '../../src/store/audit-file.ts';
import { FSYNC_EACH_MAX } from '../../src/store/flush.ts';
import { type FlushMode, LocalStore, prepareFolders } from '../../src/store/local.ts';
import { SimDisk } from '../support/simfs/disk.ts';
import { installSimFs } from '../support/simfs/install.ts';

installSimFs();

const PAGE = detailPaths(normalizeName('snark')).html;
const BYTES = 'whole';

interface Wave {
  readonly what: string;
  readonly files: number;
  /** At every so manyth call the power may be cut. */
  readonly stride: number;
  /** States looked at for each of them. */
  readonly looksMax: number;
}

const WAVES: readonly Wave[] = [
  { what: 'small', files: 2, stride: 1, looksMax: 20_000 },
  { what: 'large', files: FSYNC_EACH_MAX + 1, stride: 23, looksMax: 60 },
];

/** What is wrong with a docroot when so many of the steps are done. */
function wrongWith(
  web: ReadonlyMap<string, Uint8Array>,
  files: readonly DocrootPath[],
  done: number,
): string | null {
  const torn = [...web].find(([, bytes]) => Buffer.from(bytes).toString() !== BYTES);
  if (torn !== undefined) return `${torn[0]} is not whole`;
  const missing = files.find((file) => !web.has(file));
  const hasPage = web.has(PAGE);
  if (missing !== undefined && (hasPage || done >= 1)) return `${missing} is missing`;
  return done >= 2 && !hasPage ? 'the page is missing' : null;
}

/** Publishes a wave; returns what power cuts could make of it that must not be, and how many states were looked at. */
async function cutEverywhere(mode: FlushMode, { files: count, stride, looksMax }: Wave) {
  const disk = new SimDisk();
  const store = new LocalStore(await prepareFolders(disk.boot().root), mode);
  const files = Array.from({ length: count }, (_, at) => detailPaths(normalizeName(`file-${at}`)).json);
  const wrong = new Set<string>();
  let [calls, done, states] = [0, 0, 0];
  const look = () => {
    const { images, looked } = disk.crashStates(looksMax);
    states += looked;
    for (const image of images) {
      const trouble = wrongWith(image.files('web'), files, done);
      if (trouble !== null) wrong.add(trouble);
    }
  };
  disk.hook = () => {
    if (calls++ % stride === 0) look();
    return undefined;
  };
  for (const path of [...files, PAGE]) await store.stageBytes(path, Buffer.from(BYTES));
  await store.flushStaged([...files, PAGE]);
  await store.place(files);
  done = 1;
  look();
  await store.place([PAGE]);
  done = 2;
  look();
  disk.hook = null;
  return { wrong: [...wrong], states };
}

for (const wave of WAVES)
  for (const mode of ['wave', 'file'] as const)
    test(`no power cut anywhere in a ${wave.what} wave breaks a promise, flushed "${mode}"`, async () => {
      const { wrong, states } = await cutEverywhere(mode, wave);
      assert.ok(states > 100, `${states} states`);
      assert.deepEqual(wrong, []);
    });

test('without a flush a power cut leaves parts of files, and pages without theirs', async () => {
  const { wrong } = await cutEverywhere('off', { what: 'small', files: 2, stride: 1, looksMax: 500 });
  assert.match(wrong.sort().join(', '), /is missing.*is not whole/);
});

test('lines of the audit whose flush failed are durable once a later one has not, also when they need not be written again', async () => {
  const disk = new SimDisk();
  const { root } = disk.boot();
  const { audit } = await prepareFolders(root);
  const file = new AuditFile(audit);
  await file.append(['first']);
  disk.hook = ({ name }) => (name === 'fdatasync' ? { fail: 'EIO' } : undefined);
  await assert.rejects(file.append(['second', 'third']), { code: 'STORE_IO' });
  disk.hook = null;
  assert.equal(await file.last(), 'third');
  await file.append([]);
  const { images } = disk.crashStates(1_000);
  const left = images.map((image) => Buffer.from(image.files('state').get('audit.jsonl') ?? []).toString());
  assert.deepEqual(new Set(left), new Set(['first\nsecond\nthird\n']));
});
