/** The known word that somebody most likely meant. */
import leven from 'leven';

/**
 * The nearest known word, if it is near enough to be meant: at most a third of its letters differ, or `distanceMax` of them. Without
 * that limit, else one that is a part of the word: `wheel` of `bdist_wheel`.
 */
export function nearest(word: string, known: readonly string[], distanceMax?: number): string | null {
  const written = plain(word);
  let best: string | null = null;
  let least = Infinity;
  for (const name of known) {
    const one = plain(name);
    // Nearer than another as far away is what the word only adds to: 3.12 to 3.12.1.
    const distance = leven(written, one) - (written.startsWith(one) ? 0.5 : 0);
    if (distance >= least) continue;
    best = name;
    least = distance;
  }
  if (best !== null && least <= (distanceMax ?? Math.max(1, Math.ceil(best.length / 3)))) return best;
  if (distanceMax !== undefined) return null;
  const parts = new Set(written.split('-'));
  return known.find((name) => parts.has(plain(name))) ?? null;
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll('_', '-');
}
