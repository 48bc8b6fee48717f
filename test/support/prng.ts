/** Seeded chance: the same seed gives the same numbers on every machine. */

export interface Prng {
  /** In [0, 1). */
  float(): number;
  /** A whole number in [0, limit). */
  int(limit: number): number;
  chance(probability: number): boolean;
  /** One element; the list must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** An independent sequence, so that one consumer's draws do not shift another's. */
  fork(label: string): Prng;
}

/** FNV-1a, 32 bits: spreads a label over the space of seeds. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** Mulberry32: small, fast and good enough for tests. */
export function seeded(seed: number): Prng {
  let state = seed >>> 0;
  const float = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (limit: number) => Math.floor(float() * limit);
  return {
    float,
    int,
    chance: (probability) => float() < probability,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[int(items.length)] as T;
    },
    fork: (label) => seeded(hash32(`${seed}/${label}`)),
  };
}
