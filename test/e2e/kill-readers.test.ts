/**
 * Goal: whoever reads through a web server while runs are killed, again and again, never finds a broken link or half a
 * document (P1, P3); after each kill catalogue and docroot agree (P2, P6), and one plain run ends at the undisturbed tree (P4).
 * Method: the built program's main() for several mirrors at once in one process, so that one SIGKILL ends as many runs; at
 * moments and at steps on disk that a seed picks, with nginx and readers before it. `npm run soak` does it for hours.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playKills } from '../support/kills/kill-play.ts';
import { NGINX_MISSING } from '../support/nginx.ts';
import { withTempDir } from '../support/temp.ts';

const SEED = 20_261_121;
const MIRRORS = 8;
const PROCESSES_KILLED = 9;

test('some seventy runs are killed while readers follow links through nginx', {
  skip: NGINX_MISSING,
}, async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const tally = await playKills(t, {
    seed: SEED,
    directory: withTempDir(t),
    mirrors: MIRRORS,
    isMixed: false,
    goesOn: ({ processesKilled }) => processesKilled < PROCESSES_KILLED,
  });
  t.diagnostic(JSON.stringify(tally));
  assert.ok(tally.runsKilled > PROCESSES_KILLED, 'most processes died in the middle of several runs');
  assert.ok(tally.filesRead > 0, 'readers have read something');
});
