/** What the tests of adoption share: an index with a past, an old tree of it, and a mirror on the disk that adopts it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SyncSummary } from '../../src/events.ts';
import { type AdoptOptions, adopt } from '../../src/mirror/adopt.ts';
import type { AdoptEvent, AdoptSummary } from '../../src/mirror/adopt-report.ts';
import type { OldTree } from '../../src/store/contract.ts';
import { type LocalStore, prepareFolders } from '../../src/store/local.ts';
import { LocalOldTree } from '../../src/store/old-tree.ts';
import { checkLinks, checkPages, checkSameTree } from './check-promise.ts';
import {
  type Engine,
  type EngineOptions,
  localEngine,
  memoryEngine,
  type Tree,
  treeOnDisk,
} from './engine.ts';
import { upload } from './mirror-kit.ts';
import { type Layout, OldDocroot } from './old-trees.ts';
import type { LogEntry } from './sim/request-log.ts';
import { type Sim, type SimOptions, startSim } from './sim/sim.ts';

const PLAIN: AdoptOptions = { copy: false, trustSize: false, dryRun: false };
const running: AbortSignal = new AbortController().signal;

/** Of the index and of the old tree, before anybody asked jubjub. */
export interface Past {
  readonly sim: Sim;
  readonly old: OldDocroot;
}

async function startOld(
  t: TestContext,
  layout: Layout,
  options: SimOptions,
  begin: (sim: Sim) => void,
): Promise<Past> {
  const sim = await startSim({ cdn: false, ...options });
  t.after(() => sim.close());
  begin(sim);
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'jubjub-old-')));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return { sim, old: new OldDocroot(directory, layout).write(sim.state) };
}

/** The smallest index of which something stayed, something went, and something came since the old tool ran. */
export async function startShortPast(t: TestContext): Promise<Past> {
  const past = await startOld(t, 'bandersnatch-8', {}, (sim) => {
    for (const name of ['snark', 'vorpal']) upload({ sim }, name);
  });
  past.sim.state.removeProject('vorpal');
  upload(past, 'snark', '2.0');
  return past;
}

/** An index that the old tool has mirrored, and that went on since: a project and a file are gone, others are new. */
export async function startPast(
  t: TestContext,
  layout: Layout = 'bandersnatch-8',
  options: SimOptions = {},
): Promise<Past> {
  const past = await startOld(t, layout, options, (sim) => {
    for (const name of ['snark', 'boojum', 'vorpal', 'x']) upload({ sim }, name);
    for (const version of ['2.0', '3.0', '4.0+local']) upload({ sim }, 'snark', version);
    upload({ sim }, 'boojum', '2.0');
  });
  past.sim.state.removeProject('vorpal');
  past.sim.state.removeFile('boojum-1.0-py3-none-any.whl');
  upload(past, 'snark', '5.0');
  upload(past, 'jabberwock');
  return past;
}

export interface Adopter {
  readonly engine: Engine<LocalStore>;
  readonly web: string;
  readonly events: AdoptEvent[];
  /** `root`: the old tree; the mirror's own docroot unless told otherwise. */
  adopt(root?: string, options?: Partial<AdoptOptions>, signal?: AbortSignal): Promise<AdoptSummary>;
  tree(): Tree;
}

/** A mirror on the disk that has never run. */
export async function startAdopter(
  t: TestContext,
  sim: Sim,
  options: Partial<EngineOptions> = {},
): Promise<Adopter> {
  const { engine, web } = await localEngine(t, sim, options);
  const folders = await prepareFolders(dirname(web));
  const real = { web: realpathSync(web), staging: realpathSync(folders.staging) };
  const events: AdoptEvent[] = [];
  return {
    engine,
    web,
    events,
    adopt: (root = web, more = {}, signal = running) =>
      adoptTree(engine, new LocalOldTree(realpathSync(root), real), more, signal, (event) =>
        events.push(event),
      ),
    tree: () => new Map([...treeOnDisk(web)].map(([path, { bytes }]) => [path, bytes])),
  };
}

export function adoptTree(
  engine: Engine<never> | Engine<LocalStore> | Engine,
  tree: OldTree,
  options: Partial<AdoptOptions> = {},
  signal: AbortSignal = running,
  tell: (event: AdoptEvent) => void = () => {},
): Promise<AdoptSummary> {
  const all = { ...PLAIN, ...options };
  return engine.act(all.dryRun, (deps) => adopt(deps, tree, all, tell, signal));
}

/** In place: the old tree is copied into the docroot of the mirror. */
export function moveIn({ old }: Past, { web }: Adopter): void {
  mkdirSync(web, { recursive: true });
  old.copyTo(web);
}

/** A run that must end with this status; the links of all pages are followed after it. */
export async function syncTo(
  adopter: Adopter,
  exitStatus: number,
  ...args: Parameters<Engine['run']>
): Promise<SyncSummary> {
  const summary = await adopter.engine.run(...args);
  assert.equal(summary.exitStatus, exitStatus, JSON.stringify(summary, null, 1));
  checkLinks(adopter.tree());
  return summary;
}

/** The tree of a mirror that never knew another tool. */
export async function undisturbed(
  t: TestContext,
  sim: Sim,
  options: Partial<EngineOptions> = {},
): Promise<Tree> {
  const engine = memoryEngine(t, sim, options);
  const { exitStatus } = await engine.run();
  assert.equal(exitStatus, 0);
  return engine.store.tree();
}

/** Pages and root index are those of an undisturbed mirror, and what the catalogue says. Hidden litter is nobody's page. */
export async function checkConverged(
  t: TestContext,
  { engine, tree }: Adopter,
  options: Partial<EngineOptions> = {},
): Promise<void> {
  const shown = new Map([...tree()].filter(([path]) => !/\/\.[^/]+$/.test(path)));
  checkPages(shown, engine.catalogue);
  checkSameTree(shown, await undisturbed(t, engine.sim, options));
}

/** The files that were asked for, and empties the log. */
export function filesAsked({ requests }: Sim): string[] {
  const asked = requests.splice(0).filter(({ line }: LogEntry) => /^GET \/packages\//.test(line));
  return asked.map(({ path }) => decodeURIComponent(path.slice(path.lastIndexOf('/') + 1))).sort();
}
