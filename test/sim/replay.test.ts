/**
 * Goal: a seed decides everything: played again, it does the same things in the same order at the same times.
 * Method: seeds of the storm, each played twice; every reading of the clock, wait, draw, step and request is
 * compared with the first time's.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playScenario } from '../support/storm/player.ts';
import { drawScenario } from '../support/storm/scenario.ts';

const SEEDS = [2, 11];

async function traceOf(seed: number): Promise<string[]> {
  const traced: string[] = [];
  await playScenario(drawScenario(seed), { trace: (what) => traced.push(what) });
  assert.ok(traced.length > 100, 'there is something to compare');
  return traced;
}

for (const seed of SEEDS)
  test(`seed ${seed} plays the same twice`, async (t) => {
    const first = await traceOf(seed);
    const second = await traceOf(seed);
    t.diagnostic(`${first.length} things compared`);
    const at = first.findIndex((what, index) => what !== second[index]);
    const around = (trace: string[]) => trace.slice(Math.max(0, at - 10), at + 3).join('\n');
    assert.ok(at === -1, `they part at ${at}:\n${around(first)}\n\n${around(second)}`);
    assert.equal(second.length, first.length);
  });
