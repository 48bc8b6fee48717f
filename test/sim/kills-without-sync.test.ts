/**
 * Goal: where the system has no `sync` that flushes a whole file system, a run after a kill flushes by itself all that the dead run may
 * have moved, placed or removed, before it counts on it (P1, P4, P6).
 * Method: the real store on the simulated disk; a history in which files and pages come, leave, come back and go for good; each run is
 * killed before its steps (not the power: what it did is there). One run must make the tree of an undisturbed mirror, and no power cut
 * after that may take anything of it away.
 *
 * One step in 37, so that it takes seconds; JUBJUB_EVERY_STEP=1 tries all (stride.ts).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exhaust, newCounts } from '../support/simfs/exhaustive.ts';
import { stride } from '../support/stride.ts';

const SHARE = stride(37);

test('killed at any step, on a system without sync: one run puts all in order, and a power cut takes nothing back', async (t) => {
  const counts = newCounts();
  let at = 0;
  await exhaust(
    {
      story: 'small',
      // Of what power cuts leave there, none: the state after it is that of a kill.
      looksMax: 1,
      isState: (state) => state === 1,
      isCrash: () => at++ % SHARE === SHARE >> 1,
      hasSync: () => false,
      isCall: () => false,
    },
    counts,
  );
  t.diagnostic(`${counts.crashes} kills, ${counts.cutsAfterwards} power cuts after their recoveries`);
  assert.ok(counts.recoveries === counts.crashes && counts.crashes > 10);
});
