/** What a mirror says of itself: `status --json`, its public part `web/status.json`, and `web/last-modified`. */
import type { Catalogue, PendingProject } from '../catalogue/contract.ts';
import { isoTime } from '../clock.ts';
import type { PendingReport } from '../events.ts';
import { parseDocrootPath } from '../pypi/paths.ts';
import { harmlessJson } from '../pypi/quote.ts';
import type { DocrootPath, Serial } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import { toldSerial } from './dialect.ts';
import type { StatusReport } from './status-report.ts';

/** More pending projects than this are counted, not listed; the limit of pending projects is below it by default. */
const PENDING_SHOWN_MAX = 10_000;

export function pendingReports(catalogue: Catalogue): PendingReport[] {
  return catalogue.pending(PENDING_SHOWN_MAX).map(pendingReport);
}

export function pendingReport(pending: PendingProject): PendingReport {
  return {
    name: pending.name,
    serial: pending.serial,
    attempts: pending.attempts,
    since: isoTime(pending.sinceMs),
    nextTry: isoTime(pending.nextTryMs),
    code: pending.code,
    message: pending.message,
  };
}

/** Reads the catalogue; no network, no docroot. */
export function statusReport(catalogue: Catalogue): StatusReport {
  const { projects, files, bytes } = catalogue.publishedCounts();
  const run = catalogue.lastRun();
  const drift = catalogue.drift();
  const completeMs = catalogue.lastCompleteMs();
  const told = (serial: Serial | null) => toldSerial({ catalogue }, serial);
  return {
    serial: told(catalogue.progress().serial),
    upstream: catalogue.identity() ?? '',
    changes: catalogue.dialect()?.kind ?? null,
    projects,
    files,
    bytes,
    pending: pendingReports(catalogue),
    drift:
      drift === null ? null : { checked: drift.checked, found: drift.found, since: isoTime(drift.sinceMs) },
    lastRun:
      run === null
        ? null
        : {
            startedAt: isoTime(run.startedMs),
            finishedAt: isoTime(run.finishedMs),
            exitStatus: run.exitStatus,
            from: told(run.from),
            to: told(run.to),
          },
    lastComplete: completeMs === null ? null : isoTime(completeMs),
  };
}

/** Writes `status.json`, and `last-modified` after a run that ended with 0 (PEP 381: the start of that run). */
export async function publishReports(
  deps: MirrorDeps,
  complete: { readonly startedMs: number } | null,
): Promise<void> {
  const documents: [DocrootPath, string][] = [
    [docrootPath('status.json'), `${harmlessJson(JSON.stringify(statusReport(deps.catalogue), null, 2))}\n`],
  ];
  if (complete !== null) documents.push([docrootPath('last-modified'), `${isoTime(complete.startedMs)}\n`]);
  for (const [path, text] of documents) await deps.store.stageBytes(path, Buffer.from(text, 'utf8'));
  const paths = documents.map(([path]) => path);
  await deps.store.flushStaged(paths);
  await deps.store.place(paths);
}

function docrootPath(raw: string): DocrootPath {
  const path = parseDocrootPath(raw);
  if (path === null) throw new Error(`not a docroot path: ${raw}`);
  return path;
}
