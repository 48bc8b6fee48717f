/** Mutants of verification: bytes that are believed without having been looked at, and paths that two files share. */
import type { Mutant } from './mutant.ts';

const TRANSFER = 'src/mirror/transfer.ts';
const HOLDINGS = 'src/mirror/holdings.ts';

export const BYTES: readonly Mutant[] = [
  {
    id: 'digest-not-checked',
    what: 'a file of the right size is accepted with any digest',
    promise: 'P1',
    edits: [
      {
        file: TRANSFER,
        find: `  if (sizeIsRight && digestIsRight) return null;\n`,
        replace: `  if (sizeIsRight) return null;\n`,
      },
    ],
    unit: ['test/unit/mirror-bad-files.test.ts'],
  },
  {
    id: 'nothing-checked',
    what: 'a file is accepted with any digest and any size',
    promise: 'P1',
    edits: [
      {
        file: TRANSFER,
        find: `  if (sizeIsRight && digestIsRight) return null;\n`,
        replace: `  if (sizeIsRight || !digestIsRight) return null;\n`,
      },
    ],
    unit: ['test/unit/mirror-bad-files.test.ts'],
  },
  {
    id: 'staged-trusted-by-size',
    what: 'what an earlier run has staged is trusted when it has the right size',
    promise: 'P1',
    seenBy: 'long storm',
    edits: [
      {
        file: TRANSFER,
        find: `  if (wanted.sha256 !== null && writer.digest().sha256 === wanted.sha256) return writer.digest();\n`,
        replace: `  if (wanted.sha256 !== null && writer.sizeBytes === wanted.sizeBytes)
    return { sha256: wanted.sha256, sizeBytes: writer.sizeBytes };\n`,
      },
    ],
  },
  {
    id: 'halves-joined-unseen',
    what: 'a download that goes on after a cut is joined to what lies there without looking at the whole',
    promise: 'P1',
    edits: [
      {
        file: TRANSFER,
        find: `      if (wrong === null) return digest;\n`,
        replace: `      if (wrong === null || mismatches > 0) return digest;\n`,
      },
      {
        file: TRANSFER,
        find: `      await writer.restart();\n      mismatches += 1;\n`,
        replace: `      mismatches += 1;\n`,
      },
    ],
    unit: ['test/unit/mirror-bad-files.test.ts'],
  },
  {
    id: 'sidecar-not-checked',
    what: 'a sidecar is accepted with any digest',
    promise: 'P1',
    seenBy: 'long storm',
    edits: [
      {
        file: TRANSFER,
        find: `      sha256: file.metadata?.sha256 ?? null,\n      sizeBytes: null,\n`,
        replace: `      sha256: null,\n      sizeBytes: null,\n`,
      },
    ],
    unit: ['test/unit/mirror-bad-files.test.ts'],
  },
  {
    id: 'sidecar-out-of-the-wheel-not-compared',
    what: 'what a wheel holds is placed as its sidecar, whatever upstream advertises',
    promise: 'P1',
    edits: [
      {
        file: TRANSFER,
        find: `  if (bytes === null || sha256Of(bytes) !== advertised) return null;\n`,
        replace: `  if (bytes === null) return null;\n`,
      },
    ],
    unit: ['test/unit/mirror-bad-files.test.ts'],
  },
  {
    id: 'other-bytes-at-a-taken-path',
    what: 'a file is placed over another one with other bytes',
    promise: 'P1',
    beyond: 'no two projects of the simulated index list one path',
    edits: [
      {
        file: 'src/mirror/plan.ts',
        find: `    if (there === null || there === file.sha256) return path;\n`,
        replace: `    if (there !== undefined) return path;\n`,
      },
    ],
    unit: ['test/unit/mirror-bad-pages.test.ts', 'test/unit/mirror-review-files.test.ts'],
  },
  {
    id: 'intended-trusted',
    what: 'a file of a plan that nobody lived to commit is trusted by its size',
    promise: 'P1',
    edits: [
      {
        file: HOLDINGS,
        find: `row?.state === 'published' && row.sha256 === file.sha256 && !distrusted;\n`,
        replace: `row !== undefined && row.sha256 === file.sha256 && !distrusted;\n`,
      },
    ],
    equivalent:
      'nothing of ours gets a name in the docroot before its bytes are flushed and verified; only what somebody else put there would be believed',
  },
  {
    id: 'size-not-checked',
    what: 'a file with the right digest is accepted with any size',
    promise: 'P1',
    edits: [
      {
        file: TRANSFER,
        find: `  if (sizeIsRight && digestIsRight) return null;\n`,
        replace: `  if (digestIsRight) return null;\n`,
      },
    ],
    equivalent: 'the right digest has the right size; only a page that lies about sizes would be told apart',
  },
  {
    id: 'interrupted-file-left-out',
    what: 'a file whose transfer was interrupted counts as not offered',
    promise: 'P2',
    seenBy: 'long storm',
    edits: [
      {
        file: 'src/mirror/outcome.ts',
        find: `  if (gathered.interrupted) return { ...base, settled: false, unchanged: false };\n`,
        replace: '',
      },
    ],
    unit: ['test/unit/mirror-interrupt.test.ts'],
  },
];
