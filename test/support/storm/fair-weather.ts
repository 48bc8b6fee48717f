/** After the storm: faults stop, and one run must converge to the tree of a mirror that nobody ever disturbed (P4). */
import assert from 'node:assert/strict';
import type { SyncSummary } from '../../../src/events.ts';
import type { SyncOptions } from '../../../src/mirror/deps.ts';
import { tryNormalizeName } from '../../../src/pypi/names.ts';
import type { DocrootPath } from '../../../src/pypi/types.ts';
import { checkManifest } from '../check-manifest.ts';
import { linkedPaths, normalizedPage } from '../check-promise.ts';
import { checkAudit } from '../check-trash.ts';
import { pageDetail, textOf } from '../docroot-pages.ts';
import { type Engine, memoryEngine, type Tree } from '../engine.ts';
import { memoryPlace } from '../memory-catalogue.ts';
import { seeded } from '../prng.ts';
import { makeWheel } from '../wheels.ts';
import { checkAfterRun, snapshot, withoutLeftBuckets } from './check-run.ts';
import { summaryWords } from './commands.ts';
import { Director } from './director.ts';
import { CALM_SYNC } from './episodes.ts';
import { CALM, setWeather } from './weather.ts';
import { chanceOf, mirrorNow, type World } from './world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Longer than any page counts as fresh, and less than what a clock that lags needs to catch up. */
const REST_MS = 45 * MINUTE_MS;

/** @throws what is not as it would be without the storm */
export async function fairWeather(world: World): Promise<void> {
  const { sim, scenario } = world;
  setWeather(sim, 0, CALM);
  sim.cdn.clear();
  sim.cdn.enabled = false;
  // P7: an index that lists nothing at all is never believed, so that nobody could tell what it must become.
  if (![...sim.state.projects].some(({ status }) => status !== 'quarantined'))
    sim.state.uploadFile(makeWheel({ name: 'one-more', version: '1.0', modules: {} }));
  sim.advance(REST_MS);
  const summary = await calmRun(world);
  checkNothingOwed(world, summary);
  const undisturbed = await undisturbedMirror(world);
  // By then all graces are over.
  sim.advance(DAY_MS);
  const isTold = scenario.upstream.changes === 'changelog' && !scenario.upstream.quiet;
  if (isTold) compareShown(world, undisturbed, toldByRows(world));
  // Changes without a row, and serials that roles moved, are found by looking at every page.
  checkNothingOwed(world, await calmRun(world, { full: true }));
  compareShown(world, undisturbed);
  await checkRest(world, undisturbed);
}

/** `changes`: gets the paths of the docroot at which something changed. */
async function calmRun(
  world: World,
  options: Partial<SyncOptions> = {},
  changes: string[] = [],
): Promise<SyncSummary> {
  const { engine, told, reader, coverage } = world;
  const before = snapshot(world);
  engine.lifeline.steps.length = 0;
  const director = new Director(CALM_SYNC, engine.lifeline, coverage, {
    terminate: () => {},
    loseLock: () => {},
    rival: () => {},
  });
  let broken: unknown = null;
  engine.store.watchDocroot((path, bytes) => {
    try {
      if (reader.changed(path, bytes)) changes.push(path);
    } catch (error) {
      broken ??= error;
    }
  });
  const summary = await engine.run({ allowRemovals: CALM_SYNC.allowRemovals, ...options });
  engine.store.watchDocroot(() => {});
  told.push(`fair weather ${JSON.stringify(options)}: ${summaryWords(summary)}`);
  if (broken !== null) throw broken;
  checkAfterRun(world, {
    act: CALM_SYNC,
    before,
    isDead: false,
    director,
    summary,
    error: null,
    findings: null,
  });
  return summary;
}

function checkNothingOwed({ sim, scenario }: World, summary: SyncSummary): void {
  // A row about a project that does not exist, and never left by a row, is owed until somebody looks at the list.
  const owed = summary.pending.filter(
    ({ name, code }) => code !== 'UPSTREAM_ABSENT' || sim.state.project(name) !== undefined,
  );
  assert.deepEqual(owed, [], 'P4: one run in fair weather owes nothing');
  assert.equal(summary.stoppedBy, null, 'P4: nothing stops a run in fair weather');
  assert.equal(summary.exitStatus, summary.pending.length === 0 ? 0 : 3, 'P8');
  if (scenario.upstream.changes !== 'poll')
    assert.equal(summary.serial, sim.state.lastSerial ?? 0, 'P4: everything is committed');
}

async function undisturbedMirror({ sim, engine, cleanup }: World): Promise<Engine> {
  const { wrap: _wrap, ...options } = engine.options;
  const undisturbed = memoryEngine(cleanup, sim, options, memoryPlace(cleanup));
  const summary = await undisturbed.run();
  assert.equal(summary.stoppedBy, null, `nothing stops an undisturbed mirror: ${summaryWords(summary)}`);
  return undisturbed;
}

/** What rows alone bring about: the pages that are compared before anybody has looked at every one of them, or at the list. */
function toldByRows(world: World): (page: string) => string {
  const unspelled = unspelledNames(world);
  return (page) => withoutSpelling(withoutProvenance(page), unspelled);
}

/**
 * Projects that were named, and that the first list lacked, by an upstream's fault: how they are spelled only a list tells, and without the
 * sweep nobody looks at one before `--full`.
 */
function unspelledNames({ engine, told }: World): ReadonlySet<string> {
  const { catalogue, options } = engine;
  const isLookedAt = (options.settings.reconcileShare ?? null) !== null;
  if (isLookedAt || !told.some((sentence) => sentence.includes(', list lacks '))) return new Set();
  const names = [...catalogue.publishedNames()];
  return new Set(names.filter((name) => catalogue.project(name)?.displayName === null));
}

/** The project list with these names as they are in addresses. */
function withoutSpelling(page: string, names: ReadonlySet<string>): string {
  if (names.size === 0) return page;
  const plain = (spelled: string) => {
    const name = tryNormalizeName(spelled);
    return name !== null && names.has(name) ? name : spelled;
  };
  return page
    .replace(/(?<=<a href="[^"/]+\/">)[^<]+(?=<\/a>)/g, plain)
    .replace(/(?<="name":")[^"]+(?=")/g, plain);
}

/** Attestations that could not be had for a 404 are not asked for again before somebody looks at the page. */
function withoutProvenance(page: string): string {
  return normalizedPage(page)
    .replace(/ data-provenance="[^"]*"/g, '')
    .replace(/"provenance":(?:null|"[^"]*"),/g, '');
}

/** Quarantined projects are on no list: which of them a mirror has hangs on when it began, and none misses one that vanished. */
function isQuarantined({ origin }: World, tree: Tree, path: string): boolean {
  const name = tryNormalizeName(/^(?:simple|pypi)\/([^/]+)\//.exec(path)?.[1] ?? '');
  if (name === null) return false;
  return (
    origin.isQuarantinedPage(`simple/${name}/index.html`) || pageDetail(tree, name)?.status === 'quarantined'
  );
}

/** Reports tell of runs; and the proof counts quarantined projects, too: it is held against its own tree. */
const OWN = /^(?:status\.json|last-modified|manifest(?:\.json|\/.*))$/;

function comparable(world: World, tree: Tree, isWanted: (path: string) => boolean): Map<string, string> {
  const paths = [...tree.keys()].filter(
    (path) => !OWN.test(path) && isWanted(path) && !isQuarantined(world, tree, path),
  );
  return new Map(paths.sort().map((path) => [path, contentOf(tree, path)]));
}

function contentOf(tree: Tree, path: string): string {
  return /^packages\/|\.gz$/.test(path)
    ? Buffer.from(tree.get(path) ?? []).toString('base64')
    : textOf(tree, path);
}

/** Pages, root index, twins and documents of both are the same; so are the files that pages link to. */
function compareShown(
  world: World,
  undisturbed: Engine,
  normalize: ((page: string) => string) | null = null,
): void {
  const trees = [world.engine.store.tree(), undisturbed.store.tree()] as const;
  const [ours, expected] = trees.map((tree) => {
    const shown = comparable(world, tree, (path) =>
      normalize === null ? !path.startsWith('packages/') : /^simple\/.*(?:html|json)$/.test(path),
    );
    return new Map([...shown].map(([path, content]) => [path, normalize?.(content) ?? content]));
  }) as [Map<string, string>, Map<string, string>];
  compare(ours, expected);
  const linked = trees.map((tree) => {
    const pages = new Map(
      [...tree].filter(([path]) => !isQuarantined(world, tree, path) && !path.endsWith('.gz')),
    );
    return linkedPaths(pages);
  });
  assert.deepEqual(linked[0], linked[1], 'P4: other files are linked to');
}

function compare(ours: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): void {
  const missing = [...expected.keys()].filter((path) => !ours.has(path));
  const extra = [...ours.keys()].filter((path) => !expected.has(path));
  assert.deepEqual(
    { missing, extra },
    { missing: [], extra: [] },
    'P4: not the tree of an undisturbed mirror',
  );
  for (const [path, content] of expected)
    if (ours.get(path) !== content) assert.equal(ours.get(path), content, `P4: not as undisturbed: ${path}`);
}

/** One more run writes nothing, nothing lies about, and no power cut takes anything back. */
async function checkRest(world: World, undisturbed: Engine): Promise<void> {
  const { sim, engine, reader } = world;
  // What is on no list and not there goes when it is not there a second time: the removal of a quarantined project, where only lists tell.
  if (engine.catalogue.pending(1).length > 0) await calmRun(world);
  // A clock that was set back has to catch up before anything is old enough to go.
  const lagMs = Math.max(0, world.latestMs - mirrorNow(world));
  if (lagMs > 0 || hasWithdrawn(world)) {
    sim.advance(lagMs + DAY_MS);
    await calmRun(world);
  }
  const before = engine.store.tree();
  const changes: string[] = [];
  await calmRun(world, {}, changes);
  const written = changes.filter((path) => !/^(?:status\.json|last-modified)$/.test(path));
  assert.deepEqual(written, [], 'P5: one more run writes nothing');
  checkFiles(world, before, undisturbed.store.tree());
  // Of a project that is still owed a killed run may have brought in what its page has lost since.
  const settled = [...world.origin.names].filter((name) => engine.catalogue.due(name) === null);
  const files = settled.flatMap((name) => engine.files(name));
  assert.equal(files.filter(({ state }) => state === 'intended').length, 0, 'nothing is only intended');
  engine.store.crash(seeded(chanceOf(world, 0, 'last power cut')));
  reader.reset(engine.store.tree());
  const [left, kept] = [before, engine.store.tree()].map((tree) => comparable(world, tree, () => true));
  compare(kept ?? new Map(), left ?? new Map());
  checkAudit(engine.store, engine.catalogue);
  checkManifest(
    withoutLeftBuckets(engine.store.tree()),
    world.scenario.upstream.changes === 'poll' ? null : engine.catalogue.progress().serial,
  );
}

function hasWithdrawn({ engine }: World): boolean {
  const { withdrawnFiles, heldFiles } = engine.catalogue.counts();
  return withdrawnFiles > heldFiles;
}

/**
 * Every file in the docroot is one that an undisturbed mirror has, with the same bytes, or is held by the operator. What lies beside a
 * file that stays and is not advertised any more (attestations that upstream took back) goes with the file, or with a sweep.
 */
function checkFiles(world: World, tree: Tree, expected: Tree): void {
  const { engine, origin } = world;
  const excepted = new Set(
    [...origin.names].flatMap((name) => {
      const held = engine.catalogue
        .withdrawnOf(name)
        .filter((one) => one.held)
        .map(({ file }) => file);
      const quarantined = isQuarantined(world, tree, `simple/${name}/`) ? engine.catalogue.filesOf(name) : [];
      return [...held, ...quarantined].map(({ path }) => path);
    }),
  );
  const files = (one: Tree) =>
    comparable(world, one, (path) => path.startsWith('packages/') && !excepted.has(bare(path)));
  const expectedFiles = files(expected);
  const isLeftBeside = (path: string) =>
    bare(path) !== path && !expectedFiles.has(path) && expectedFiles.has(bare(path));
  compare(new Map([...files(tree)].filter(([path]) => !isLeftBeside(path))), expectedFiles);
}

/** The file that a sidecar belongs to; a file's own path. */
function bare(path: string): DocrootPath {
  return path.replace(/\.(?:metadata|provenance)$/, '') as DocrootPath;
}
