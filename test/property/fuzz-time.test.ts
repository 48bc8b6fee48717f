/**
 * Goal: nobody can hold up a run, or `serve`, with a text: no regular expression takes longer than in proportion to its text.
 * Method: every regular expression that stands in src/ is taken out of its file and given texts of one piece repeated; those with
 *   bounds are named with what bounds them. And the parsers, with whatever pieces of their language repeated.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isQuick, regexesOf } from '../support/fuzz/regexes.ts';
import { failureText, runTarget } from '../support/fuzz/run-target.ts';
import { GROWTH_TARGETS } from '../support/fuzz/targets.ts';
import { sourceFiles } from '../support/sources.ts';

const RUNS = 25;

/** Expressions whose time grows faster than their text, each with what keeps the text short. */
const BOUNDED: ReadonlyMap<string, string> = new Map([
  ['/\\/+$/', 'addresses in mirror.toml: 4,096 characters'],
  ['/^\\n+|\\s+$/g', 'our own text of a configuration for a web server'],
]);

/** Files that read nothing but what is short. */
const BOUNDED_FILES: ReadonlyMap<string, string> = new Map([
  ['src/selection/files/platforms.ts', 'names of files: 244 bytes'],
]);

test('a slow expression is found', () => {
  assert.equal(isQuick(/^\s*(?:a)?\s*b/), false);
  assert.equal(isQuick(/\/\/.*@/s), false);
  assert.equal(isQuick(/^[a-z]+$/), true);
});

test('every regular expression takes time in proportion to its text', () => {
  const slow: string[] = [];
  let count = 0;
  for (const { path, text } of sourceFiles())
    for (const regex of regexesOf(text)) {
      count += 1;
      const isBounded = BOUNDED.has(String(regex)) || BOUNDED_FILES.has(path) || path.startsWith('src/demo/');
      if (!isBounded && !isQuick(regex)) slow.push(`${path}: ${regex}`);
    }
  assert.ok(count > 300, `${count} expressions were found`);
  assert.deepEqual(slow, []);
});

for (const target of GROWTH_TARGETS) {
  test(`${target.name}: ${target.eats}`, async () => {
    const { failure } = await runTarget(target, { seed: 20_261_121, runs: RUNS });
    assert.equal(failure, null, failure === null ? '' : failureText(failure));
  });
}
