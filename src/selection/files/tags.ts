/** What rules about wheels' tags have in common. */
import type { Entries } from '../entries.ts';
import type { Against, Unsure } from '../rule.ts';
import { shownList } from '../shown-list.ts';

export const NO_TAGS: Unsure = { unsure: 'its name has no tags of wheels (PEP 427)', about: 'file' };

/** Gives why a file with these tags is dropped: no tag is wanted, or every tag is blocked. */
export function tagJudge(
  { keep, block }: Entries<string>,
  word: string,
): (tags: readonly string[]) => Against | null {
  const wanted = shownList(keep.map(({ written }) => written));
  return (tags) => {
    const blockedBy = (tag: string) => block.find(({ fits }) => fits(tag));
    const last = tags.reduce<string | null>(
      (blocked, tag) => (blocked === null ? null : (blockedBy(tag)?.written ?? null)),
      '',
    );
    const why = `its ${word} is ${shownList(tags)}`;
    if (last !== null && last !== '') return { value: `!${last}`, why };
    const isKept = keep.length === 0 || tags.some((tag) => keep.some(({ fits }) => fits(tag)));
    return isKept ? null : { value: wanted, why };
  };
}
