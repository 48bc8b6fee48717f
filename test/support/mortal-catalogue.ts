/** A catalogue that dies with its process: what was not committed by then never happened. */
import type { Catalogue } from '../../src/catalogue/contract.ts';
import type { Lifeline } from './lifeline.ts';

/** Methods that write; each of them is a step at which the process may die. */
const WRITES: ReadonlySet<string> = new Set<keyof Catalogue>([
  'bind',
  'setShape',
  'startListing',
  'finishListing',
  'setDiscovered',
  'replaceMarks',
  'addDue',
  'replanDue',
  'intend',
  'commit',
  'fail',
  'startRun',
  'endRun',
  'atomically',
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
        if (WRITES.has(String(key))) lifeline.step(`catalogue ${String(key)}`);
        else lifeline.alive();
        return Reflect.apply(value, target, args);
      };
    },
  });
}
