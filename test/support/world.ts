/** The upstream of the end-to-end tests: the simulated one in real time, with a history by seed and files worth interrupting. */
import type { TestContext } from 'node:test';
import { seeded } from './prng.ts';
import { wallClock } from './sim/clock.ts';
import { randomHistory } from './sim/history.ts';
import { type Sim, type SimOptions, startSim } from './sim/sim.ts';
import { makeWheel, type Wheel } from './wheels.ts';

type Hooks = Pick<TestContext, 'after'>;

/** Without a CDN unless asked for: what the edge does to pages is tested elsewhere, and its waits would be real here. */
export async function startWorld(t: Hooks, options: Partial<SimOptions> = {}): Promise<Sim> {
  const sim = await startSim({ clock: wallClock(), cdn: false, sockets: true, ...options });
  t.after(() => sim.close());
  return sim;
}

/** A small wheel; the module tells versions apart. */
export function smallWheel(name: string, version = '1.0'): Wheel {
  return makeWheel({ name, version, modules: { [`${name}.py`]: `VERSION = "${version}"\n` } });
}

/** A wheel of at least this many bytes, because noise cannot be compressed. */
export function largeWheel(name: string, version: string, bytes: number): Wheel {
  const prng = seeded(bytes).fork(`${name} ${version}`);
  const noise = Buffer.from(Array.from({ length: bytes }, () => prng.int(256))).toString('hex');
  return makeWheel({ name, version, modules: { [`${name}.py`]: `NOISE = "${noise}"\n` } });
}

/** Uploads a small wheel for each of the names. */
export function uploadSmall(sim: Sim, names: readonly string[], version = '1.0'): void {
  for (const name of names) sim.state.uploadFile(smallWheel(name, version));
}

/** A first act of about 30 events, and projects whose fate in the second is known. */
export function firstAct(sim: Sim, seed: number): void {
  randomHistory(seed, sim.state, 30);
  uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
}

/** A second act: random events, a page that changes, a project that comes, one that goes, a file that goes. */
export function secondAct(sim: Sim, seed: number): void {
  randomHistory(seed + 1, sim.state, 15);
  uploadSmall(sim, ['cheshire', 'march-hare'], '2.0');
  sim.state.removeProject('dormouse');
  sim.state.removeFile(smallWheel('hatter').filename);
}
