/** A small run as the engine would tell it, for tests of the display. */
import type { PendingReport, RunEvent, SyncSummary } from '../../src/events.ts';

export const PENDING: PendingReport = {
  name: 'numpy',
  serial: 124,
  attempts: 2,
  since: '2026-11-21T09:00:00Z',
  nextTry: '2026-11-21T09:35:00Z',
  code: 'UPSTREAM_STALE_PAGE',
  message: 'the page is older than its change',
};

export const SUMMARY: SyncSummary = {
  exitStatus: 0,
  dryRun: false,
  from: 100,
  serial: 123,
  projects: 12,
  added: 0,
  unchanged: 300,
  files: 40,
  bytes: 81_920,
  withdrawn: 0,
  filesWithdrawn: 0,
  bytesWithdrawn: 0,
  selection: { dropped: [], doubts: 0 },
  reserved: [],
  recalled: { files: 0, bytes: 0 },
  hidden: { files: 0, bytes: 0 },
  deleted: { files: 0, bytes: 0 },
  drift: { checked: 0, found: 0 },
  requests: 61,
  durationMs: 12_300,
  pending: [],
  stoppedBy: null,
};

/** A run of one wave in which one project is brought in, one withdrawn and one left pending. */
export const RUN: readonly RunEvent[] = [
  { type: 'started', upstream: 'https://pypi.example', serial: 100, dryRun: false },
  { type: 'discovered', head: 123, projects: 3, why: 'changes since 100' },
  { type: 'phase', phase: 'details', wave: 1 },
  {
    type: 'retry',
    what: '/simple/numpy/',
    code: 'UPSTREAM_STATUS',
    message: '503',
    attempt: 1,
    waitMs: 412.7,
  },
  { type: 'detail', name: 'scipy', outcome: 'changed' },
  { type: 'detail', name: 'gone', outcome: 'gone' },
  { type: 'detail', name: 'numpy', outcome: 'failed' },
  { type: 'pending', ...PENDING },
  { type: 'planned', wave: 1, projects: 1, files: 1, bytes: 4000 },
  { type: 'phase', phase: 'transfer', wave: 1 },
  { type: 'bytes', bytes: 1000 },
  { type: 'bytes', bytes: 3000 },
  { type: 'file', name: 'scipy', filename: 'scipy-1.tar.gz', bytes: 4000 },
  { type: 'warning', code: 'UPSTREAM_MALFORMED', message: 'a row without a name' },
  { type: 'published', name: 'scipy', serial: 120, files: 1 },
  { type: 'withdrawn', name: 'gone', why: 'removed upstream' },
  { type: 'committed', wave: 1, serial: 123, remaining: 0 },
  { type: 'summary', ...SUMMARY, exitStatus: 3, projects: 1, withdrawn: 1, pending: [PENDING] },
];
