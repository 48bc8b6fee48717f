/** Which projects are looked at: all of them, or a seeded choice that another run can repeat. */
import type { PageDigest } from '../pypi/manifest.ts';
import type { ProofSource } from './proof.ts';

/** Chance that is the same for the same seed (Mulberry32): numbers in [0, 1). */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Every project of the proof, bucket by bucket. */
export async function* everyProject(proof: ProofSource, signal: AbortSignal): AsyncGenerator<PageDigest> {
  const { buckets } = await proof.manifest(signal);
  for (const id of buckets.keys()) yield* await proof.bucket(id, signal);
}

/**
 * So many projects of the proof, or all when there are no more. Buckets are visited in an order of chance, and of each at
 * most as many are taken as an even share of all would be: names fall into buckets by their hash, so that is a fair choice,
 * and of a mirror of any size only as many buckets are read as are needed.
 */
export async function* sampleProjects(
  proof: ProofSource,
  count: number,
  chance: () => number,
  signal: AbortSignal,
): AsyncGenerator<PageDigest> {
  const { buckets, projects } = await proof.manifest(signal);
  if (projects <= count) {
    yield* everyProject(proof, signal);
    return;
  }
  let left = count;
  const ids = shuffled([...buckets.keys()], chance);
  for (const [index, id] of ids.entries()) {
    if (left === 0) return;
    const share = Math.ceil(left / (ids.length - index));
    const some = shuffled(await proof.bucket(id, signal), chance).slice(0, share);
    left -= some.length;
    yield* some;
  }
}

/** A copy in an order of chance (Fisher and Yates). */
function shuffled<T>(items: readonly T[], chance: () => number): T[] {
  const mixed = [...items];
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(chance() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
  }
  return mixed;
}
