/** What must hold of files that were taken down: none that a page links to, none before its time, none without its audit. */
import assert from 'node:assert/strict';
import type { Catalogue } from '../../src/catalogue/contract.ts';
import { parseSha256 } from '../../src/pypi/digests.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { parseDocrootPath } from '../../src/pypi/paths.ts';
import { digestOfKept } from './docroot-pages.ts';
import type { Tree } from './engine.ts';
import type { AuditLine } from './takedown-kit.ts';

const SIDECAR = /\.(?:metadata|provenance)$/;
const QUARANTINED = /quarantined/;

/** What the checks read of a mirror's directory. */
export interface Shelves {
  tree(): Tree;
  trash(): Tree;
  auditLines(): string[];
}

/** Every file in the trash has the bytes that its place tells, and the catalogue knows it there, or knows that it was to go there. */
export function checkTrash(trash: Tree, catalogue: Catalogue, names: ReadonlySet<string>): void {
  const rows = [...names].flatMap((name) => catalogue.filesOf(normalizeName(name)));
  for (const [path, bytes] of trash) {
    if (SIDECAR.test(path) || !path.startsWith('files/')) continue;
    const digest = parseSha256(path.split('/').slice(1, 3).join(''));
    assert.ok(digest, `the trash has a place of its own: ${path}`);
    assert.equal(digestOfKept(bytes), digest, `P3: not the bytes of ${path}`);
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
  /** As it is in force since the last check. */
  deleteAfterMs: number;
  /** The same of files that leave the docroot; null: not looked at. */
  hideAfterMs: number | null = null;
  readonly #store: Shelves;
  /** Filenames of what was in the docroot, by digest. */
  readonly #seen = new Map<string, string>();
  /** Deletions that were looked at when they had happened, by their number in the audit. */
  readonly #judged = new Set<number>();
  /** The last line of the audit that has been looked at. */
  #heard = 0;

  constructor(store: Shelves, deleteAfterMs: number) {
    this.#store = store;
    this.deleteAfterMs = deleteAfterMs;
  }

  check(catalogue: Catalogue, nowMs: number): void {
    const here = new Set<string>();
    const docroot = this.#store.tree();
    for (const tree of [docroot, this.#store.trash()]) {
      for (const [path, bytes] of tree) {
        const isFile = path.startsWith('packages/') || path.startsWith('files/');
        if (!isFile || SIDECAR.test(path)) continue;
        const digest = digestOfKept(bytes);
        here.add(digest);
        // What a killed run has just brought in is upstream's still; it may be lost with the power.
        if (tree === docroot && !isCommitted(catalogue, path)) continue;
        this.#seen.set(digest, path.slice(path.lastIndexOf('/') + 1));
      }
    }
    const audit = allAudit(this.#store, catalogue);
    this.#checkGraces(audit);
    for (const [digest, filename] of this.#seen) {
      const story = audit.filter(({ sha256 }) => sha256 === digest);
      const hidden = story.findLast(({ action }) => action === 'hide');
      const deleted = story.findLast(({ action }) => action === 'delete');
      if (deleted !== undefined && hidden !== undefined && deleted.seq > hidden.seq) {
        const heldMs = Date.parse(deleted.at) - Date.parse(hidden.at);
        // The audit tells whole seconds.
        assert.ok(
          this.#judged.has(deleted.seq) || heldMs > this.deleteAfterMs - 1000,
          `${filename} was deleted ${heldMs} ms after it was hidden`,
        );
      } else if (!here.has(digest)) {
        // Killed between the deletion and its note: then its time had come.
        const rows = catalogue.deletable(nowMs - this.deleteAfterMs, 1_000_000);
        assert.ok(
          rows.some(({ sha256, returned }) => sha256 === digest && !returned),
          `the bytes of ${filename} are neither in the docroot nor in the trash: ${JSON.stringify(story)}`,
        );
        // Told once: by the next look another `delete-after` may be in force.
        this.#seen.delete(digest);
      }
    }
    // Also of what was never committed, which may be published later: by then another `delete-after` may be in force.
    for (const { seq, action } of audit) if (action === 'delete') this.#judged.add(seq);
  }

  /** P1: who still reads the page of before finds its files for a while; only what is quarantined goes at once. */
  #checkGraces(audit: readonly AuditLine[]): void {
    for (const { seq, action, at, project, path, file, why } of audit) {
      if (action !== 'hide' || seq <= this.#heard || this.hideAfterMs === null || QUARANTINED.test(why))
        continue;
      const isOfIt = (line: AuditLine) => line.project === project && line.path === path && line.seq < seq;
      const left = audit.findLast(isOfIt);
      // On no page, or on none since it was hidden or deleted: a killed run had brought it in. The operator may have held it meanwhile.
      const wasShown = audit.some((line) => isOfIt(line) && line.action === 'withdraw');
      if (left === undefined || !wasShown || !/^(?:withdraw|release)$/.test(left.action)) continue;
      const waitedMs = Date.parse(at) - Date.parse(left.at);
      // Less than nothing: somebody has set the clock back in between, and nobody knows how long it was.
      assert.ok(
        waitedMs < 0 || waitedMs > this.hideAfterMs - 1000,
        `P1: ${file} left the docroot ${waitedMs} ms after it had left its page`,
      );
    }
    this.#heard = audit.at(-1)?.seq ?? this.#heard;
  }
}

/** P6: after a run that ended by itself nothing that is quarantined lies in the docroot, but what the operator holds or others publish. */
export function checkQuarantined(tree: Tree, catalogue: Catalogue, names: ReadonlySet<string>): void {
  for (const name of names) {
    for (const { file, urgent, held } of catalogue.withdrawnOf(normalizeName(name))) {
      if (!urgent || held || !tree.has(file.path)) continue;
      const isOthers = catalogue.filesAt(file.path).some(({ state }) => state !== 'withdrawn');
      assert.ok(isOthers, `P6: quarantined, and still in the docroot: ${file.path}`);
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

function auditLineOf(text: string): AuditLine {
  try {
    return JSON.parse(text) as AuditLine;
  } catch {
    return assert.fail(`the audit has a line that is not whole: ${text}`);
  }
}

/** What the audit file says, and what it will say as soon as a run comes to write it. */
export function allAudit(store: Shelves, catalogue: Catalogue): AuditLine[] {
  const lines = store.auditLines();
  // A power cut left a hole where an append was not flushed: whoever writes next tells it again from there.
  const hole = lines.findIndex((line) => line.includes('\0'));
  const written = (hole < 0 ? lines : lines.slice(0, hole)).map(auditLineOf);
  const last = written.at(-1)?.seq ?? 0;
  const coming = catalogue.unwrittenAudit(1_000_000).filter(({ seq }) => seq > last);
  assert.ok(hole < 0 || last + coming.length >= lines.length, 'the audit has lost a line that was flushed');
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
export function checkAudit(store: Shelves, catalogue: Catalogue): void {
  const audit = allAudit(store, catalogue);
  const seqs = audit.map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    seqs.map((_, at) => at + 1),
    'the audit has each record once, in order, and none is lost',
  );
  const stories = new Map<string, AuditLine[]>();
  for (const line of audit) {
    if (line.path === null || line.project === null) continue;
    const key = `${line.project} ${line.path}`;
    stories.set(key, [...(stories.get(key) ?? []), line]);
  }
  for (const [key, story] of stories) {
    for (const [at, line] of story.entries()) {
      const told = story.map(({ action }) => action).join(', ');
      assert.ok(mayFollow(line, story[at - 1]), `the audit says of ${key}: ${told}`);
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

/** What the operator has restored, upstream may list again. */
function mayFollow({ action, why }: AuditLine, before: AuditLine | undefined): boolean {
  if (action === 'restore' && before?.action === 'restore')
    return why === 'published again' && before.why !== 'published again';
  return FOLLOWS[action].includes(before?.action);
}

/**
 * What may stand before each action in the story of one file of one project; undefined: nothing. A file that a killed run brought
 * in, or back, and whose page it did not live to commit was on no page: it is hidden without being withdrawn.
 */
const FOLLOWS: Readonly<Record<AuditLine['action'], readonly (AuditLine['action'] | undefined)[]>> = {
  withdraw: [undefined, 'restore', 'release', 'delete'],
  hide: [undefined, 'withdraw', 'release', 'hide', 'delete'],
  restore: ['withdraw', 'hide', 'release'],
  // What was held stays so when it is published again, and leaves again.
  release: ['restore', 'withdraw'],
  delete: ['hide'],
};
