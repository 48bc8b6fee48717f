/**
 * Histories that come to rare steps: a share of all seeds goes on with an episode that leads to one of them, and a share of all runs has
 * something put at a step that is chosen by its name, each as often as the others. Drawn from sequences of their own: what a seed decides
 * beside them stays as it was.
 */
import type { Prng } from '../prng.ts';
import type {
  Act,
  DiskTrouble,
  Errno,
  Occasion,
  RunAct,
  RunEnd,
  Storm,
  StormSettings,
  Weather,
} from './acts.ts';
import { impossible, STEP_FAULTS, type StepFault } from './coverage.ts';
import { STEP_KINDS, type StepKind } from './step-kinds.ts';
import { CALM } from './weather.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Of the runs to which nothing else happens. */
const AIMED_SHARE = 0.3;
const EPISODE_SHARE = 0.4;
const LASTING_SHARE = 0.3;

const ENDS: readonly RunEnd['how'][] = ['kill', 'power cut', 'SIGTERM', 'hang'];

/** What is put at one step: a death, or a call that fails. */
type Aim = Pick<RunAct, 'end' | 'trouble'>;

function isEnd(fault: StepFault): fault is RunEnd['how'] {
  return (ENDS as readonly StepFault[]).includes(fault);
}

/** One cell of the table of coverage, all with the same chance. */
function drawAim(prng: Prng, steps: readonly StepKind[]): Aim {
  const cells = steps.flatMap((kind) =>
    STEP_FAULTS.filter((fault) => impossible(fault, kind) === null).map((fault) => ({ kind, fault })),
  );
  const { kind, fault } = prng.pick(cells);
  const at = { kind, nth: 1 + prng.int(prng.pick([1, 1, 1, 3])) };
  if (isEnd(fault)) return { end: { how: fault, at }, trouble: null };
  const how: DiskTrouble['how'] = fault as Errno | 'short write' | 'slow';
  return { end: null, trouble: { at, how, lasting: prng.chance(LASTING_SHARE) } };
}

/** The run, with something at one of its steps if nothing else would happen to it. */
export function aimed(prng: Prng, run: RunAct): RunAct {
  if (run.end !== null || run.trouble !== null || !prng.chance(AIMED_SHARE)) return run;
  return { ...run, ...drawAim(prng, STEP_KINDS) };
}

/** Just as long as a page, or a list, is old and not yet forgotten by the edge. */
export function drawLifetime(prng: Prng): number | null {
  return prng.chance(0.06)
    ? prng.pick([31 * MINUTE_MS, DAY_MS + 30 * SECOND_MS, DAY_MS + 4 * MINUTE_MS])
    : null;
}

/** A sync to which nothing happens. */
export const CALM_SYNC: RunAct = {
  kind: 'run',
  command: 'sync',
  allowRemovals: 1000,
  weather: CALM,
  trouble: null,
  end: null,
  powerCutAfter: false,
  rivalAt: null,
  lockLostAt: null,
};

const PROMPT: StormSettings = { mirrorFiles: true, hideAfterMs: 0 };

const pass = (ms: number): Act => ({ kind: 'time', ms });
const happens = (what: Occasion): Act => ({ kind: 'occasion', what });
const set = (settings: StormSettings): Act => ({ kind: 'settings', settings });

/** Everyday faults alone. */
function weather(share: number): Weather {
  return { ...CALM, share };
}

/** Files go into the trash, and come back. */
function comesBack(prng: Prng): Act[] {
  const aim = drawAim(prng, ['unhide', 'unhide', 'place page', 'flush placed']);
  return [
    set({ ...PROMPT, deleteAfterMs: 14 * DAY_MS }),
    happens('attested'),
    CALM_SYNC,
    happens('quarantine'),
    pass(MINUTE_MS),
    CALM_SYNC,
    happens('clear'),
    pass(5 * MINUTE_MS),
    { ...CALM_SYNC, ...aim },
  ];
}

/** Projects go, and their files after them. */
function goes(prng: Prng): Act[] {
  const aim = drawAim(prng, ['hide', 'delete', 'flush trash', 'remove page', 'remove directory', 'audit']);
  return [
    set({ ...PROMPT, deleteAfterMs: 0 }),
    happens('attested'),
    CALM_SYNC,
    happens('removals'),
    pass(5 * MINUTE_MS),
    { ...CALM_SYNC, ...aim },
  ];
}

/** What lies beside a file has to be fetched, and much goes wrong with it. */
function sidecars(prng: Prng): Act[] {
  const aim = drawAim(prng, ['place sidecar']);
  const fault = prng.pick(['missing', 'html-503', 'rate-limited', 'disconnect', 'empty'] as const);
  const storm: Storm = { group: 'sidecar', fault, after: 0, requests: 20 };
  const bad = { ...weather(0.6), storms: prng.chance(0.3) ? [storm] : [] };
  const brings: RunAct = { ...CALM_SYNC, weather: bad, ...(prng.chance(0.3) ? aim : {}) };
  if (!prng.chance(0.3))
    return [set({ mirrorFiles: true, mirrorMetadata: true }), happens('odd wheels'), pass(MINUTE_MS), brings];
  // The files are there already when their sidecars are asked for, of an origin that may be down.
  return [
    set({ mirrorFiles: true, mirrorMetadata: false }),
    happens('odd wheels'),
    pass(MINUTE_MS),
    CALM_SYNC,
    set({ mirrorMetadata: true }),
    prng.chance(0.6) ? { ...CALM_SYNC, weather: { ...CALM, isOriginDown: true } } : brings,
  ];
}

/** Documents that are asked for again, while the edge keeps what it had. */
function documents(prng: Prng): Act[] {
  const aim = drawAim(prng, ['place document', 'place sidecar']);
  const full: RunAct = { ...CALM_SYNC, command: 'full' };
  return [
    set({ ...PROMPT, mirrorProvenance: true, jsonApi: true }),
    happens('attested'),
    prng.chance(0.5) ? full : { ...full, ...aim },
    pass(prng.pick([30 * SECOND_MS, DAY_MS + 2 * MINUTE_MS])),
    { kind: 'events', count: 4, overMs: 0 },
    { ...full, weather: { ...CALM, isOriginDown: prng.chance(0.3) } },
  ];
}

/** Any step of a run that has something to do. */
function busy(prng: Prng): Act[] {
  return [
    { kind: 'events', count: 6, overMs: 0 },
    pass(MINUTE_MS),
    { ...CALM_SYNC, ...drawAim(prng, STEP_KINDS) },
  ];
}

/** What a seed goes on with: mostly nothing. */
export function drawEpisode(prng: Prng): Act[] {
  if (!prng.chance(EPISODE_SHARE)) return [];
  return prng.pick([comesBack, comesBack, goes, goes, sidecars, documents, busy])(prng);
}
