/** Changelog rows as demands: which project has to be looked at, and which serial its page must have reached. Pure. */
import type { Demand } from '../catalogue/contract.ts';
import { FIRST_NONE } from '../catalogue/contract.ts';
import { effectOf } from '../pypi/changelog.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import type { ChangelogRow, ListedProject, ProjectName, Serial } from '../pypi/types.ts';

/** What one row asks of us; null when it changes nothing that a mirror shows, and for rows without a name. */
export function demandOfRow(row: ChangelogRow): Demand | null {
  const effect = effectOf(row);
  if (effect.kind === 'none') return null;
  // Trap 3: names are display names, may be missing, and historic rows have empty ones.
  const name = tryNormalizeName(row.name);
  if (name === null) return null;
  const removes = effect.kind === 'remove-project';
  return {
    name,
    displayName: removes ? null : row.name,
    first: row.serial,
    // A removed project has no page to reach a serial; it asks for its absence.
    required: removes ? 0 : row.serial,
    removed: removes ? row.serial : null,
    takedowns: effect.kind === 'page' || removes ? [] : [{ serial: row.serial, effect }],
    replan: false,
    source: 'changelog',
  };
}

const NOTHING_SAID = { required: 0, removed: null, takedowns: [] } as const;

/**
 * A project of the first list. P2: the changelog is replayed from shortly before the list only, and a cache may have kept a page
 * for longer, so that the page must have reached what the list says. What the list says beyond `head` the changelog tells as well.
 */
export function demandOfFirstList({ name, displayName, serial }: ListedProject, head: Serial): Demand {
  const required = serial === null || serial > head ? 0 : serial;
  return { ...NOTHING_SAID, name, displayName, first: 0, required, replan: false, source: 'list' };
}

/** A look at a project that no change asked for. */
export function demandWithoutChange(
  name: ProjectName,
  displayName: string | null,
  source: Demand['source'],
): Demand {
  return { ...NOTHING_SAID, name, displayName, first: FIRST_NONE, replan: true, source };
}

/** Does everything that is known of this demand say that the project is to go? */
export function asksForRemoval(demand: Demand): boolean {
  return demand.removed !== null && demand.removed >= demand.required;
}
