/** Mutants of what is owed: failures forgotten, an exit status that lies, a second writer, and runs that touch what they need not. */
import type { Mutant } from './mutant.ts';

const SQLITE = 'src/catalogue/sqlite.ts';
const OUTCOME = 'src/mirror/outcome.ts';
const RUN = 'src/mirror/run.ts';
const WAVE = 'src/mirror/wave.ts';

export const OWED: readonly Mutant[] = [
  {
    id: 'pending-forgotten',
    what: 'a project that failed is no longer owed',
    promise: 'P2',
    edits: [
      {
        file: SQLITE,
        find: `      this.#due.fail(wave.failures, wave.atMs);\n`,
        replace: `      this.#due.remove(wave.failures.map(({ name }) => name));\n`,
      },
    ],
  },
  {
    id: 'untried-counted-as-done',
    what: 'the serial moves past a project that has not been tried',
    promise: 'P2',
    seenBy: 'long storm',
    edits: [
      {
        file: SQLITE,
        find: `this.meta.advance(this.#due.firstUntried(before ?? 0))`,
        replace: `this.meta.advance(null)`,
      },
    ],
  },
  {
    id: 'missing-file-not-owed',
    what: 'a page is published without a file that failed, and nothing is owed',
    promise: 'P8',
    edits: [
      {
        file: OUTCOME,
        find: `staged: gathered.staged, settled: failure === null, failure };\n`,
        replace: `staged: gathered.staged, settled: true, failure: null };\n`,
      },
    ],
    unit: ['test/unit/mirror-bad-files.test.ts'],
  },
  {
    id: 'failing-file-holds-for-ever',
    what: 'one bad file keeps all later releases of its project away for ever',
    promise: 'P2',
    beyond: 'no promise is broken: its project is pending, and stays so',
    edits: [
      {
        file: OUTCOME,
        find: `  if (!wasPublished || (project.due.pending?.attempts ?? 0) >= HELD_RUNS) return false;\n`,
        replace: `  if (!wasPublished || HELD_RUNS < 0) return false;\n`,
      },
    ],
    unit: ['test/unit/mirror-bad-files.test.ts'],
  },
  {
    id: 'vanished-file-holds-its-page',
    what: 'a file that has vanished upstream keeps its page as it was',
    promise: 'P2',
    beyond: 'no promise is broken: its project is pending, and stays so',
    edits: [
      {
        file: OUTCOME,
        find: `  if (gathered.failures.every((failure) => failure.code === 'UPSTREAM_ABSENT')) return false;\n`,
        replace: '',
      },
    ],
    unit: ['test/unit/mirror-bad-files.test.ts'],
  },
  {
    id: 'exit-0-with-pending',
    what: 'a run that owes something ends with 0',
    promise: 'P8',
    edits: [{ file: RUN, find: `  return owed > 0 ? 3 : 0;\n`, replace: `  return owed < 0 ? 3 : 0;\n` }],
    unit: ['test/unit/mirror-limits.test.ts'],
  },
  {
    id: 'exit-0-after-failed-report',
    what: 'a run that could not write its report ends as if it had',
    promise: 'P8',
    edits: [
      {
        file: RUN,
        find: `      stoppedBy = tellTrouble(deps, error, stoppedBy);\n`,
        replace: `      tellTrouble(deps, error, stoppedBy);\n`,
      },
    ],
  },
  {
    id: 'exit-0-after-failed-audit',
    what: 'a run that could not write its audit ends as if it had',
    promise: 'P8',
    seenBy: 'every cut',
    edits: [
      {
        file: RUN,
        find: `    return tellTrouble(deps, error, stopped);\n`,
        replace: `    tellTrouble(deps, error, stopped);\n    return stopped;\n`,
      },
    ],
    unit: ['test/unit/mirror-audit.test.ts'],
  },
  {
    id: 'lock-dropped-early',
    what: 'a run goes on publishing when it has lost the lock',
    promise: 'P9',
    unit: ['test/unit/mirror-limits.test.ts'],
    edits: [
      {
        file: 'src/mirror/lost-lock.ts',
        find: `  if (deps.holdsLock()) return;\n`,
        replace: `  if (deps.holdsLock() || deps.holdsLock !== undefined) return;\n`,
      },
    ],
  },
  {
    id: 'lock-not-asked-by-prune',
    what: 'prune goes on taking files away when it has lost the lock',
    promise: 'P9',
    beyond:
      'the simulation lets a batch that has begun come to its end, and a batch is more than its mirrors have',
    unit: ['test/unit/mirror-prune.test.ts'],
    edits: [{ file: 'src/mirror/prune.ts', find: `    refuseLostLock(deps);\n`, replace: '' }],
  },
  {
    id: 'lock-let-go-at-once',
    what: 'the lock is let go as soon as the mirror is open',
    promise: 'P9',
    beyond: 'the simulation takes and drops the lock itself',
    edits: [
      {
        file: 'src/cli/open-mirror.ts',
        find: `    lock?.announce({ pid: options.pid, since: isoTime(clock.now()) });\n`,
        replace: `    lock?.announce({ pid: options.pid, since: isoTime(clock.now()) });\n    lock?.release();\n`,
      },
    ],
    unit: ['test/e2e/cli-interrupt.test.ts'],
  },
  {
    id: 'dry-run-writes',
    what: 'a dry run does what it only is to tell',
    promise: 'P5',
    edits: [
      {
        file: WAVE,
        find: `  if (options.dryRun) await pretendWave(`,
        replace: `  if (options.dryRun && !options.advance) await pretendWave(`,
      },
    ],
    unit: ['test/unit/mirror-options.test.ts'],
  },
  {
    id: 'pages-rewritten',
    what: 'pages that say the same are written again',
    promise: 'P5',
    edits: [
      {
        file: 'src/mirror/publish.ts',
        find: `    if (there === null || !bytes.equals(there)) {\n`,
        replace: `    if (there === null || bytes.length > 0) {\n`,
      },
    ],
    unit: ['test/unit/mirror-replay.test.ts', 'test/unit/mirror-options.test.ts'],
  },
  {
    id: 'root-index-rewritten',
    what: 'a root index that says the same is written again',
    promise: 'P5',
    edits: [
      {
        file: 'src/mirror/root-index.ts',
        find: `  return there?.sha256 === staged.sha256 ? [] : [path];\n`,
        replace: `  return there?.sha256 === staged.sha256 && path === null ? [] : [path];\n`,
      },
      {
        file: 'src/mirror/root-index.ts',
        find: `    if (committing.rootChanged || missing) await writeShown`,
        replace: `    if (committing.rootChanged || missing || wanted.length > 0) await writeShown`,
      },
    ],
    unit: ['test/unit/mirror-replay.test.ts', 'test/unit/mirror-options.test.ts'],
  },
  {
    id: 'commit-in-parts',
    what: 'a commit is several transactions',
    promise: 'P2',
    edits: [
      {
        file: SQLITE,
        find: `    return this.db.atomicallyAsync(async () => {\n      const before`,
        replace: `    return Promise.resolve().then(async () => {\n      const before`,
      },
    ],
  },
];
