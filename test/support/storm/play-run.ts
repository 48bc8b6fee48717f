/** One process of the mirror under storm: started, disturbed, ended, and everything checked after it. */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isJubjubError } from '../../../src/errors.ts';
import { acquireLock } from '../../../src/store/lock.ts';
import { type Prng, seeded } from '../prng.ts';
import type { RunAct } from './acts.ts';
import { checkAfterRun, snapshot } from './check-run.ts';
import { type Ended, runCommand, wordsOf } from './commands.ts';
import { Director } from './director.ts';
import { faultsMet, groupOf } from './request-groups.ts';
import { CALM, setWeather } from './weather.ts';
import { chanceOf, mirrorNow, type World } from './world.ts';

/** How a process ended that somebody had to kill. */
const HUNG: Ended = { summary: null, error: null, findings: null };

/** Plays a run, and looks at all that it has left. @throws what broke */
export async function playRun(
  world: World,
  number: number,
  act: RunAct,
  tell: (sentence: string) => void,
): Promise<void> {
  const { mirror, engine, sim, coverage } = world;
  const { store, lifeline } = engine;
  const published = new Set<string>(engine.catalogue.publishedNames());
  setWeather(sim, chanceOf(world, number, 'weather'), act.weather, (name) => published.has(name));
  sim.requests.length = 0;
  lifeline.steps.length = 0;
  const before = snapshot(world);
  const signal = new AbortController();
  const lock = act.rivalAt === null && act.lockLostAt === null ? null : lockOf(world);
  const deeds = {
    terminate: () => signal.abort(),
    loseLock: () => lock?.lose(),
    rival: () => checkRival(world, director),
  };
  const director = new Director(act, lifeline, coverage, deeds);
  world.holdsLock = () => lock === null || lock.isHeld();
  mirror.direct(director);
  watch(world, director);
  const running = runCommand(world, act, seeded(chanceOf(world, number, 'run')), signal.signal);
  const result = (await Promise.race([running, director.hung])) ?? HUNG;
  const isDead = lifeline.isDead || result === HUNG;
  mirror.direct(null);
  store.watchDocroot(() => {});
  lock?.release();
  world.latestMs = Math.max(world.latestMs, mirrorNow(world));
  world.holdsLock = () => true;
  countRequests(world);
  setWeather(sim, 0, CALM);
  traceRun(world);
  const sentence = `${describe(act, director)}: ${isDead ? 'dead' : wordsOf(result)}`;
  tell(sentence);
  world.trace?.(withoutProcess(sentence));
  if (director.violation !== null) throw director.violation;
  const died = director.hits.find(({ what }) => what === 'kill' || what === 'power cut' || what === 'hang');
  const isCut = isDead ? died?.what === 'power cut' : act.powerCutAfter;
  if (isDead || isCut) bury(world, isCut ? seeded(chanceOf(world, number, 'power')) : null);
  else lifeline.revive();
  checkAfterRun(world, { ...result, act, before, isDead, director });
}

/** The process is gone, and perhaps the power was; the next one opens what it left. */
function bury(world: World, powerCut: Prng | null): void {
  const { engine, reader } = world;
  world.deaths += 1;
  if (powerCut === null) engine.store.killed();
  else engine.store.crash(powerCut);
  engine.reopen();
  if (powerCut !== null) reader.reset(engine.store.tree());
}

function watch({ engine, reader }: World, director: Director): void {
  engine.store.watchDocroot((path, bytes) => {
    try {
      reader.changed(path, bytes);
    } catch (error) {
      director.broken(error);
    }
  });
}

interface HeldLock {
  isHeld(): boolean;
  lose(): void;
  release(): void;
}

/** The real lock, beside the catalogue. */
function lockOf({ engine }: World): HeldLock {
  const folder = dirname(engine.catalogueFile);
  const lock = acquireLock(folder);
  return {
    isHeld: () => lock.stillHeld(),
    lose: () => rmSync(join(folder, 'lock'), { force: true }),
    release: () => lock.release(),
  };
}

/** P9: a second run finds the lock held, and has done nothing by then. */
function checkRival({ engine }: World, director: Director): void {
  // What was taken away is anybody's.
  if (director.lockLostAfter !== null) return;
  try {
    acquireLock(dirname(engine.catalogueFile)).release();
    director.broken(new Error('P9: a second run got the lock'));
  } catch (error) {
    if (!isJubjubError(error, 'LOCK_HELD')) director.broken(error);
  }
}

/** Each process of a thread has a number of its own. */
function withoutProcess(text: string): string {
  return text.replaceAll(/sim-disk\/\d+/g, 'sim-disk');
}

/** Every step and every request of the run, with when they were. */
function traceRun({ trace, engine, sim }: World): void {
  if (trace === null) return;
  for (const step of engine.lifeline.steps) trace(withoutProcess(step));
  for (const { line, status, fault } of sim.requests) trace(`${line} ${status} ${fault}`);
  trace(`it is ${sim.clock.now()}`);
}

function countRequests({ sim, coverage }: World): void {
  for (const { request } of sim.requests) coverage.add('request', groupOf(request));
  for (const [group, fault] of faultsMet(sim.requests)) coverage.add(fault, group);
}

function describe({ command, allowRemovals, weather, powerCutAfter }: RunAct, { hits }: Director): string {
  const { share, storms, isOriginDown, lostList } = weather;
  const facts = [
    ...(allowRemovals === null ? [] : [`--allow-removals ${allowRemovals}`]),
    ...(isOriginDown ? ['origin down'] : []),
    ...(lostList === null ? [] : [`list lacks ${lostList.lost}${lostList.withPages ? ', with pages' : ''}`]),
    ...(share > 0 ? [`faults ${share}`] : []),
    ...storms.map(({ fault, group, after, requests }) => `${requests} ${group}s ${fault} after ${after}`),
    ...(powerCutAfter ? ['power cut after it'] : []),
    ...hits.map(({ what, step }) => `${what} at "${step}"`),
  ];
  return [command, ...facts].join(', ');
}
