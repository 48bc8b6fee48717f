/**
 * `npm run calls`: every system call that one run makes on its files fails, with every error that it may fail with, once and from then
 * on. `--every 10` takes one in ten. Ends with 1 when one of them was not told, broke the promise or was not healed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { injectionMissing } from '../support/failing-calls.ts';
import { FailingCallsPlay, type Verdict } from '../support/failing-calls-play.ts';
import { type FaultRecord, today, writeRecord } from './record.ts';

const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    record: { type: 'boolean', default: false },
  },
});
const every = Number(values.every);
const from = Number(values.from);

type Counts = Record<Verdict | 'violations', number>;

const NONE: Counts = { told: 0, survived: 0, 'not met': 0, violations: 0 };

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function recordOf(byCall: ReadonlyMap<string, Counts>, calls: number): FaultRecord {
  const total = { ...NONE };
  for (const counts of byCall.values())
    for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += counts[key];
  return {
    id: 'calls',
    command: `npm run calls${every === 1 ? '' : ` -- --every ${every} --from ${from}`}`,
    date: today(),
    facts: [
      ['calls that one run makes on its files', calls],
      ['runs with one call failing, once or from then on', total.told + total.survived],
      ['ended with 6, with path and reason', total.told],
      ['needed nothing of the call, and ended with 0 and the right tree', total.survived],
      ['violations', total.violations],
    ],
    tables: [
      {
        title: 'By call',
        columns: ['call', 'told', 'survived'],
        rows: [...byCall].map(([call, { told, survived }]) => [call, told, survived]),
      },
    ],
  };
}

async function playAll(): Promise<void> {
  const hooks: (() => unknown)[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'jubjub-calls-'));
  const byCall = new Map<string, Counts>();
  try {
    const play = await FailingCallsPlay.start({ after: (hook) => void hooks.push(hook) }, directory);
    for (const [at, failure] of [...play.failures()].entries()) {
      if (at < from || (at - from) % every !== 0) continue;
      const counts = byCall.get(failure.call) ?? { ...NONE };
      byCall.set(failure.call, counts);
      const place = join(directory, 'place');
      try {
        const verdict = await play.play(failure, place);
        counts[verdict] += 1;
        if (verdict === 'survived') say(`${at} survived: ${JSON.stringify(failure)}`);
      } catch (error) {
        counts.violations += 1;
        process.exitCode = 1;
        say(`${at}: ${error instanceof Error ? error.message : String(error)}`);
        say(`again: npm run calls -- --from ${at} --every 1000000`);
        rmSync(place, { recursive: true, force: true });
      }
    }
    const record = recordOf(byCall, play.calls.length);
    for (const [what, value] of record.facts) say(`${what}: ${value.toLocaleString('en')}`);
    for (const row of record.tables?.[0]?.rows ?? []) say(row.join('\t'));
    if (values.record) writeRecord(record);
  } finally {
    for (const hook of hooks.reverse()) await hook();
    rmSync(directory, { recursive: true, force: true });
  }
}

const reason = injectionMissing();
if (reason !== false) throw new Error(reason);
await playAll();
