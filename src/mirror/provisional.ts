/** Which published projects rest on another tool's word alone, because no sync has asked upstream for them yet. */
import type { ProjectName } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import { kindOf } from './dialect.ts';

/**
 * Published, with nothing of upstream's: adopted, or kept when upstream moved. Where upstream has no serials that cannot be
 * told, and everything published counts as asked for.
 */
export function isProvisional(deps: Pick<MirrorDeps, 'catalogue'>, name: ProjectName): boolean {
  const known = deps.catalogue.project(name);
  if (known?.published !== true || known.serial !== null || known.validator !== null) return false;
  return deps.catalogue.dialect() === null || kindOf(deps) !== 'poll';
}
