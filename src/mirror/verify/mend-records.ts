/** For a repair: what cannot be read of projects that no page shows (needs, what is left out) is forgotten, and found out anew. */
import type { ProjectName } from '../../pypi/types.ts';
import { demandWithoutChange } from '../demands.ts';
import { isOfOneThing, reasonOf } from './damage.ts';
import type { VerifyDeps } from './options.ts';

/** Comes before everything else: a run that cannot read these ends, and one that ended so cannot apply changed rules. */
export function mendRecords({ catalogue, tell }: Pick<VerifyDeps, 'catalogue' | 'tell'>): void {
  const forget = (name: ProjectName, what: string, error: unknown) => {
    catalogue.forgetUnreadable(name);
    const message = `what the catalogue had of ${what} of ${name} could not be read, and is found out anew: ${reasonOf(error)}`;
    tell({ type: 'warning', code: 'RECORD_FORGOTTEN', message });
  };
  for (const name of catalogue.neededNames()) {
    const error = failureOf(() => catalogue.needsOf(name));
    if (error !== null) forget(name, 'the needs', error);
  }
  for (const name of catalogue.leftOutNames()) {
    const error = failureOf(() => {
      catalogue.project(name);
      const packed = catalogue.knownDetail(name);
      if (packed !== null) catalogue.unpack(packed, name);
      catalogue.info(name);
    });
    if (error === null) continue;
    forget(name, 'the left-out project', error);
    catalogue.outdateLeftOut([name]);
    catalogue.addDue([demandWithoutChange(name, null, 'list')]);
  }
}

/** What is wrong with one thing; null when nothing is. Throws what concerns more than that. */
function failureOf(read: () => unknown): unknown {
  try {
    read();
    return null;
  } catch (error) {
    if (!isOfOneThing(error)) throw error;
    return error;
  }
}
