/**
 * Runs the whole suite: `node test/run-suite.ts`.
 *
 * Node gives each test file a process. Half of what 130 small files cost is starting, loading and warming up, so that here
 * neighbours share one, in shards; the end-to-end tests and simulations, and whatever a test says or reads of its
 * process, keep one each. A single file runs as ever: `node --test test/unit/pypi-paths.test.ts`.
 *
 * A shard that dies takes with it the tests that it has not run: its files are run again, one process each, so that no crash
 * hides anything. The suite has failed all the same.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SHARD = new URL('./support/shard.ts', import.meta.url).href;
const FILES_PER_SHARD_MAX = 10;
const SHARED_FOLDERS = /^test\/(?:unit|property|contract)\//;
/** Hooks of a whole file would be hooks of its neighbours; peak memory and variables are the process's. */
const WANTS_ITS_OWN_PROCESS =
  /^(?:before|after|beforeEach|afterEach)\(|process\.(?:resourceUsage|memoryUsage|env)\b/m;
/** One more than the machine has in mind, because tests wait for disks and servers, too. */
const OPTIONS = ['--test', '--test-concurrency=3', '--test-timeout=120000'];

interface Shard {
  readonly entry: string;
  readonly doneFile: string;
  readonly files: readonly string[];
}

function sharesProcess(file: string): boolean {
  return SHARED_FOLDERS.test(file) && !WANTS_ITS_OWN_PROCESS.test(readFileSync(join(ROOT, file), 'utf8'));
}

/** Neighbours in the alphabet stay together: they load the same modules. */
function makeShards(files: readonly string[], directory: string): Shard[] {
  const count = Math.ceil(files.length / FILES_PER_SHARD_MAX);
  const size = Math.ceil(files.length / count);
  return Array.from({ length: count }, (_, at) => {
    const shard = {
      entry: join(directory, `shard-${at}.test.mjs`),
      doneFile: join(directory, `shard-${at}.done`),
      files: files.slice(at * size, (at + 1) * size),
    };
    const urls = shard.files.map((file) => pathToFileURL(join(ROOT, file)).href);
    const call = `await runShard(${JSON.stringify(urls)}, ${JSON.stringify(shard.doneFile)});`;
    writeFileSync(shard.entry, `import { runShard } from ${JSON.stringify(SHARD)};\n${call}\n`);
    return shard;
  });
}

/** Runs files, each in a process. @returns whether all went well */
function runFiles(files: readonly string[]): boolean {
  const cache = join(ROOT, 'node_modules', '.cache', 'compile');
  const env = { NODE_COMPILE_CACHE: cache, ...process.env };
  const { status } = spawnSync(process.execPath, [...OPTIONS, ...files], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
  });
  return status === 0;
}

function runSuite(directory: string): boolean {
  const files = globSync('test/**/*.test.ts', { cwd: ROOT }).sort();
  const shared = files.filter(sharesProcess);
  const alone = files.filter((file) => !shared.includes(file));
  const shards = makeShards(shared, directory);
  const isGood = runFiles([...shards.map(({ entry }) => entry), ...alone]);
  const died = shards.filter(({ doneFile }) => !existsSync(doneFile));
  if (died.length === 0) return isGood;
  const again = died.flatMap(({ files: cutOff }) => cutOff);
  process.stderr.write(
    `\n${died.length} processes died before all of their tests had run; again, one file at a time:\n`,
  );
  runFiles(again);
  return false;
}

const directory = mkdtempSync(join(tmpdir(), 'jubjub-shards-'));
try {
  process.exitCode = runSuite(directory) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
