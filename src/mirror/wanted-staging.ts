/** What staging is kept for: half-received files that the next run goes on from. Everything else there is nobody's. */
import { metadataPath, provenancePath } from '../pypi/paths.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';

export function wantedInStaging({ catalogue }: Pick<MirrorDeps, 'catalogue'>): ReadonlySet<DocrootPath> {
  return new Set(
    catalogue.intendedPaths().flatMap((path) => [path, metadataPath(path), provenancePath(path)]),
  );
}
