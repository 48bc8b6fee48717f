/** How a project came to be needed: the shortest chain of needs from one that is asked for. */
import type { Catalogue, Need } from '../../catalogue/contract.ts';
import type { ProjectName } from '../../pypi/types.ts';

/**
 * The needs that lead from a root to `name`, the root's own first; of several chains a shortest one, always the same.
 * Empty for a root, and for what nothing needs. `isRoot`: is it kept without regard to needs?
 */
export function chainOf(
  catalogue: Pick<Catalogue, 'needsOf'>,
  isRoot: (name: ProjectName) => boolean,
  name: ProjectName,
): readonly Need[] {
  if (isRoot(name)) return [];
  /** By name: the need through which it was come upon, and the name from which. */
  const towards = new Map<ProjectName, { readonly need: Need; readonly next: ProjectName } | null>([
    [name, null],
  ]);
  // A map goes on to what is added while it is walked through.
  for (const here of towards.keys()) {
    for (const need of catalogue.needsOf(here)) {
      if (towards.has(need.of)) continue;
      towards.set(need.of, { need, next: here });
      if (isRoot(need.of)) return chainFrom(towards, need.of);
    }
  }
  return [];
}

function chainFrom(
  towards: ReadonlyMap<ProjectName, { readonly need: Need; readonly next: ProjectName } | null>,
  root: ProjectName,
): Need[] {
  const chain: Need[] = [];
  for (let step = towards.get(root); step !== null && step !== undefined; step = towards.get(step.next))
    chain.push(step.need);
  return chain;
}
