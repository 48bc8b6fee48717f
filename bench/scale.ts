/**
 * Goal 5: a first sync of very many projects goes as fast at its end as at its begin, and its memory stays flat.
 *
 * The rate is read from the run's own events: how many projects each committed wave leaves.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, type BenchContext, linesOption, numberOption, type Row } from './support/bench.ts';
import { type Measured, peakMbOf, secondsOf, shownSeconds, spread } from './support/measure.ts';
import { BenchMirror, mustEndWell } from './support/mirror.ts';
import { serveTree } from './support/nginx.ts';
import { jubjub, jubjubProfiled, summaryOf } from './support/program.ts';
import { makeTree } from './support/tree.ts';

const RATIO_MIN = 0.9;
const PEAK_MB_MAX = 250;
const PARTS = 10;

/** So many projects were done at that time, with so much memory resident. */
interface Mark {
  readonly ms: number;
  readonly done: number;
  readonly rssMb: number;
}

interface Part {
  /** Projects a second. */
  readonly rate: number;
  readonly rssMb: number;
}

export const bench: Bench = {
  name: 'scale',
  goal: `first sync of 100,000 projects: last tenth >= ${RATIO_MIN} of the first, peak <= ${PEAK_MB_MAX} MB`,
  rounds: 1,
  options: { projects: '100000', bytes: '0', verify: 'yes', upstream: '', settings: '' },
  async run(context) {
    const [projects, fileBytes] = [numberOption(context, 'projects'), numberOption(context, 'bytes')];
    context.say(`making an upstream of ${projects.toLocaleString('en')} projects`);
    const options = { projects, versions: 1, sdists: false, sidecars: false, fileBytes };
    const tree = makeTree(join(context.directory, 'upstream'), options);
    const nginx = await serveTree(tree, join(context.directory, 'nginx'));
    try {
      return await measureRounds(context, projects, nginx.url);
    } finally {
      await nginx.close();
    }
  },
};

function rssMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return Number.NaN; // It has just ended.
  }
}

/** Listens to a run: what it is to do, then how far it has come. */
class Progress {
  readonly marks: Mark[] = [];
  pid = 0;
  #projects = 0;

  constructor(projects: number) {
    this.#projects = projects;
  }

  hear(line: string): void {
    // The first wave's begin: the list has been read.
    if (this.marks.length === 0 && line.startsWith('{"type":"phase","phase":"details"')) this.#mark(0);
    if (!line.startsWith('{"type":"committed"')) return;
    const { remaining } = JSON.parse(line) as { remaining: number };
    this.#mark(this.#projects - remaining);
  }

  #mark(done: number): void {
    if (done <= (this.marks.at(-1)?.done ?? -1)) return;
    this.marks.push({ ms: performance.now(), done, rssMb: rssMb(this.pid) });
  }
}

/** When so many were done, between two marks. */
function timeOf(marks: readonly Mark[], done: number): number {
  const after = marks.findIndex((mark) => mark.done >= done);
  const [from, to] = [marks[after - 1], marks[after]];
  if (to === undefined) throw new Error(`the run told of no commit at ${done} projects`);
  if (from === undefined) return to.ms;
  return from.ms + ((to.ms - from.ms) * (done - from.done)) / (to.done - from.done);
}

/** The run in tenths. */
export function partsOf(marks: readonly Mark[]): Part[] {
  const total = marks.at(-1)?.done ?? 0;
  return Array.from({ length: PARTS }, (_, part) => {
    const [from, to] = [(total * part) / PARTS, (total * (part + 1)) / PARTS];
    const ms = timeOf(marks, to) - timeOf(marks, from);
    const inside = marks.filter(({ done }) => done > from && done <= to).map((mark) => mark.rssMb);
    return { rate: (to - from) / (ms / 1000), rssMb: Math.max(...inside, 0) };
  });
}

async function measureRounds(context: BenchContext, projects: number, url: string): Promise<Row[]> {
  const mirrorNow = () =>
    new BenchMirror(join(context.directory, 'mirror'), {
      url,
      upstream: linesOption(context, 'upstream'),
      more: linesOption(context, 'settings'),
    });
  if (context.profile) {
    const { config } = mirrorNow();
    mustEndWell('jubjub sync', await jubjubProfiled(context, ['sync', '-q', '-c', config]));
  }
  const runs: { readonly measured: Measured; readonly parts: readonly Part[] }[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    const mirror = mirrorNow();
    const progress = new Progress(projects);
    const measured = await jubjub(['sync', '-c', mirror.config, '--json'], {
      stderr: 'ignore',
      onStart: (pid) => {
        progress.pid = pid;
      },
      onLine: (line) => progress.hear(line),
    });
    mustEndWell('jubjub sync', measured);
    const published = summaryOf(measured)['projects'];
    if (published !== projects) throw new Error(`${published} projects were published of ${projects}`);
    const parts = partsOf(progress.marks);
    for (const [at, { rate, rssMb }] of parts.entries())
      context.say(`tenth ${at + 1}: ${rate.toFixed(0)} projects a second, ${rssMb.toFixed(0)} MB`);
    runs.push({ measured, parts });
    if (context.options['verify'] === 'yes' && round === context.rounds) await mirror.verify();
    mirror.remove();
  }
  return [rowOf(projects, runs)];
}

function rowOf(
  projects: number,
  runs: readonly { readonly measured: Measured; readonly parts: readonly Part[] }[],
): Row {
  const measured = runs.map((run) => run.measured);
  const first = spread(runs.map(({ parts }) => parts[0]?.rate ?? 0)).median;
  const last = spread(runs.map(({ parts }) => parts.at(-1)?.rate ?? 0)).median;
  const ratio = spread(runs.map(({ parts }) => (parts.at(-1)?.rate ?? 0) / (parts[0]?.rate ?? 0))).median;
  const peakMb = peakMbOf(measured);
  const rate = (value: number) => `${value.toFixed(0)} projects a second`;
  return {
    what: `first sync, ${projects.toLocaleString('en')} projects x 1 small file: the last tenth, against the first`,
    measured: `${rate(last)}; ${shownSeconds(secondsOf(measured), 1)} in all`,
    against: `first tenth: ${rate(first)}`,
    ratio: ratio.toFixed(2),
    peakMb,
    goal: `>= ${RATIO_MIN}, peak <= ${PEAK_MB_MAX} MB`,
    holds: ratio >= RATIO_MIN && peakMb !== null && peakMb <= PEAK_MB_MAX,
  };
}
