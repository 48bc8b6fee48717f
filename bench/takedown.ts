/**
 * Measures the takedown time: from the change upstream to the page without it, in runs and in the seconds of that run; and
 * until its file has left the docroot, which for a quarantine is the same run.
 *
 *     node bench/takedown.ts [projects=1000] [times=5]
 *
 * Upstream is the built-in one, in this process; the mirror is the built program as a child, as cron would start it. Each
 * takedown is alone in its run: the run begins right after it, and the clock with the run. What cron adds is its interval.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOrigin } from '../src/demo/http-origin.ts';
import { IndexState } from '../src/demo/index-state.ts';
import { makeWheel } from '../src/demo/wheel.ts';

const PROGRAM = fileURLToPath(new URL('../bin/jubjub.js', import.meta.url));
const RUNS_MAX = 3;

const projects = Number(process.argv[2] ?? 1000);
const times = Number(process.argv[3] ?? 5);

interface Takedown {
  readonly what: string;
  readonly act: (state: IndexState, name: string) => void;
  /** Is the page without it? */
  readonly isDone: (page: string | null) => boolean;
}

const lacksV1 = (page: string | null) => page !== null && !page.includes('-1.0-');
const TAKEDOWNS: readonly Takedown[] = [
  {
    what: 'file removed',
    act: (state, name) => state.removeFile(wheelOf(name, '1.0').filename),
    isDone: lacksV1,
  },
  { what: 'release removed', act: (state, name) => state.removeRelease(name, '1.0'), isDone: lacksV1 },
  {
    what: 'release quarantined',
    act: (state, name) => state.quarantineRelease(name, '1.0'),
    isDone: lacksV1,
  },
  {
    what: 'project quarantined',
    act: (state, name) => state.quarantineProject(name),
    isDone: (page) => page !== null && !page.includes('.whl'),
  },
  {
    what: 'project removed',
    act: (state, name) => state.removeProject(name),
    isDone: (page) => page === null,
  },
];

function wheelOf(name: string, version: string) {
  return makeWheel({ name, version, modules: { [`${name}.py`]: `VERSION = "${version}"\n` } });
}

/** Runs sync; `look` is asked whenever the directory of pages changes, and at the end. Seconds until it said yes, or null. */
async function sync(config: string, pages: string, look: () => boolean): Promise<Measured> {
  const startedMs = performance.now();
  let doneMs: number | null = null;
  const lookNow = () => {
    if (doneMs === null && look()) doneMs = performance.now();
  };
  const watcher = existsSync(pages) ? watch(pages, { recursive: true }, lookNow) : null;
  const child = spawn(process.execPath, [PROGRAM, 'sync', '-c', config, '--quiet'], { stdio: 'inherit' });
  await new Promise((resolve) => child.once('close', resolve));
  const endedMs = performance.now();
  lookNow();
  watcher?.close();
  return { run: (endedMs - startedMs) / 1000, page: doneMs === null ? null : (doneMs - startedMs) / 1000 };
}

interface Measured {
  readonly run: number;
  readonly page: number | null;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

let timeMs = Date.now() - 3_600_000;
const state = new IndexState({ now: () => timeMs });
for (let index = 0; index < projects; index++) {
  timeMs += Math.min(1000, 3_500_000 / projects);
  for (const version of ['1.0', '2.0']) state.uploadFile(wheelOf(`p${index}`, version));
}
const directory = mkdtempSync(join(tmpdir(), 'jubjub-bench-'));
const origin = await startOrigin(state);
let next = 0;
const rows: string[][] = [];
try {
  const config = join(directory, 'mirror.toml');
  writeFileSync(config, `directory = "m"\n[upstream]\nurl = "${origin.url}"\n[sync]\nreconcile = "off"\n`);
  const simple = join(directory, 'm', 'web', 'simple');
  const first = await sync(config, simple, () => false);
  process.stdout.write(`first sync of ${projects} projects: ${first.run.toFixed(2)} s\n\n`);
  for (const { what, act, isDone } of TAKEDOWNS) {
    const runs: number[] = [];
    const measured: Measured[] = [];
    for (let time = 0; time < times; time++) {
      // Out of the replay window, so that a run is about nothing else.
      timeMs += 3_600_000;
      const name = `p${next++}`;
      act(state, name);
      const page = join(simple, name, 'index.html');
      const isGone = () => isDone(existsSync(page) ? readFileSync(page, 'utf8') : null);
      let run = 1;
      for (; run <= RUNS_MAX; run++) {
        const one = await sync(config, simple, isGone);
        if (one.page === null) continue;
        measured.push(one);
        break;
      }
      runs.push(run);
    }
    const seconds = (pick: (one: Measured) => number) => median(measured.map(pick)).toFixed(2);
    rows.push([what, String(Math.max(...runs)), seconds((one) => one.page ?? 0), seconds((one) => one.run)]);
  }
} finally {
  await origin.close();
  rmSync(directory, { recursive: true, force: true });
}
const table = [['takedown', 'runs', 'page without it (s)', 'whole run (s)'], ...rows];
const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
for (const row of table)
  process.stdout.write(
    `${row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`,
  );
if (rows.some(([, runs]) => runs !== '1')) process.exitCode = 1;
