/** What a storm is played with: the index, the mirror, the truth about both, and everybody who looks at them. */
import type { MirrorDeps } from '../../../src/mirror/deps.ts';
import { Keeper } from '../check-trash.ts';
import type { Engine, EngineOptions } from '../engine.ts';
import { OriginHistory } from '../origin-history.ts';
import { hash32, seeded } from '../prng.ts';
import { manualClock } from '../sim/clock.ts';
import { randomHistory } from '../sim/history.ts';
import { QUIET_WEIGHTS } from '../sim/quiet-history.ts';
import { type Sim, startSim } from '../sim/sim.ts';
import { zipCheaply } from '../sim/stored-gzip.ts';
import { tracedClock } from '../sim/traced-clock.ts';
import type { Scenario, StormSettings } from './acts.ts';
import type { Coverage } from './coverage.ts';
import { Reader } from './reader.ts';
import { type Cleanup, openMirror, type StormMirror, type StormStore } from './storm-mirror.ts';

/** Hears of all that a seed must decide. */
export type Trace = (line: string) => void;

export type Wrap = (deps: MirrorDeps) => MirrorDeps;

export interface World {
  readonly scenario: Scenario;
  readonly cleanup: Cleanup;
  readonly sim: Sim;
  readonly mirror: StormMirror;
  readonly engine: Engine<StormStore>;
  readonly origin: OriginHistory;
  readonly reader: Reader;
  readonly keeper: Keeper;
  readonly coverage: Coverage;
  /** The story so far, a sentence each. */
  readonly told: string[];
  /** Hears of all that happens, in order. */
  readonly trace: Trace | null;
  /** The configuration as the operator has it now. */
  settings: StormSettings;
  /** How far the clock of the mirror's machine is ahead of upstream's. */
  skewMs: number;
  /** The latest time that the mirror's clock has shown. */
  latestMs: number;
  /** The last sync ended by itself, and nothing has happened to the directory since. */
  isInOrder: boolean;
  /** Processes of the mirror that were killed. */
  deaths: number;
  /** The operator allowed the removals of an empty list, and no good one has come since. */
  isEmptyListBelieved: boolean;
  /** Is the lock still ours? Replaced for each run. */
  holdsLock: () => boolean;
}

/** The randomness of one act: its own, whatever acts there are beside it. */
export function chanceOf({ scenario }: Pick<World, 'scenario'>, number: number, what: string): number {
  return hash32(`${scenario.seed}/act ${number}/${what}`);
}

/** The index with its first projects, and a mirror that has not run yet. */
export async function beginWorld(
  scenario: Scenario,
  cleanup: Cleanup,
  coverage: Coverage,
  wrap: Wrap,
  trace: Trace | null,
): Promise<World> {
  const { seed, upstream, settings } = scenario;
  zipCheaply();
  const time = manualClock(seed);
  const sim = await startSim({
    seed,
    clock: trace === null ? time : tracedClock(time, trace),
    changelogRowsMax: upstream.changelogRowsMax,
    separateFileHost: upstream.separateFileHost,
    cdn: upstream.cdn,
    xmlRpc: upstream.changes === 'changelog',
    latencyMsMax: seeded(seed).fork('latency').pick([0, 0, 40, 700]),
    ...(upstream.rateLimit === null ? {} : { rateLimit: upstream.rateLimit }),
  });
  cleanup.after(() => sim.close());
  const origin = new OriginHistory(sim.state, { site: sim.url, files: sim.filesUrl });
  const told = randomHistory(seed, sim.state, upstream.beginning, quietOf(scenario));
  const { clock } = sim;
  const skewed = { ...clock, now: () => clock.now() + world.skewMs };
  const options: Partial<EngineOptions> = {
    upstream: { changes: upstream.changes },
    wrap: (deps) => wrap(ofOneLife({ ...deps, holdsLock: () => world.holdsLock() }, world)),
  };
  const mirror = openMirror(scenario, cleanup, { ...sim, clock: skewed }, options);
  const { engine } = mirror;
  const reader = new Reader({ upstreamBytes: (href) => bytesAt(sim, href) });
  const world: World = {
    scenario,
    cleanup,
    sim,
    mirror,
    engine,
    origin,
    reader,
    keeper: new Keeper(engine.store, settings.deleteAfterMs ?? 0),
    coverage,
    told,
    trace,
    settings: {},
    skewMs: 0,
    latestMs: 0,
    isInOrder: false,
    deaths: 0,
    isEmptyListBelieved: false,
    holdsLock: () => true,
  };
  configure(world, settings);
  return world;
}

/** What a process was given is closed to it once somebody has killed it: something of it may still wait for the clock, and wake up in the next one's time. */
function ofOneLife(deps: MirrorDeps, world: World): MirrorDeps {
  const { deaths } = world;
  const mortal = <T extends object>(thing: T): T =>
    new Proxy(thing, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (world.deaths > deaths) throw new Error('a process that was killed goes on');
          return value.apply(target, args);
        };
      },
    });
  return { ...deps, store: mortal(deps.store), catalogue: mortal(deps.catalogue) };
}

/** The operator has changed these keys. */
export function configure(world: World, changed: StormSettings): void {
  world.settings = { ...world.settings, ...changed };
  world.isInOrder = false;
  world.engine.options.settings = world.settings;
  if (changed.deleteAfterMs !== undefined) world.keeper.deleteAfterMs = changed.deleteAfterMs;
  if (changed.hideAfterMs !== undefined) world.keeper.hideAfterMs = changed.hideAfterMs;
}

export function quietOf({ upstream }: Scenario) {
  return upstream.quiet ? { quiet: QUIET_WEIGHTS } : {};
}

/** What the clock of the mirror's machine says. */
export function mirrorNow({ sim, skewMs }: Pick<World, 'sim' | 'skewMs'>): number {
  return sim.clock.now() + skewMs;
}

function bytesAt(sim: Sim, href: string): Uint8Array | undefined {
  return href.startsWith(sim.filesUrl) ? sim.state.blob(new URL(href).pathname) : undefined;
}
