/** A catalogue that dies with its process: what was not committed by then never happened. */
import type { Catalogue } from '../../src/catalogue/contract.ts';
import type { Lifeline } from './lifeline.ts';

/** Methods that only read; every other is a step at which the process may die, those that come later too. */
const READS: ReadonlySet<string> = new Set<keyof Catalogue>([
  'identity',
  'shape',
  'progress',
  'marks',
  'nextDue',
  'due',
  'dueRemovals',
  'startRound',
  'untriedCount',
  'failedCount',
  'isPublished',
  'unseen',
  'clearSeen',
  'noteSeen',
  'listableCount',
  'intendedPaths',
  'metadataAt',
  'pendingOf',
  'project',
  'detail',
  'packed',
  'filesOf',
  'digestAt',
  'publishedNames',
  'rootEntries',
  'rootRuns',
  'pack',
  'unpack',
  'pending',
  'counts',
  'publishedCounts',
  'lastSwept',
  'lastRun',
  'lastCompleteMs',
  'endedCleanly',
  'dialect',
  'listMemory',
  'learnedOf',
  'leastRecentlyValidated',
  'validatedBefore',
  'publishedCount',
  'hasSerials',
  'hasAbsent',
  'hasDoubted',
  'quarantinedNames',
  'drift',
  'hideable',
  'deletable',
  'sharesTrash',
  'trashOf',
  'withdrawnOf',
  'knowsFile',
  'filesAt',
  'isDueAt',
  'unwrittenAudit',
  'changedBuckets',
  'bucketEntries',
  'buckets',
  'integrity',
  'knownDetail',
  'isLeftOut',
  'leftOutNames',
  'reviewable',
  'info',
  'fileNeeds',
  'needsOf',
  'neededNames',
  'areNeedsStale',
  'reserved',
]);

/** The same catalogue, hanging by the lifeline. A transaction that is open at death is rolled back by its error. */
export function mortalCatalogue(catalogue: Catalogue, lifeline: Lifeline): Catalogue {
  const commit: Catalogue['commit'] = (wave, publishRoot) =>
    catalogue.commit(wave, async (result) => {
      await publishRoot(result);
      // The last moment at which a crash undoes the commit.
      lifeline.step('catalogue commits');
    });
  return new Proxy(catalogue, {
    get(target, key) {
      const value: unknown = key === 'commit' ? commit : Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (READS.has(String(key))) lifeline.alive();
        else lifeline.step(`catalogue ${String(key)}`);
        return Reflect.apply(value, target, args);
      };
    },
  });
}
