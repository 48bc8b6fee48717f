/** What time alone will change of what the rules say: when, and which files are kept then. */
import { isoTime } from '../../clock.ts';
import type { Detail } from '../../pypi/types.ts';
import type { Judgement } from '../../selection/verdict.ts';
import { choose } from '../chosen.ts';
import type { ExplainDeps, Known } from './known.ts';
import type { Explanation } from './report.ts';

/** So many moments are looked ahead, of a project with many files fewer: one may have uploads by the hour, hidden for a year. */
const MOMENTS_MAX = 200;
const FILES_LOOKED_AT_MAX = 100_000;

export interface Outlook {
  /** For files that are left out now: the first time when they are kept. */
  readonly keptFrom: ReadonlyMap<string, string>;
  readonly next: Explanation['nextChange'];
}

/** Judges the project at each time when something changes, as far as it is looked ahead. */
export function lookAhead(deps: ExplainDeps, { detail, judgement }: Known): Outlook {
  const keptFrom = new Map<string, string>();
  let next: Explanation['nextChange'] = null;
  if (detail === null || judgement === null) return { keptFrom, next };
  const left = new Set(droppedBy(detail, judgement));
  let before = new Set(left);
  const moments = Math.min(MOMENTS_MAX, Math.ceil(FILES_LOOKED_AT_MAX / Math.max(1, detail.files.length)));
  let atMs = judgement.untilMs;
  for (let moment = 0; moment < moments && atMs !== null; moment++) {
    const then = choose(deps, detail, atMs);
    const dropped = new Set(droppedBy(detail, then));
    const files = [...before].filter((filename) => !dropped.has(filename));
    const leaving = [...dropped].filter((filename) => !before.has(filename));
    // A moment may change nothing: another rule leaves the same file out.
    if (files.length > 0 || leaving.length > 0) next ??= { at: isoTime(atMs), files, leaving };
    for (const filename of files) if (left.delete(filename)) keptFrom.set(filename, isoTime(atMs));
    before = dropped;
    // Never back in time, whatever a rule answers.
    atMs = then.untilMs !== null && then.untilMs > atMs ? then.untilMs : null;
  }
  return { keptFrom, next };
}

function droppedBy(detail: Detail, { drop, files }: Judgement): readonly string[] {
  return drop === null ? [...files.keys()] : detail.files.map(({ filename }) => filename);
}
