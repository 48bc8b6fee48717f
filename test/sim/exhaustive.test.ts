/**
 * Goal: no power cut and no failing call breaks a promise or needs an operator, whatever of the disk survives (P1 to P4, P8).
 * Method: the real store on a simulated disk, and a history so small that much can be tried: the process dies before its steps, one
 * after the other, with states that a power cut may leave there; calls fail, with errors that they can fail with. After each, one
 * run must make the tree of an undisturbed mirror, which one more power cut does not take away.
 *
 * A share of all cases, so that it takes seconds; `npm run exhaustive` tries all of them, and of a larger history, too.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exhaust, newCounts } from '../support/simfs/exhaustive.ts';
import { stride } from '../support/stride.ts';

const CRASH_SHARE = stride(13);
const CALL_SHARE = stride(61);
const LOOKS_MAX = stride(1) === stride(2) ? 512 : 24;

test('a power cut at any step, whatever it leaves: the promise holds, and one run puts all in order', async (t) => {
  const counts = newCounts();
  await exhaust(
    {
      story: 'tiny',
      looksMax: LOOKS_MAX,
      isCrash: (step) => step % CRASH_SHARE === 4 % CRASH_SHARE,
      isCall: () => false,
    },
    counts,
  );
  t.diagnostic(
    `${counts.crashes} cuts, ${counts.recoveries} recoveries, ${counts.cutsAfterwards} cuts after them`,
  );
  assert.ok(counts.recoveries > counts.crashes, 'a cut leaves more than one state');
});

test('any call failing: exit 6 with path and reason, or nothing is missing; the next run puts all in order', async (t) => {
  const counts = newCounts();
  await exhaust(
    { story: 'tiny', looksMax: LOOKS_MAX, isCrash: () => false, isCall: (call) => call % CALL_SHARE === 7 },
    counts,
  );
  t.diagnostic(
    `${counts.failedCalls} calls failed: ${[...counts.endings].map((ending) => ending.join(' ')).join(', ')}`,
  );
  assert.ok(counts.failedCalls > 20);
});
