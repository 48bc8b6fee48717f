/** The project that somebody meant who misspelt its name: one that is asked for by name, is here, or is left out. */
import type { ProjectName } from '../../pypi/types.ts';
import type { ExplainDeps } from './known.ts';

/** With more names than this, nearly everything is near to something, and it takes long to find out. */
const NAMES_MAX = 20_000;
/** Letters that may differ. */
const DISTANCE_MAX = 2;
/** In names that are shorter, one letter makes another word. */
const LONG_NAME_CHARS = 6;

/** Null when nothing is near, or too much is known to look through. */
export function nearProject(
  { catalogue, selection, nearest }: ExplainDeps,
  name: ProjectName,
): string | null {
  const names = new Set<ProjectName>();
  const sources = [
    selection.asked.map((ask) => ask.name),
    ...(catalogue.publishedCount() > NAMES_MAX ? [] : [catalogue.publishedNames()]),
    catalogue.leftOutNames(),
  ];
  for (const source of sources)
    for (const one of source) {
      if (names.size >= NAMES_MAX) break;
      names.add(one);
    }
  names.delete(name);
  return nearest(name, [...names], name.length < LONG_NAME_CHARS ? 1 : DISTANCE_MAX);
}
