/**
 * Several mirrors of one simulated upstream behind one nginx, worked on by a process that is killed again and again while
 * readers follow links. After each kill the docroots on disk and their catalogues must keep the promise as they are.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SqliteCatalogue } from '../../../src/catalogue/sqlite.ts';
import { checkAlways } from '../check-promise.ts';
import { type DiskTrouble, troubleArguments } from '../disk-trouble-options.ts';
import { MirrorPlace } from '../mirror-place.ts';
import { OriginHistory } from '../origin-history.ts';
import { assertBuilt, environment } from '../program.ts';
import type { Sim } from '../sim/sim.ts';
import { BEGUN_LINE, type SideBySideEnd, type SideBySideJob } from './side-by-side-words.ts';

const PROCESS = fileURLToPath(new URL('./side-by-side.ts', import.meta.url));

/** How the process is ended: by a signal so long after the runs began, or by itself right before a step on disk. */
export type Ending =
  | { readonly signal: 'SIGKILL' | 'SIGTERM'; readonly afterMs: number }
  | { readonly trouble: DiskTrouble }
  | null;

export interface FleetRun {
  /** Runs that came to their end by themselves. */
  readonly ended: readonly SideBySideEnd[];
  /** Runs that a SIGKILL ended. */
  readonly killed: number;
  readonly durationMs: number;
  readonly stderr: string;
}

/** Statuses of runs that were not killed: a stopped one, and one beside which an earlier one was still dying. */
const STATUSES: readonly number[] = [0, 3, 130];
/** It may find what a killed run has left. */
const VERIFY_STATUSES: readonly number[] = [...STATUSES, 5];

export class Fleet {
  readonly sim: Sim;
  readonly places: readonly MirrorPlace[];
  readonly #origin: OriginHistory;

  constructor(sim: Sim, directory: string, mirrors: number) {
    assertBuilt();
    this.sim = sim;
    this.#origin = new OriginHistory(sim.state, { site: sim.url, files: sim.filesUrl });
    this.places = Array.from(
      { length: mirrors },
      (_, at) => new MirrorPlace(join(directory, `mirror-${at}`)),
    );
  }

  /** Runs the jobs side by side in one process, which ends as is said, or by itself. */
  async run(
    t: { after(hook: () => void): void },
    jobs: readonly SideBySideJob[],
    ending: Ending,
  ): Promise<FleetRun> {
    const before = ending !== null && 'trouble' in ending ? troubleArguments(ending.trouble) : [];
    const child = spawn(process.execPath, [...before, PROCESS, JSON.stringify(jobs)], {
      env: environment({ NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '' }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => void child.kill('SIGKILL'));
    const said = { stdout: '', stderr: '' };
    const begun = Promise.withResolvers<void>();
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said.stdout += chunk;
      if (said.stdout.startsWith(BEGUN_LINE)) begun.resolve();
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said.stderr += chunk;
    });
    const gone = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once('close', (_status, signal) => {
        begun.resolve();
        resolve(signal);
      }),
    );
    await begun.promise;
    const beganAt = performance.now();
    if (ending !== null && 'signal' in ending) {
      const early = new AbortController();
      void gone.then(() => early.abort());
      await sleep(ending.afterMs, null, { signal: early.signal }).catch(() => null);
      child.kill(ending.signal);
    }
    const signal = await gone;
    const ended = said.stdout
      .split('\n')
      .slice(1, -1)
      .map((line) => JSON.parse(line) as SideBySideEnd);
    for (const one of ended) {
      const expected = one.argv[0] === 'verify' ? VERIFY_STATUSES : STATUSES;
      assert.ok(expected.includes(one.status), `${one.argv.join(' ')} ended with ${one.status}: ${one.said}`);
    }
    if (signal === null)
      assert.equal(ended.length, jobs.length, `the process ended too early: ${said.stderr}`);
    return {
      ended,
      killed: jobs.length - ended.length,
      durationMs: performance.now() - beganAt,
      stderr: said.stderr,
    };
  }

  /** P1, P2, P3 and P6 of every mirror, as it lies on disk now. */
  check(): void {
    for (const place of this.places) {
      if (!existsSync(place.web)) continue;
      const catalogue = openOrNull(place.catalogueFile);
      if (catalogue === null) {
        assert.deepEqual([...place.tree().keys()], [], 'nothing is published before there is a catalogue');
        continue;
      }
      try {
        checkAlways(place.tree(), catalogue, this.#origin);
      } finally {
        catalogue.close();
      }
    }
  }
}

/** null when the process did not live to make it. */
function openOrNull(file: string): SqliteCatalogue | null {
  if (!existsSync(file)) return null;
  return new SqliteCatalogue(file);
}
