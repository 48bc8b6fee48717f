/** From a seed its scenario: what kind of index, which settings, and what happens in which order. */
import { type Prng, seeded } from '../prng.ts';
import type {
  Act,
  Command,
  DiskTrouble,
  LostList,
  NumberedAct,
  RequestGroup,
  RunAct,
  RunEnd,
  Scenario,
  StepRef,
  Storm,
  StormSettings,
  Weather,
} from './acts.ts';
import { aimed, drawEpisode, drawLifetime } from './episodes.ts';
import { STEP_KINDS, type StepKind } from './step-kinds.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Most histories are short, so that many can be played; some last for months. */
const LONG_SHARE = 0.01;
const LONG_RUNS_MIN = 60;
/** A second run waits for the lock in real time. */
const RIVAL_SHARE = 0.005;

/** How often each is drawn. */
function weighted<T>(prng: Prng, choices: readonly (readonly [weight: number, value: T])[]): T {
  const total = choices.reduce((sum, [weight]) => sum + weight, 0);
  let left = prng.float() * total;
  for (const [weight, value] of choices) {
    left -= weight;
    if (left < 0) return value;
  }
  return (choices[0] as readonly [number, T])[1];
}

/** Draws the scenario of a seed. The same seed always gives the same one. */
export function drawScenario(seed: number): Scenario {
  const prng = seeded(seed).fork('storm');
  const changes = weighted(prng, [
    [78, 'changelog'],
    [12, 'list'],
    [10, 'poll'],
  ] as const);
  const isLong = prng.chance(LONG_SHARE);
  const runs = isLong ? LONG_RUNS_MIN + prng.int(20) : 2 + prng.int(prng.pick([2, 3, 3, 8]));
  const acts: Act[] = [];
  for (let run = 1; run <= runs; run++) acts.push(...drawRound(prng.fork(`round ${run}`), isLong));
  acts.push(...drawEpisode(prng.fork('episode')));
  return {
    seed,
    upstream: {
      changes,
      changelogRowsMax: prng.pick([3, 20, 50_000]),
      separateFileHost: prng.chance(0.5),
      cdn: prng.chance(0.15) ? false : drawCdn(prng.fork('cdn')),
      // What it was in 2020; with short pages even a quiet run comes to it.
      rateLimit: prng.chance(0.1) ? { calls: 15 + prng.int(15), windowMs: MINUTE_MS } : null,
      beginning: 2 + prng.int(prng.pick([5, 8, 30])),
      quiet: prng.chance(0.4),
    },
    // The disk below the real store; the store in memory forgets in wilder ways, and is faster.
    disk: prng.fork('disk').chance(0.75) ? 'simulated' : 'memory',
    flush: prng.fork('flush').pick(['wave', 'wave', 'file']),
    hasSync: !prng.fork('sync').chance(0.25),
    settings: { ...drawGraces(prng.fork('graces')), ...drawLook(prng.fork('look')) },
    acts: acts.map((act, at): NumberedAct => ({ number: at + 1, act })),
  };
}

function drawCdn(prng: Prng) {
  return {
    purgeDelayMs: prng.pick([0, 0, 2 * SECOND_MS, 90 * SECOND_MS]),
    lostPurgeShare: prng.pick([0, 0, 0.1]),
    refreshDelayMs: prng.pick([0, 700]),
    pops: prng.pick([1, 1, 3]),
  };
}

function drawGraces(prng: Prng): StormSettings {
  return {
    hideAfterMs: prng.pick([0, 0, 0, 15 * MINUTE_MS, 6 * HOUR_MS]),
    deleteAfterMs: prng.pick([0, 0, 10 * MINUTE_MS, 20 * HOUR_MS, 14 * DAY_MS]),
    removalLimit: prng.pick([
      { projects: 2, share: 0.3 },
      { projects: 2, share: 0.3 },
      { projects: 0, share: null },
      { projects: 20, share: 0.01 },
    ]),
    reconcileShare: prng.pick([null, null, 1 / 168, 0.5]),
  };
}

/** What decides how the docroot looks. */
function drawLook(prng: Prng): StormSettings {
  return {
    jsonApi: prng.chance(0.25),
    precompress: prng.chance(0.15),
    baseUrl: prng.chance(0.2) ? 'http://mirror.example' : null,
    mirrorFiles: !prng.chance(0.05),
    mirrorMetadata: !prng.chance(0.1),
    mirrorProvenance: !prng.chance(0.1),
  };
}

/** What happens between two runs, and a run. */
function drawRound(prng: Prng, isLong: boolean): Act[] {
  const acts: Act[] = [];
  const timeMs = drawLifetime(prng.fork('lifetime')) ?? drawTime(prng.fork('time'), isLong);
  acts.push({ kind: 'time', ms: timeMs });
  const between = prng.fork('between');
  if (between.chance(0.08)) acts.push(drawJump(between));
  if (between.chance(0.1)) acts.push({ kind: 'settings', settings: drawChange(between.fork('change')) });
  if (between.chance(0.05)) acts.push({ kind: 'cdn', options: drawCdn(between.fork('cdn')) });
  const events = prng.fork('events');
  const count = weighted(events, [
    [20, 0],
    [72, 1 + events.int(events.pick([4, 8]))],
    [8, 10 + events.int(25)],
  ]);
  // Longer than the replay window: whoever forgets a change by then has forgotten it.
  const overMs = prng.fork('spread').pick([0, 0, 0, 40 * MINUTE_MS]);
  if (count > 0) acts.push({ kind: 'events', count, overMs });
  const lag = prng.fork('lag').pick([0, 0, SECOND_MS, 30 * SECOND_MS]);
  if (lag > 0) acts.push({ kind: 'time', ms: lag });
  acts.push(aimed(prng.fork('aim'), drawRun(prng.fork('run'))));
  return acts;
}

function drawTime(prng: Prng, isLong: boolean): number {
  return weighted(prng, [
    [30, 20 * SECOND_MS],
    [30, 5 * MINUTE_MS],
    [30, 40 * MINUTE_MS],
    [isLong ? 60 : 15, 26 * HOUR_MS],
    [isLong ? 10 : 3, 8 * DAY_MS],
  ]);
}

function drawJump(prng: Prng): Act {
  const ms = prng.pick([30 * SECOND_MS, 20 * MINUTE_MS, 3 * HOUR_MS, 2 * DAY_MS, 400 * DAY_MS]);
  return { kind: 'jump', whose: prng.pick(['mirror', 'upstream']), ms: prng.chance(0.5) ? ms : -ms };
}

/** Some keys of the configuration, changed at once. */
function drawChange(prng: Prng): StormSettings {
  const all = { ...drawGraces(prng.fork('graces')), ...drawLook(prng.fork('look')) };
  return Object.fromEntries(Object.entries(all).filter(() => prng.chance(0.3)));
}

const COMMANDS: readonly (readonly [weight: number, Command])[] = [
  [70, 'sync'],
  [8, 'full'],
  [4, 'dry run'],
  [3, 'named'],
  [4, 'prune'],
  [1, 'sweep'],
  [3, 'verify'],
  [3, 'repair'],
  [3, 'restore'],
  [1, 'release'],
];

function drawRun(prng: Prng): RunAct {
  const command = prng.fork('by name').chance(0.04) ? 'named' : weighted(prng.fork('command'), COMMANDS);
  const isSync = command === 'sync' || command === 'full';
  const end = prng.fork('end');
  const trouble = prng.fork('trouble');
  const lock = prng.fork('lock');
  return {
    kind: 'run',
    command,
    allowRemovals: isSync && prng.fork('allow').chance(0.15) ? 1000 : null,
    weather: drawWeather(prng.fork('weather'), command),
    trouble: trouble.chance(0.25) ? drawTrouble(trouble) : null,
    end: end.chance(0.45) ? drawEnd(end) : null,
    powerCutAfter: prng.fork('power').chance(0.1),
    rivalAt: lock.chance(RIVAL_SHARE) ? drawStep(lock) : null,
    lockLostAt: lock.chance(0.1) ? drawStep(lock) : null,
  };
}

const GROUPS: readonly RequestGroup[] = [
  'call',
  'list',
  'page',
  'page',
  'file',
  'sidecar',
  'provenance',
  'json api',
];

/**
 * A point of presence that has missed its purges answers for all pages: more often where no change asks for them, so that no serial has
 * to be reached.
 */
function drawOldPages(prng: Prng, command: Command): Storm[] {
  if (!prng.chance(command === 'full' || command === 'named' ? 0.25 : 0.06)) return [];
  const fault = prng.pick(['earlier', 'earlier, no serial'] as const);
  return [{ group: 'page', fault, after: prng.pick([0, 3]), requests: prng.pick([20, 1000]) }];
}

function drawLostList(prng: Prng): LostList | null {
  return prng.chance(0.15) ? { lost: prng.pick(['some', 'most']), withPages: prng.chance(0.5) } : null;
}

function drawWeather(prng: Prng, command: Command): Weather {
  const storm = (): Storm => ({
    group: prng.pick(GROUPS),
    fault: prng.pick(['missing', 'missing', 'html-503', 'rate-limited', 'disconnect', 'empty']),
    after: prng.pick([0, 0, 2, 10]),
    requests: prng.pick([3, 20, 1000]),
  });
  return {
    share: prng.pick([0, 0, 0.1, 0.3]),
    storms: [
      ...Array.from({ length: prng.pick([0, 0, 0, 0, 1, 2]) }, storm),
      ...drawOldPages(prng.fork('old pages'), command),
    ],
    isOriginDown: prng.chance(0.03),
    lostList: drawLostList(prng.fork('lost list')),
  };
}

const TROUBLES = [
  'EIO',
  'EIO',
  'ENOSPC',
  'ENOSPC',
  'EMFILE',
  'EACCES',
  'EROFS',
  'short write',
  'slow',
] as const;

function drawTrouble(prng: Prng): DiskTrouble {
  const how = prng.pick(TROUBLES);
  const at = drawStep(prng);
  // Only what is written can be written in part.
  return {
    at: how === 'short write' ? { ...at, kind: prng.pick(['stage', 'audit']) } : at,
    how,
    lasting: prng.chance(0.4),
  };
}

function drawEnd(prng: Prng): RunEnd {
  return {
    how: weighted(prng, [
      [35, 'kill'],
      [45, 'power cut'],
      [12, 'SIGTERM'],
      [8, 'hang'],
    ] as const),
    at: drawStep(prng),
  };
}

/** Steps that few runs make: aimed at more often, or they would hardly be hit. */
const RARE: readonly StepKind[] = [
  'hide',
  'delete',
  'flush trash',
  'remove page',
  'remove directory',
  'unhide',
  'audit',
  'clear staging',
];

/** Some of them anywhere; most of them at a kind of step, so that the rare ones are met as often as the others. */
function drawStep(prng: Prng): StepRef {
  if (prng.chance(0.3)) return { kind: 'any', nth: 1 + prng.int(prng.pick([8, 60, 250])) };
  return {
    kind: prng.pick([...STEP_KINDS, ...RARE, ...RARE, ...RARE]),
    nth: 1 + prng.int(prng.pick([1, 1, 3, 12])),
  };
}
