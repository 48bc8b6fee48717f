/** What must hold after every process of the mirror, however it ended: P2 and P5 to P9, file by file and project by project. */
import assert from 'node:assert/strict';
import { isJubjubError } from '../../../src/errors.ts';
import type { SyncSummary } from '../../../src/events.ts';
import type { ProjectName } from '../../../src/pypi/types.ts';
import { checkManifest } from '../check-manifest.ts';
import { checkKnown, checkPages, checkSerial, checkTakedowns } from '../check-promise.ts';
import { checkAudit, checkQuarantined, checkTrash } from '../check-trash.ts';
import { pageDetail, pageNames } from '../docroot-pages.ts';
import type { Tree } from '../engine.ts';
import { isQuarantined } from '../origin-history.ts';
import { listedNames } from '../sim/lists-given.ts';
import type { RunAct } from './acts.ts';
import type { Ended } from './commands.ts';
import type { Director } from './director.ts';
import { groupOf } from './request-groups.ts';
import { kindOfStep, type StepKind } from './step-kinds.ts';
import { mirrorNow, type World } from './world.ts';

/** What was published before a run. */
export interface Snapshot {
  readonly serial: number | null;
  /** The last serial of the index. */
  readonly head: number;
  readonly published: number;
  /** What has a page in both forms, whatever the catalogue says. */
  readonly whole: ReadonlySet<ProjectName>;
  /** Projects that are owed. */
  readonly pending: ReadonlySet<string>;
  readonly pages: ReadonlyMap<
    ProjectName,
    { readonly serial: number; readonly status: string; readonly filenames: readonly string[] }
  >;
}

export interface RunResult extends Ended {
  readonly act: RunAct;
  readonly before: Snapshot;
  readonly isDead: boolean;
  readonly director: Director;
}

/** What is published now. */
export function snapshot({ engine, sim }: World): Snapshot {
  const { catalogue, store } = engine;
  // What no run has lived to commit was never promised: the next one may take it back.
  const pages = new Map(
    [...catalogue.publishedNames()].map((name) => {
      const files = catalogue.filesOf(name).filter(({ state }) => state === 'published');
      const { serial, status } = catalogue.project(name) ?? { serial: null, status: 'active' };
      return [
        name,
        { serial: serial ?? 0, status, filenames: files.map(({ filename }) => filename) },
      ] as const;
    }),
  );
  return {
    serial: engine.catalogue.progress().serial,
    head: sim.state.lastSerial ?? 0,
    published: engine.catalogue.publishedCount(),
    whole: pageNames(store.tree()).whole,
    pending: new Set(catalogue.pending(Number.MAX_SAFE_INTEGER).map(({ name }) => name)),
    pages,
  };
}

/** @throws what broke */
export function checkAfterRun(world: World, result: RunResult): void {
  const { engine, origin, keeper, scenario } = world;
  const { catalogue, store } = engine;
  const tree = store.tree();
  const { error, summary, before, isDead } = result;
  if (error !== null && !isDead) assert.ok(isJubjubError(error), `a bug: ${text(error)}`);
  noteBelief(world, result);
  if (scenario.upstream.changes !== 'poll') {
    const hasRows = scenario.upstream.changes === 'changelog';
    checkSerial(tree, catalogue, origin, { hasRows, mayLackNew: world.isEmptyListBelieved });
    checkKnown(tree, catalogue);
  }
  // Only a row says for certain that something was taken down.
  if (scenario.upstream.changes === 'changelog') checkTakedowns(tree, catalogue, origin);
  checkTrash(store.trash(), catalogue, origin.names);
  checkAudit(store, catalogue);
  keeper.check(catalogue, mirrorNow(world));
  const serial = catalogue.progress().serial;
  assert.ok(before.serial === null || (serial ?? -1) >= before.serial, 'P2: the serial never goes back');
  checkRemovals(world, result, tree);
  checkLock(world, result);
  if (result.act.command === 'dry run') checkNothingDone(world);
  checkFindings(world, result);
  if (summary !== null && !isDead) checkSummary(world, result, summary, tree);
  const isSync = result.act.command === 'sync' || result.act.command === 'full';
  if (isSync) world.isInOrder = !isDead && summary !== null && summary.stoppedBy === null;
  else if (isDead || result.director.hits.length > 0) world.isInOrder = false;
}

/** Where only lists tell, an empty one says that there is nothing new; a run refuses it, unless the operator allows so many removals. */
function noteBelief(world: World, { act, summary, isDead }: RunResult): void {
  const list = world.sim.requests.findLast(({ request }) => groupOf(request) === 'list');
  if (world.scenario.upstream.changes !== 'list' || list === undefined) return;
  if (list.faultIds.includes('list-empty')) world.isEmptyListBelieved ||= act.allowRemovals !== null;
  else if (list.status === 200 && list.fault === null && summary !== null && !isDead)
    world.isEmptyListBelieved = false;
}

function text(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** P8, and after a run that ended by itself: pages, root index and proof are what the catalogue says. */
function checkSummary(world: World, result: RunResult, summary: SyncSummary, tree: Tree): void {
  const { act, before, director } = result;
  const { engine, scenario } = world;
  const { exitStatus, stoppedBy, pending, reserved } = summary;
  assert.notEqual(exitStatus, 1, `a bug: ${stoppedBy?.message}`);
  if (act.command === 'dry run') return;
  const isOwed = stoppedBy !== null || pending.length > 0 || reserved.length > 0;
  assert.equal(exitStatus !== 0, isOwed, `P8: status ${exitStatus}`);
  const isSync = act.command === 'sync' || act.command === 'full';
  if (!isSync) return;
  if (exitStatus === 0) {
    assert.ok(!director.hasFailed, 'P8: a call failed, and the status is 0');
    checkListIsPlausible(world, result);
    if (scenario.upstream.changes === 'changelog')
      assert.ok((summary.serial ?? -1) >= before.head, 'P8: status 0 without the head of the index');
  }
  if (stoppedBy !== null && stoppedBy.code !== 'LIMIT_REMOVALS') return;
  const isOurs = (url: string) => url.startsWith(world.sim.url) || url.startsWith(world.sim.filesUrl);
  checkPages(tree, engine.catalogue, engine.options.settings, isOurs);
  if (stoppedBy === null) checkQuarantined(tree, engine.catalogue, world.origin.names);
  if (engine.catalogue.progress().serial === null || stoppedBy !== null) return;
  const serial = scenario.upstream.changes === 'poll' ? null : engine.catalogue.progress().serial;
  checkManifest(withoutLeftBuckets(tree), serial);
}

/** P7: a list that lost most of what is published is a fault, and a run that met it does not end with 0. */
function checkListIsPlausible({ sim, origin }: World, { act, before }: RunResult): void {
  const list = sim.requests.findLast(({ request }) => groupOf(request) === 'list');
  if (list?.faultIds.includes('list-lacks-most') !== true || act.allowRemovals !== null) return;
  const given = sim.lists.lastGiven;
  const listSerial = Number(/"_last-serial":(\d+)/.exec(given)?.[1] ?? Infinity);
  const listed = new Set(listedNames(given));
  const listable = [...before.pages].filter(([, { status }]) => status !== 'quarantined');
  const lost = listable.filter(
    ([name, { serial }]) =>
      !listed.has(name) && serial <= listSerial && !origin.shownSince(name, serial).includes(null),
  );
  assert.ok(
    lost.length * 2 <= listable.length,
    `P7: status 0 with a list that lacks ${lost.length} projects`,
  );
}

/** A first sync that was killed may have left parts of a proof that it did not live to finish; nothing says that they are there. */
export function withoutLeftBuckets(tree: Tree): Tree {
  const manifest = Buffer.from(tree.get('manifest.json') ?? []).toString('utf8');
  const isLeft = (path: string) => {
    const [, id] = /^manifest\/([0-9a-f]{3})\.sha256$/.exec(path) ?? [];
    return id !== undefined && !manifest.includes(`"${id}": "`);
  };
  return new Map([...tree].filter(([path]) => !isLeft(path)));
}

/** P7: only what the index took away leaves, and never more projects than a run may withdraw. */
function checkRemovals(
  { origin, engine, scenario }: World,
  { act, before, isDead }: RunResult,
  tree: Tree,
): void {
  const { whole } = pageNames(tree);
  const lost = [...before.pages.keys()].filter((name) => !whole.has(name));
  for (const [name, { serial, filenames }] of before.pages) {
    // Where serials decide nothing, a page may tell any.
    const views = origin.shownSince(name, scenario.upstream.changes === 'poll' ? 0 : serial);
    if (!whole.has(name)) {
      // Where only lists tell of removals, what is neither listed nor there, twice, goes: the quarantined are on no list.
      const isUnlisted = scenario.upstream.changes !== 'changelog' && views.some(isQuarantined);
      const wasAway = views.includes(null) || isUnlisted;
      assert.ok(wasAway, `P7: ${name} left the docroot, and was never absent upstream`);
      continue;
    }
    const isOwed = engine.catalogue.due(name) !== null;
    const shown = new Set(pageDetail(tree, name)?.files.map(({ filename }) => filename));
    for (const filename of filenames) {
      const isMissed = !isOwed && !shown.has(filename);
      const wasAway = views.some(
        (view) => view === null || !view.includes(`"filename": ${JSON.stringify(filename)}`),
      );
      assert.ok(!isMissed || wasAway, `P7: ${filename} left its page, and was never absent upstream`);
    }
  }
  // Whoever names a project means it.
  if (act.allowRemovals !== null || act.command === 'named' || isDead) return;
  const { projects = null, share = null } = engine.options.settings.removalLimit ?? {};
  const limit = Math.max(projects ?? 0, Math.floor((share ?? 0) * before.published));
  // What a killed run has begun to remove is finished, however much it is: of its page one form is gone, or both.
  const left = lost.filter((name) => before.whole.has(name));
  assert.ok(left.length <= limit, `P7: ${left.length} projects left, and the limit is ${limit}`);
}

/** The root index and the proof end what has begun. */
const WRITES: readonly StepKind[] = [
  ...([
    'place file',
    'place sidecar',
    'place page',
    'place document',
    'remove page',
    'hide',
    'unhide',
    'delete',
  ] as const),
];

const FILE_PLACED = /^place (?:file|sidecar)$/;
const FILE_PLACED_OR_FLUSHED = /^(?:place (?:file|sidecar)|flush placed)$/;
const END_OF_WORK = /^catalogue (?:commits|noteHidden|noteDeleted)$/;

/** Another process may work here from the loss on: what had begun may end, and nothing else may begin (P9). */
function checkLock({ engine }: World, { act, director, isDead }: RunResult): void {
  if (act.lockLostAt === null || isDead || director.lockLostAfter === null) return;
  const { steps } = engine.lifeline;
  const lostAt = director.lockLostAfter;
  const writes = (some: readonly string[]) => some.filter((step) => WRITES.includes(kindOfStep(step)));
  // What is written together ends with what the catalogue is told of it.
  const before = steps.slice(0, lostAt).findLastIndex((step) => END_OF_WORK.test(step));
  const hasBegun = writes(steps.slice(before + 1, lostAt + 1)).length > 0;
  const end = steps.findIndex(
    (step, at) =>
      at > lostAt &&
      (hasBegun ? END_OF_WORK : /^catalogue |flush.* staged|^fsync state.staging|^syncfs/).test(step),
  );
  const wrong = end < 0 ? [] : writes(steps.slice(end));
  assert.deepEqual(wrong, [], 'P9: it goes on writing without the lock');
  // The files of a wave are put into place by a loop of their own: its pages are not what had begun.
  const last = writes(steps.slice(before + 1, lostAt + 1)).at(-1);
  const isAmongFiles =
    last !== undefined &&
    FILE_PLACED.test(kindOfStep(last)) &&
    FILE_PLACED_OR_FLUSHED.test(kindOfStep(steps[lostAt] ?? ''));
  const pages = steps.slice(lostAt + 1).filter((step) => kindOfStep(step) === 'place page');
  if (isAmongFiles) assert.deepEqual(pages, [], 'P9: pages follow the files without the lock');
}

/** A rehearsal changes nothing. */
function checkNothingDone({ engine }: World): void {
  const done = engine.lifeline.steps.filter((step) => !/^catalogue /.test(step));
  assert.deepEqual(done, [], 'a dry run changes nothing on disk');
}

/** A verify finds nothing where the last run ended in order. */
function checkFindings(world: World, { findings, isDead, director, before }: RunResult): void {
  if (findings === null || isDead) return;
  assert.notEqual(findings.exitStatus, 1, `a bug: ${findings.stoppedBy?.message}`);
  if (!world.isInOrder || director.hits.length > 0) return;
  const hasDied = world.told.some((sentence) => sentence.endsWith(': dead'));
  // A document that a killed run brought stays while upstream cannot be had: it is owed, and no catalogue has an older one.
  const isOwed = (finding: string) => {
    const [kind, name = ''] = finding.split(' ');
    return kind === 'document-wrong' && hasDied && before.pending.has(name);
  };
  // A name that was taken from staging, and is there again after a power cut: no file system has to keep that it went.
  const wasCut = world.told.some((sentence) => sentence.includes('power cut after it'));
  const isLeft = (finding: string) => finding === 'half-written' && wasCut;
  const found = findings.found.filter(
    (one) => !one.startsWith('orphan manifest/') && !isOwed(one) && !isLeft(one),
  );
  assert.deepEqual(found, [], 'verify finds damage where there is none');
}
