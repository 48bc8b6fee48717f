/** Several test files in one process: what run-suite.ts starts, and how it learns that none of them was cut off. */
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

/**
 * Loads test files, whose tests then run one after the other as if they stood in one file. A file that cannot be loaded is a
 * failed test of its own, and the others run all the same.
 * @param files URLs
 * @param doneFile is written when every test has ended: a process that dies before leaves none
 */
export async function runShard(files: readonly string[], doneFile: string): Promise<void> {
  const loaded = Promise.withResolvers<void>();
  // Or the first tests would run, and their time with them, between the loading of the others.
  before(() => loaded.promise);
  after(() => writeFileSync(doneFile, ''));
  for (const file of files) {
    try {
      await import(file);
    } catch (error) {
      test(`${file} can be loaded`, () => {
        throw error;
      });
    }
  }
  loaded.resolve();
}
