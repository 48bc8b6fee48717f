/**
 * One seed plays a life of a fleet: the upstream's history goes on, processes are killed, readers read all the while, and
 * at the end undisturbed runs must make the tree of a mirror that nothing happened to (P4).
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkSameTree, normalizedPage } from '../check-promise.ts';
import { MirrorPlace } from '../mirror-place.ts';
import { startNginx } from '../nginx.ts';
import { type Prng, seeded } from '../prng.ts';
import { randomHistory } from '../sim/history.ts';
import { startWorld, uploadSmall } from '../world.ts';
import { type Ending, Fleet } from './fleet.ts';
import { LinkReader } from './link-reader.ts';
import type { SideBySideJob } from './side-by-side-words.ts';

export interface KillPlayOptions {
  readonly seed: number;
  readonly directory: string;
  readonly mirrors: number;
  /** Asked before each process; false ends the disturbed part. */
  readonly goesOn: (tally: KillTally) => boolean;
  /** Also SIGTERM, changed settings, other commands than sync. */
  readonly isMixed: boolean;
}

/** What a play has lived through. */
export interface KillTally {
  processesKilled: number;
  /** Of these, right before a step on disk; the others at a moment by the clock. */
  killedAtSteps: number;
  /** Runs that were going on in processes that were killed. */
  runsKilled: number;
  runsStopped: number;
  runsEnded: number;
  requests: number;
  pagesRead: number;
  filesRead: number;
  overtaken: number;
}

export function newTally(): KillTally {
  const keys = [
    ...['processesKilled', 'killedAtSteps', 'runsKilled', 'runsStopped', 'runsEnded'],
    ...['requests', 'pagesRead', 'filesRead', 'overtaken'],
  ];
  return Object.fromEntries(keys.map((key) => [key, 0])) as unknown as KillTally;
}

const READERS = 2;
/** They share two cores with what they watch. */
const READER_PAUSE_MS = 50;
const EVENTS_FIRST = 40;
const EVENTS_MORE = 8;
/** About as many steps on disk as the first sync of one mirror has. */
const STEPS_PER_MIRROR = 90;
const ANY_STEP = /^/;
/** A page that stays behind its change costs waiting; here all waits would be real. */
const SYNC = '[sync]\nstale-patience = "0s"\n';
const CALM = `${SYNC}[prune]\nhide-after = "0s"\n`;

function randomSettings(prng: Prng): string {
  const yesOrNo = () => String(prng.chance(0.5));
  return [
    `${SYNC}replay = "${prng.pick(['0s', '15m'])}"`,
    `reconcile = "${prng.pick(['off', '1/3'])}"`,
    `[prune]\nhide-after = "${prng.pick(['0s', '15m'])}"\ndelete-after = "${prng.pick(['0s', '14d'])}"`,
    `[pages]\nprecompress = ${yesOrNo()}\njson-api = ${yesOrNo()}`,
    `[files]\nmetadata = ${yesOrNo()}`,
    '',
  ].join('\n');
}

/** @param runMs about how long a run of the whole fleet takes here: moments are picked before that */
function randomEnding(prng: Prng, { isMixed, mirrors }: KillPlayOptions, runMs: number): Ending {
  if (isMixed && prng.chance(0.15)) return { signal: 'SIGTERM', afterMs: prng.float() * runMs };
  if (isMixed && prng.chance(0.1)) return null;
  if (prng.chance(0.5)) return { signal: 'SIGKILL', afterMs: prng.float() * runMs };
  return { trouble: { deed: 'die', step: ANY_STEP, nth: 1 + prng.int(mirrors * STEPS_PER_MIRROR) } };
}

function randomCommand(prng: Prng, isMixed: boolean, place: MirrorPlace): readonly string[] {
  // The others refuse to make a mirror.
  if (!isMixed || prng.chance(0.8) || !existsSync(place.catalogueFile)) return ['sync'];
  return prng.pick([['sync', '--full'], ['prune'], ['verify', '--repair']]);
}

/** Plays it to its end; rejects with the first broken promise, and the seed is the caller's to tell. */
export async function playKills(
  t: { after(hook: () => unknown): void },
  options: KillPlayOptions,
): Promise<KillTally> {
  const { directory, isMixed } = options;
  const prng = seeded(options.seed).fork('kills');
  mkdirSync(directory, { recursive: true });
  const sim = await startWorld(t);
  const fleet = new Fleet(sim, directory, options.mirrors);
  let acts = 0;
  const goOn = (events: number) => randomHistory(prng.fork(`act ${acts++}`).int(2 ** 31), sim.state, events);
  goOn(EVENTS_FIRST);
  uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
  for (const place of fleet.places) place.configure(sim.url, { more: isMixed ? randomSettings(prng) : CALM });
  const undisturbed = new MirrorPlace(join(directory, 'undisturbed')).configure(sim.url, { more: CALM });

  const tally = newTally();
  const readers = await startReaders(t, fleet, directory, prng);
  try {
    // The others have their first sync while they are being killed.
    const calm = fleet.places.filter((_, at) => at % 2 === 0);
    const { durationMs } = await fleet.run(
      t,
      calm.map((place) => [place.directory, ['sync']]),
      null,
    );
    while (options.goesOn(tally)) {
      if (isMixed && prng.chance(0.1))
        prng.pick(fleet.places).configure(sim.url, { more: randomSettings(prng) });
      const jobs: SideBySideJob[] = fleet.places.map((place) => [
        place.directory,
        randomCommand(prng, isMixed, place),
      ]);
      const ending = randomEnding(prng, options, durationMs);
      const { ended, killed } = await fleet.run(t, jobs, ending);
      fleet.check();
      readers.check();
      count(
        tally,
        ending,
        ended.map(({ status }) => status),
        killed,
      );
      if (prng.chance(0.4)) goOn(EVENTS_MORE);
    }
    await converge(t, fleet, undisturbed);
  } finally {
    Object.assign(tally, await readers.stop());
  }
  readers.check();
  return tally;
}

function count(tally: KillTally, ending: Ending, statuses: readonly number[], killed: number): void {
  tally.runsEnded += statuses.filter((status) => status !== 130).length;
  tally.runsStopped += statuses.filter((status) => status === 130).length;
  tally.runsKilled += killed;
  if (killed === 0) return;
  tally.processesKilled += 1;
  if (ending !== null && 'trouble' in ending) tally.killedAtSteps += 1;
}

/** Every mirror, by one plain run, becomes what the undisturbed one is, to the byte and to the file (P4). */
async function converge(
  t: { after(hook: () => unknown): void },
  fleet: Fleet,
  undisturbed: MirrorPlace,
): Promise<void> {
  const { sim } = fleet;
  // A first sync does not learn of a project that was quarantined before: then two mirrors rightly differ.
  for (const project of sim.state.projects)
    if (project.status === 'quarantined') sim.state.clearProjectQuarantine(project.displayName);
  const places = [undisturbed, ...fleet.places];
  for (const place of places) place.configure(sim.url, { more: CALM });
  const { ended } = await fleet.run(
    t,
    places.map((place) => [place.directory, ['sync']]),
    null,
  );
  for (const one of ended) assert.ok(one.status === 0 || one.status === 3, one.said);
  fleet.check();
  // Those right below the docroot (`pypi/`) stay when settings leave them empty.
  const paths = (place: MirrorPlace) =>
    Object.keys(place.shape()).filter((path) => !/^(?:manifest.*|[^/]+\/)$/s.test(path));
  for (const place of fleet.places) {
    checkSameTree(place.tree(), undisturbed.tree(), normalizedPage);
    assert.deepEqual(paths(place), paths(undisturbed), `files and directories of ${place.directory}`);
  }
}

interface Readers {
  /** Throws the first broken promise that a reader has seen. */
  check(): void;
  stop(): Promise<Pick<KillTally, 'requests' | 'pagesRead' | 'filesRead' | 'overtaken'>>;
}

/** Readers that follow links through a real nginx until they are stopped, now of one mirror, now of another. */
async function startReaders(
  t: { after(hook: () => unknown): void },
  fleet: Fleet,
  directory: string,
  prng: Prng,
): Promise<Readers> {
  const nginx = await startNginx(join(directory, 'nginx'), directory);
  t.after(() => nginx.close());
  const bases = fleet.places.map((_, at) => `${nginx.url}/mirror-${at}/mirror/web/`);
  const own = prng.fork('readers');
  const readers = bases.map((base, at) => new LinkReader(base, own.fork(String(at))));
  const failures: unknown[] = [];
  let isOver = false;
  const read = async () => {
    while (!isOver && failures.length === 0) {
      await own.pick(readers).look();
      await sleep(READER_PAUSE_MS);
    }
  };
  const reading = Array.from({ length: READERS }, () =>
    read().catch((error: unknown) => void failures.push(error)),
  );
  const sum = (key: 'requests' | 'pagesRead' | 'filesRead' | 'overtaken') =>
    readers.reduce((total, reader) => total + reader[key], 0);
  return {
    check: () => {
      for (const failure of failures) throw failure;
      assert.deepEqual(
        readers.flatMap(({ violations }) => violations),
        [],
        'what readers saw',
      );
    },
    stop: async () => {
      isOver = true;
      await Promise.all(reading);
      for (const reader of readers) reader.close();
      return {
        requests: sum('requests'),
        pagesRead: sum('pagesRead'),
        filesRead: sum('filesRead'),
        overtaken: sum('overtaken'),
      };
    },
  };
}
