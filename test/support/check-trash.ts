/** What must hold of files that were taken down: none that a page links to, none before its time, none without its audit. */
import assert from 'node:assert/strict';
import type { Catalogue } from '../../src/catalogue/contract.ts';
import { parseSha256 } from '../../src/pypi/digests.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { parseDocrootPath } from '../../src/pypi/paths.ts';
import { sha256Hex } from './docroot-pages.ts';
import type { Tree } from './engine.ts';
import type { MemoryStore } from './memory-store.ts';
import type { AuditLine } from './takedown-kit.ts';

const SIDECAR = /\.(?:metadata|provenance)$/;

/** Every file in the trash has the bytes that its place tells, and the catalogue knows it there, or knows that it was to go there. */
export function checkTrash(trash: Tree, catalogue: Catalogue, names: ReadonlySet<string>): void {
  const rows = [...names].flatMap((name) => catalogue.filesOf(normalizeName(name)));
  for (const [path, bytes] of trash) {
    if (SIDECAR.test(path) || !path.startsWith('files/')) continue;
    const digest = parseSha256(path.split('/').slice(1, 3).join(''));
    assert.ok(digest, `the trash has a place of its own: ${path}`);
    assert.equal(sha256Hex(bytes), digest, `P3: not the bytes of ${path}`);
    const isKnown =
      isNotedTrash(catalogue, path) ||
      rows.some(({ sha256, state }) => sha256 === digest && state !== 'published');
    assert.ok(isKnown, `P4: nobody remembers what lies in the trash at ${path}`);
  }
}

/**
 * Watches which bytes are in the docroot and committed, and demands that those that were there are in the docroot, in the trash, or on
 * their way between them, until the audit says that they were deleted, which it must not do before their time.
 */
export class Keeper {
  readonly #store: MemoryStore;
  readonly #deleteAfterMs: number;
  /** Filenames of what was in the docroot, by digest. */
  readonly #seen = new Map<string, string>();

  constructor(store: MemoryStore, deleteAfterMs: number) {
    this.#store = store;
    this.#deleteAfterMs = deleteAfterMs;
  }

  check(catalogue: Catalogue, nowMs: number): void {
    const here = new Set<string>();
    const docroot = this.#store.tree();
    for (const tree of [docroot, this.#store.trash()]) {
      for (const [path, bytes] of tree) {
        const isFile = path.startsWith('packages/') || path.startsWith('files/');
        if (!isFile || SIDECAR.test(path)) continue;
        const digest = sha256Hex(bytes);
        here.add(digest);
        // What a killed run has just brought in is upstream's still; it may be lost with the power.
        if (tree === docroot && !isCommitted(catalogue, path)) continue;
        this.#seen.set(digest, path.slice(path.lastIndexOf('/') + 1));
      }
    }
    const audit = allAudit(this.#store, catalogue);
    for (const [digest, filename] of this.#seen) {
      const story = audit.filter(({ sha256 }) => sha256 === digest);
      const hidden = story.findLast(({ action }) => action === 'hide');
      const deleted = story.findLast(({ action }) => action === 'delete');
      if (deleted !== undefined && hidden !== undefined && deleted.seq > hidden.seq) {
        const heldMs = Date.parse(deleted.at) - Date.parse(hidden.at);
        // The audit tells whole seconds.
        assert.ok(
          heldMs > this.#deleteAfterMs - 1000,
          `${filename} was deleted ${heldMs} ms after it was hidden`,
        );
      } else if (!here.has(digest)) {
        // Killed between the deletion and its note: then its time had come.
        const rows = catalogue.deletable(nowMs - this.#deleteAfterMs, 1_000_000);
        assert.ok(
          rows.some(({ sha256, returned }) => sha256 === digest && !returned),
          `the bytes of ${filename} are neither in the docroot nor in the trash: ${JSON.stringify(story)}`,
        );
      }
    }
  }
}

/** Does a row of the trash stand for what lies there? */
function isNotedTrash(catalogue: Catalogue, path: string): boolean {
  return catalogue.deletable(Number.MAX_SAFE_INTEGER, 1_000_000).some((row) => row.path === path);
}

/** Is it, or was it, on a page that was committed? */
function isCommitted(catalogue: Catalogue, path: string): boolean {
  const docrootPath = parseDocrootPath(path);
  return docrootPath !== null && catalogue.filesAt(docrootPath).some(({ state }) => state !== 'intended');
}

/** What the audit file says, and what it will say as soon as a run comes to write it. */
export function allAudit(store: MemoryStore, catalogue: Catalogue): AuditLine[] {
  const written = store.auditLines().map((line) => JSON.parse(line) as AuditLine);
  const last = written.at(-1)?.seq ?? 0;
  const coming = catalogue.unwrittenAudit(1_000_000).filter(({ seq }) => seq > last);
  return [
    ...written,
    ...coming.map(({ atMs, filename, ...record }) => ({
      ...record,
      at: new Date(atMs).toISOString(),
      file: filename,
    })),
  ];
}

/**
 * The audit is exactly once and complete: no number twice; each file that left the docroot has its lines, in an order that
 * can have happened.
 */
export function checkAudit(store: MemoryStore, catalogue: Catalogue): void {
  const audit = allAudit(store, catalogue);
  const seqs = audit.map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    [...new Set(seqs)].sort((a, b) => a - b),
    'the audit has each record once, in order',
  );
  const stories = new Map<string, AuditLine['action'][]>();
  for (const { project, path, action } of audit) {
    if (path === null || project === null) continue;
    const key = `${project} ${path}`;
    stories.set(key, [...(stories.get(key) ?? []), action]);
  }
  for (const [key, story] of stories) {
    for (const [at, action] of story.entries()) {
      const before = story[at - 1];
      const follows = FOLLOWS[action].includes(before);
      assert.ok(follows, `the audit says of ${key}: ${story.join(', ')}`);
    }
  }
  for (const path of store.trash().keys()) {
    if (SIDECAR.test(path) || !path.startsWith('files/')) continue;
    const digest = parseSha256(path.split('/').slice(1, 3).join(''));
    const isNoted = isNotedTrash(catalogue, path);
    const isTold = audit.some(({ sha256, action }) => sha256 === digest && action === 'hide');
    assert.ok(isTold || !isNoted, `the audit has no line of what lies in the trash at ${path}`);
  }
}

/**
 * What may stand before each action in the story of one file of one project; undefined: nothing. A file that a killed run brought
 * in, or back, and whose page it did not live to commit was on no page: it is hidden without being withdrawn.
 */
const FOLLOWS: Readonly<Record<AuditLine['action'], readonly (AuditLine['action'] | undefined)[]>> = {
  withdraw: [undefined, 'restore', 'release', 'delete'],
  hide: [undefined, 'withdraw', 'release', 'hide', 'delete'],
  restore: ['withdraw', 'hide', 'release'],
  release: ['restore'],
  delete: ['hide'],
};
