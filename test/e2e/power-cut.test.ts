/**
 * Goal: after a power cut at any moment of a run, whatever the disk then has of what was not flushed, the docroot is whole (P1, P3),
 * what was told to be committed is (P2), and one run heals (P4).
 * Method: the built program on an ext4 that keeps no order by itself, on a disk that we serve ourselves and whose writes and flushes
 * we know; the file system's own recovery decides what is left. `npm run cuts` makes thousands of cuts, and shows that without
 * flushes they are seen.
 */
import { test } from 'node:test';
import { UNORDERED } from '../support/cuts/block-log.ts';
import { CutPlay } from '../support/cuts/cut-play.ts';
import { seeded } from '../support/prng.ts';
import { withTempDir } from '../support/temp.ts';

const SEED = 20_261_121;
const CUTS = 6;

test('a real file system after power cuts', async (t) => {
  const prng = seeded(SEED).fork('cuts');
  const setting = { directory: withTempDir(t), seed: SEED, flush: 'wave', mount: UNORDERED, events: 10 };
  const play = await CutPlay.start(t, setting);
  if (typeof play === 'string') return t.skip(play);
  for (let done = 0; done < CUTS; done++) {
    const cut = play.randomCut(prng);
    t.diagnostic(`seed ${SEED}, cut ${done}: ${JSON.stringify(cut)} of ${play.log.length}`);
    await play.play(cut, prng);
  }
});
