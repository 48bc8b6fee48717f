/**
 * Exhaustive small cases by hand: `npm run exhaustive -- --threads 2 --record`, and one case again, as a failure prints it:
 * `npm run exhaustive -- --story small --phase 1 --crash 117 --state 5`.
 *
 * A power cut before every step of two small histories, with every state that it may leave of the disk; and every call to the disk
 * failing with every error that it can. What each case must survive stands in test/support/simfs/exhaustive.ts.
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { ERRNOS } from '../support/simfs/errnos.ts';
import { isErrno } from '../support/simfs/errors.ts';
import { addCounts, type Counts, type Extent, exhaust, newCounts } from '../support/simfs/exhaustive.ts';
import { STORIES, type StoryName } from '../support/simfs/story.ts';
import { type RecordTable, today, writeRecord } from './record.ts';

const { values } = parseArgs({
  options: {
    /** One of the histories; all, when nothing is said. */
    story: { type: 'string' },
    phase: { type: 'string' },
    crash: { type: 'string' },
    state: { type: 'string' },
    call: { type: 'string' },
    errno: { type: 'string' },
    /** Killed processes were on a system that flushes each file by itself; else every second was. */
    'no-sync': { type: 'boolean', default: false },
    /** States that are looked at before one step; where there are more, that is counted and a sample is taken. */
    looks: { type: 'string', default: '512' },
    threads: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
});

const PROGRESS_EVERY_MS = 10_000;
const print = (text: string) => void process.stdout.write(`${text}\n`);

function storyOf(name: string): StoryName {
  if (!(name in STORIES)) throw new Error(`no story ${name}: ${Object.keys(STORIES).join(', ')}`);
  return name as StoryName;
}

/** One of several threads. */
interface Share {
  readonly thread: number;
  readonly threads: number;
}

/** What the command line asks for, and of that the share of one thread. */
function extentOf(
  story: StoryName,
  { thread, threads }: Share,
  onProgress: (counts: Counts) => void,
): Extent {
  const { phase, crash, state, call, errno } = values;
  const isAsked = (wanted: string | undefined, found: number) =>
    wanted === undefined || Number(wanted) === found;
  const isMine = (number: number) => number % threads === thread;
  return {
    story,
    looksMax: Number(values.looks),
    isPhase: (found) => isAsked(phase, found),
    isCrash: (step) => call === undefined && errno === undefined && isAsked(crash, step) && isMine(step),
    isState: (found) => isAsked(state, found),
    ...(values['no-sync'] ? { hasSync: () => false } : {}),
    isCall: (found) => crash === undefined && state === undefined && isAsked(call, found) && isMine(found),
    errnos: errno === undefined ? ERRNOS : [errno].filter(isErrno),
    onProgress,
  };
}

async function work(share: Share, onProgress: (counts: Counts) => void): Promise<Counts> {
  const counts = newCounts();
  const stories = values.story === undefined ? Object.keys(STORIES) : [values.story];
  for (const story of stories) await exhaust(extentOf(storyOf(story), share, onProgress), counts);
  return counts;
}

/** All shares, each in a thread of its own. */
function inThreads(threads: number, told: (counts: Counts) => void): Promise<Counts[]> {
  return Promise.all(
    Array.from({ length: threads }, (_, thread) => {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: { thread, threads } satisfies Share,
        argv: process.argv.slice(2),
      });
      return new Promise<Counts>((resolve, reject) => {
        worker.on('message', (message: { readonly counts: Counts; readonly isDone: boolean }) => {
          if (message.isDone) resolve(message.counts);
          else if (thread === 0) told(message.counts);
        });
        worker.once('error', reject);
      });
    }),
  );
}

/** At most once in a while. */
function seldom(action: (counts: Counts) => void): (counts: Counts) => void {
  let toldMs = performance.now();
  return (counts) => {
    if (performance.now() - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = performance.now();
    action(counts);
  };
}

type Facts = readonly (readonly [what: string, value: number])[];

function factsOf(counts: Counts): Facts {
  return [
    ['steps before which the power was cut', counts.crashes],
    ['states of the disk that these cuts may leave', counts.states],
    ...[...counts.capped].map(
      ([story, steps]) =>
        [
          `steps of the history "${story}" with more states than were looked at, of which a sample was taken`,
          steps,
        ] as const,
    ),
    ['distinct states of disk and catalogue', counts.distinct.size],
    ['recoveries run, at least one from each of them', counts.recoveries],
    ['states after one more power cut, when the recovery had ended', counts.cutsAfterwards],
    ['calls made to fail', counts.failedCalls],
  ];
}

function endingsOf({ endings }: Counts): RecordTable {
  const names = [...new Set([...endings.keys()].map((key) => key.split(' ')[0] ?? ''))].sort();
  const statuses = ['0', '3', '6'];
  const rows = names.map((name) => [
    name,
    ...statuses.map((status) => endings.get(`${name} ${status}`) ?? 0),
  ]);
  return {
    title: 'How a run ended one of whose calls failed, by exit status',
    columns: ['call', ...statuses.map((status) => `status ${status}`)],
    rows,
  };
}

function report(counts: Counts, seconds: number): void {
  for (const [what, value] of factsOf(counts)) print(`${what}: ${value}`);
  print(`seconds: ${seconds}`);
  for (const row of endingsOf(counts).rows) print(`  ${row.join('  ')}`);
  if (!values.record) return;
  writeRecord({
    id: 'exhaustive',
    command: `npm run exhaustive -- --looks ${values.looks} --threads ${values.threads}`,
    date: today(),
    facts: [...factsOf(counts), ['seconds', seconds]],
    tables: [endingsOf(counts)],
  });
}

async function main(): Promise<void> {
  const started = performance.now();
  const threads = Number(values.threads);
  const all = await inThreads(
    threads,
    seldom(({ crashes, recoveries, failedCalls }) =>
      print(
        `first of ${threads} threads: ${crashes} cuts, ${recoveries} recoveries, ${failedCalls} failed calls`,
      ),
    ),
  );
  const counts = newCounts();
  for (const one of all) addCounts(counts, one);
  report(counts, Math.round((performance.now() - started) / 1000));
}

if (isMainThread) await main();
else {
  const tell = seldom((counts) => parentPort?.postMessage({ counts, isDone: false }));
  const counts = await work(workerData as Share, tell);
  parentPort?.postMessage({ counts, isDone: true });
}
