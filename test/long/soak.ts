/**
 * `npm run soak -- --minutes 60`: runs are killed and stopped, settings change, prune and verify come in between, while readers
 * follow links through nginx, for as long as asked. Ends with 1 at the first broken promise, with the command that plays it again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type KillTally, newTally, playKills } from '../support/kills/kill-play.ts';
import { NGINX_MISSING } from '../support/nginx.ts';
import { today, writeRecord } from './record.ts';

const MIRRORS = 8;
/** One life; then another seed begins with an empty directory. */
const PROCESSES_PER_PLAY_MAX = 40;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    record: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const firstSeed = Number(values.seed);
const endsAt = Date.now() + minutes * 60_000;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One play in a directory of its own, cleared when it went well. */
async function play(seed: number): Promise<KillTally> {
  const hooks: (() => unknown)[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'jubjub-soak-'));
  try {
    const tally = await playKills(
      { after: (hook) => void hooks.push(hook) },
      {
        seed,
        directory,
        mirrors: MIRRORS,
        isMixed: true,
        goesOn: ({ processesKilled }) => processesKilled < PROCESSES_PER_PLAY_MAX && Date.now() < endsAt,
      },
    );
    rmSync(directory, { recursive: true });
    return tally;
  } catch (error) {
    say(`what was left: ${directory}`);
    throw error;
  } finally {
    for (const hook of hooks.reverse()) await hook();
  }
}

/** The numbers of all plays, as lines of the record. */
function facts(total: KillTally, plays: number): [string, string | number][] {
  return [
    ['minutes', minutes],
    ['plays, each with a seed of its own', plays],
    ['processes killed (SIGKILL)', total.processesKilled],
    ['of these right before a step on disk', total.killedAtSteps],
    ['runs that these kills ended', total.runsKilled],
    ['runs stopped by SIGTERM', total.runsStopped],
    ['runs that came to their end', total.runsEnded],
    ['requests of readers through nginx', total.requests],
    ['pages read and followed', total.pagesRead],
    ['files and sidecars read and hashed', total.filesRead],
    ['violations', 0],
  ];
}

async function soak(): Promise<void> {
  const total = newTally();
  let plays = 0;
  for (let seed = firstSeed; Date.now() < endsAt; seed++) {
    try {
      const tally = await play(seed);
      for (const key of Object.keys(total) as (keyof KillTally)[]) total[key] += tally[key];
      plays += 1;
      say(`seed ${seed}: ${JSON.stringify(tally)}`);
    } catch (error) {
      say(error instanceof Error ? (error.stack ?? error.message) : String(error));
      say(`a promise was broken; again: npm run soak -- --minutes ${minutes} --seed ${seed}`);
      process.exitCode = 1;
      return;
    }
  }
  for (const [what, value] of facts(total, plays)) say(`${what}: ${value.toLocaleString('en')}`);
  if (!values.record) return;
  const command = `npm run soak -- --minutes ${minutes} --seed ${firstSeed} --record`;
  writeRecord({ id: 'soak', command, date: today(), facts: facts(total, plays) });
}

if (NGINX_MISSING !== false) throw new Error(NGINX_MISSING);
await soak();
