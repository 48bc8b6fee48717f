/** The measured part of bench/catch-up.ts, in a process of its own: reads a changelog and folds it into a new catalogue. */
import { setFlagsFromString } from 'node:v8';
import { openMirror } from '../../src/cli/open-mirror.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { silent } from '../../src/events.ts';
import { discoverChanges } from '../../src/mirror/discover.ts';

// As the program does.
setFlagsFromString('--optimize-for-size');
const [config = '', since = '', rows = ''] = process.argv.slice(2);
const { deps, close } = await openMirror(loadConfig(config).settings, {
  clock: systemClock,
  emit: silent,
  env: {},
  pid: process.pid,
  dryRun: false,
  acceptUpstream: false,
});
const { signal } = new AbortController();
await deps.upstream.recognize(null, signal);
deps.catalogue.setDiscovered(Number(since));
const startedMs = performance.now();
await discoverChanges(deps, signal);
const seconds = (performance.now() - startedMs) / 1000;
// Serials of the generated changelog are two apart.
const missing = Number(since) + 2 * Number(rows) - 1 - (deps.catalogue.progress().discovered ?? 0);
await close();
if (missing !== 0) throw new Error(`${missing} serials were not discovered`);
process.stdout.write(`${seconds}\n`);
