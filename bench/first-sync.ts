/**
 * Measures a first sync of many projects: seconds, requests, and the peak of resident memory; then a run with nothing new.
 *
 *     node bench/first-sync.ts [projects=10000] [files per project=2]
 *
 * Upstream is the built-in one, in this process; the mirror is the built program as a child, as cron would start it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOrigin } from '../src/demo/http-origin.ts';
import { IndexState } from '../src/demo/index-state.ts';
import { makeWheel } from '../src/demo/wheel.ts';

const PROGRAM = fileURLToPath(new URL('../bin/jubjub.js', import.meta.url));
const POLL_MS = 10;

interface Measured {
  readonly seconds: number;
  /** Peak resident memory, from /proc. */
  readonly peakMb: number;
  readonly status: number | null;
  readonly requests: number;
}

async function measure(config: string): Promise<Measured> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [PROGRAM, 'sync', '-c', config, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peakKb = 0;
  const poll = setInterval(() => {
    try {
      const hwm = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      peakKb = Math.max(peakKb, Number(hwm ?? 0));
    } catch {
      // The child has just ended.
    }
  }, POLL_MS);
  let tail = '';
  child.stdout.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-65_536);
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(poll);
  const seconds = (performance.now() - startedMs) / 1000;
  const summary = JSON.parse(tail.trim().split('\n').at(-1) ?? '{}') as { requests?: number };
  return { seconds, peakMb: peakKb / 1024, status, requests: summary.requests ?? 0 };
}

function report(what: string, { seconds, peakMb, status, requests }: Measured): void {
  process.stdout.write(
    `${what}: ${seconds.toFixed(2)} s, peak ${peakMb.toFixed(0)} MB, ${requests} requests, exit ${status}\n`,
  );
}

const projects = Number(process.argv[2] ?? 10_000);
const filesEach = Number(process.argv[3] ?? 2);
let timeMs = Date.now() - 3_600_000;
const state = new IndexState({ now: () => timeMs });
for (let index = 0; index < projects; index++) {
  timeMs += Math.min(1000, 3_500_000 / projects);
  for (let version = 1; version <= filesEach; version++) {
    const modules = { [`p${index}.py`]: `VALUE = ${index * version}\n` };
    state.uploadFile(makeWheel({ name: `p${index}`, version: `${version}.0`, modules }));
  }
}
// One change long after all others, so that the replay window holds nothing but it.
timeMs += 3_600_000;
state.addRole('p0', 'Owner', 'alice');
const directory = mkdtempSync(join(tmpdir(), 'jubjub-bench-'));
const origin = await startOrigin(state);
try {
  const config = join(directory, 'mirror.toml');
  writeFileSync(config, `directory = "m"\n[upstream]\nurl = "${origin.url}"\n`);
  report(`first sync of ${projects} projects`, await measure(config));
  for (let run = 1; run <= 5; run++) report('nothing new', await measure(config));
} finally {
  await origin.close();
  rmSync(directory, { recursive: true, force: true });
}
