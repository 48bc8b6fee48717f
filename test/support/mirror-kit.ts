/** What the tests of the engine share: a small world with an index and its mirror, and ways to look at both. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { SyncSummary } from '../../src/events.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { checkAlways, checkPages } from './check-promise.ts';
import { pageDetail } from './docroot-pages.ts';
import { type Engine, type EngineOptions, memoryEngine } from './engine.ts';
import { OriginHistory } from './origin-history.ts';
import { askSim } from './sim/ask-sim.ts';
import type { LogEntry } from './sim/request-log.ts';
import { type Sim, type SimOptions, startSim } from './sim/sim.ts';
import { makeWheel, type Wheel } from './wheels.ts';

export const MINUTE_MS = 60_000;
/** Longer than the replay window. */
export const LONG_MS = 40 * MINUTE_MS;

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

export interface World {
  readonly sim: Sim;
  readonly engine: Engine;
  readonly origin: OriginHistory;
}

/** An empty index behind its CDN, and a mirror of it in memory that has not run yet. */
export async function startWorld(
  t: TestContext,
  sim: SimOptions = {},
  engine: Partial<EngineOptions> = {},
): Promise<World> {
  const running = await startSim(sim);
  t.after(() => running.close());
  const origin = new OriginHistory(running.state, { site: running.url, files: running.filesUrl });
  return { sim: running, engine: memoryEngine(t, running, engine), origin };
}

/** Uploads a wheel of that name and version, its bytes its own. */
export function upload({ sim }: Pick<World, 'sim'>, name: string, version = '1.0', text = ''): Wheel {
  const wheel = makeWheel({ name, version, modules: { 'module.py': `${name} ${version} ${text}` } });
  sim.state.uploadFile(wheel);
  return wheel;
}

/** The docroot path of an uploaded file. */
export function pathOf({ sim }: Pick<World, 'sim'>, filename: string): string {
  for (const project of sim.state.projects)
    for (const release of project.releases.values()) {
      const file = release.files.get(filename);
      if (file !== undefined) return file.path.slice(1);
    }
  throw new Error(`the index has no ${filename}`);
}

/** A run that must end with this status; the promise is checked after it. */
export async function runTo(
  world: World,
  exitStatus: number,
  ...args: Parameters<Engine['run']>
): Promise<SyncSummary> {
  const summary = await world.engine.run(...args);
  assert.equal(summary.exitStatus, exitStatus, JSON.stringify({ ...summary }, null, 1));
  const tree = world.engine.store.tree();
  checkAlways(tree, world.engine.catalogue, world.origin);
  if (exitStatus === 0) checkPages(tree, world.engine.catalogue);
  return summary;
}

/** What a project's page offers; null when it has no page. */
export function shown({ engine }: World, name: string): string[] | null {
  return pageDetail(engine.store.tree(), normalizeName(name))?.files.map(({ filename }) => filename) ?? null;
}

/** Requests since the last look, by their line. */
export function asked({ sim }: World, line: RegExp): LogEntry[] {
  return sim.requests.filter((entry) => line.test(entry.line));
}

/** Somebody else asks for a page, in both encodings: the edge remembers what it answered. */
export async function warm({ sim }: World, path: string): Promise<void> {
  for (const encoding of ['gzip', 'identity']) {
    await askSim(sim, path, { accept: JSON_TYPE, 'accept-encoding': encoding });
  }
  sim.requests.length = 0;
}

/** The one pending project's error as it was told. */
export function failureOf({ engine }: World, name: string): { code: string; message: string } {
  const found = engine.catalogue.pending(100).find((pending) => pending.name === name);
  assert.ok(found, `${name} is not pending: ${JSON.stringify(engine.pending())}`);
  return { code: found.code, message: found.message };
}

/** Everything in the docroot but what tells of runs. */
export function contents({ engine }: World): Record<string, string> {
  const tree = [...engine.store.tree()].filter(
    ([path]) => path !== 'status.json' && path !== 'last-modified',
  );
  return Object.fromEntries(tree.map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]));
}

/** The steps of the last runs that changed the docroot, reports aside; empties the list. */
export function docrootChanges({ engine }: World): string[] {
  const steps = engine.lifeline.steps.splice(0);
  return steps.filter((step) => /^(place|remove) (?!status\.json|last-modified)/.test(step));
}
