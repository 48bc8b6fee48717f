/** Changelog rows as demands: which project has to be looked at, and which serial its page must have reached. Pure. */
import type { Demand } from '../catalogue/contract.ts';
import { FIRST_NONE } from '../catalogue/contract.ts';
import { effectOf } from '../pypi/changelog.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import type { ChangelogRow, ListedProject, ProjectName } from '../pypi/types.ts';

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

/** A project of the first list: any page will do, because the changelog is replayed from before the list was made. */
export function demandOfFirstList(listed: ListedProject): Demand {
  const { name, displayName } = listed;
  return { ...NOTHING_SAID, name, displayName, first: 0, replan: false, source: 'list' };
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
