/** The known word that somebody most likely meant. */
import leven from 'leven';

/** The nearest known word, if it is near enough to be meant: at most a third of its letters differ. */
export function nearest(word: string, known: readonly string[]): string | null {
  const plain = (text: string) => text.toLowerCase().replaceAll('_', '-');
  const byDistance = known
    .map((name) => ({ name, distance: leven(plain(word), plain(name)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = byDistance[0];
  return best !== undefined && best.distance <= Math.max(1, Math.ceil(best.name.length / 3))
    ? best.name
    : null;
}
