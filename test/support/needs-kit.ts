/** What the tests of dependencies share: an index whose releases need one another, and what the mirror holds of it. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { RunEvent, SyncSummary } from '../../src/events.ts';
import type { MirrorDeps } from '../../src/mirror/deps.ts';
import { type NeedsReport, needsReport } from '../../src/mirror/needs/needs.ts';
import type { ProjectName } from '../../src/pypi/types.ts';
import type { Environment } from '../../src/selection/settings.ts';
import { checkPages } from './check-promise.ts';
import type { EngineOptions } from './engine.ts';
import { LONG_MS, startWorld, type World } from './mirror-kit.ts';
import { type Distribution, makeSdist, makeWheel } from './wheels.ts';

export interface NeedingOptions {
  readonly environments?: readonly Environment[];
  readonly engine?: Partial<EngineOptions>;
}

/** A world whose mirror wants these projects and what they need. */
export function startNeeding(
  t: TestContext,
  roots: readonly string[],
  { environments = [], engine = {} }: NeedingOptions = {},
): Promise<World> {
  const selection = { projects: { dependencies: true }, environments, ...engine.selection };
  return startWorld(t, { cdn: false }, { allow: roots, ...engine, selection });
}

/** A run that must end with this status; its pages must agree with the catalogue and the files. */
export async function sync({ engine }: World, exitStatus = 0): Promise<SyncSummary> {
  const summary = await engine.run();
  assert.equal(summary.exitStatus, exitStatus, JSON.stringify(summary, null, 1));
  // What pages link to upstream is no concern of the docroot's.
  if (engine.options.settings.mirrorFiles !== false) checkPages(engine.store.tree(), engine.catalogue);
  return summary;
}

/** Uploads a wheel of `name version`, which needs what `requires` says. */
export function release(
  { sim }: Pick<World, 'sim'>,
  what: string,
  requires: readonly string[] = [],
  requiresPython?: string,
): Distribution {
  const wheel = makeWheel(recipeOf(what, requires, requiresPython));
  sim.state.uploadFile(wheel);
  return wheel;
}

/** The same as an sdist. */
export function sdist(
  { sim }: Pick<World, 'sim'>,
  what: string,
  requires: readonly string[] = [],
): Distribution {
  const made = makeSdist(recipeOf(what, requires));
  sim.state.uploadFile(made);
  return made;
}

function recipeOf(what: string, requires: readonly string[], requiresPython?: string) {
  const [name = '', version = '1.0'] = what.split(' ');
  const modules = { [`${name.replaceAll('-', '_')}.py`]: `"""${what}"""\n` };
  return { name, version, requires, modules, ...(requiresPython === undefined ? {} : { requiresPython }) };
}

/** Time passes, and something that nobody needs happens: what happened before is in no replay window any more. */
export async function settle(world: World): Promise<void> {
  world.sim.advance(LONG_MS);
  release(world, `bystander ${world.sim.state.lastSerial}`);
  await sync(world);
  world.sim.requests.length = 0;
}

/** `name version` of everything on the mirror's pages, sorted. */
export function held({ engine }: World): string[] {
  const files = [...engine.catalogue.publishedNames()].flatMap((name) =>
    engine.catalogue
      .filesOf(name)
      .filter(({ state }) => state === 'published')
      .map(({ filename }) => `${name} ${filename.split('-')[1]?.replace(/\.tar\.gz$/, '')}`),
  );
  return [...new Set(files)].sort();
}

/** What the last run said of needs. */
export function needsWarnings({ engine }: World): string[] {
  return engine.events.flatMap((event: RunEvent) =>
    event.type === 'warning' && event.code.startsWith('NEEDS_') ? [`${event.code} ${event.message}`] : [],
  );
}

/** As `jubjub status` would see it. */
export function reportOf({ engine }: World): Promise<NeedsReport> {
  return engine.act(true, async (deps: MirrorDeps) => needsReport(deps));
}

/** What is needed of a project, in words: `boojum 1.0 needs snark[x] >=1`. */
export function needsOf({ engine }: World, name: string): string[] {
  return engine.catalogue.needsOf(name as ProjectName).map(({ by, name: of, extras, specifier }) => {
    const what = extras.length === 0 ? of : `${of}[${extras.join(',')}]`;
    return `${by} needs ${what} ${specifier}`.trim();
  });
}
