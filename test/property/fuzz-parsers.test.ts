/**
 * Goal: no parser answers anything but a result or a refusal of its own, whatever it is fed; and what it accepts keeps the laws of
 *   its language.
 * Method: fast-check, over documents bent at a few places, soups of each language's words, and arbitrary texts: some cases for each
 *   parser and each law over several (chunks, two forms of one page, other implementations). `npm run fuzz` runs any number.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureText, runTarget } from '../support/fuzz/run-target.ts';
import { LAWS, PARSER_TARGETS } from '../support/fuzz/targets.ts';

const RUNS = 150;
const SEED = Number(process.env['JUBJUB_SEED'] ?? 20_261_121);

for (const target of [...PARSER_TARGETS, ...LAWS]) {
  test(`${target.name}: ${target.eats}`, async () => {
    const { failure } = await runTarget(target, { seed: SEED, runs: RUNS });
    assert.equal(failure, null, failure === null ? '' : failureText(failure));
  });
}
