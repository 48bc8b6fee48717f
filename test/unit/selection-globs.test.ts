/**
 * Goal: a glob over texts is either understood or told to be wrong, in time that its length bounds.
 * Method: a table of globs with what is said of them; the longest one that a configuration may have, with nothing but openings.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkGlob, globTest } from '../../src/selection/globs.ts';

test('a class that nothing closes, or that is empty, is told', () => {
  const cases: readonly (readonly [glob: string, message: RegExp | null])[] = [
    ['[ab', /not closed/],
    ['a[b*', /not closed/],
    ['[]ab', /not closed/],
    ['[!]', /empty class/],
    ['[]', /empty class/],
    ['[]]x', null],
    ['[[]x', null],
    ['[!a-c]?*', null],
    ['x]', null],
    ['['.repeat(4096), /not closed/],
  ];
  for (const [glob, message] of cases) {
    const said = checkGlob(glob);
    if (message === null) assert.equal(said, null, glob);
    else assert.match(said ?? 'accepted', message, glob);
  }
  assert.ok(globTest('[]]x')(']X') && globTest('[[]x')('[x') && !globTest('[ab')('a'));
});
