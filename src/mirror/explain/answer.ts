/** The answer in short: where a project, or a release or file of it, stands; by which rule, and why the docroot lags behind. */
import type { Drop } from '../../selection/verdict.ts';
import type { Asked } from './asked.ts';
import { isHeldByLimit, type Known, lagOf } from './known.ts';
import type { FileExplanation, Lag, Standing } from './report.ts';

export interface Answer {
  readonly standing: Standing;
  readonly drop: Drop | null;
  readonly lag: Lag | null;
}

/** Of what was asked about. */
export function answerOf(known: Known, { what, files, isUnknown }: Asked): Answer {
  const whole = answerOfProject(known);
  if (what === null) return whole;
  // A project that is gone does not mean that it ever had this.
  if (isUnknown && whole.standing === 'gone') return { standing: 'unknown', drop: null, lag: null };
  // Of what is not known file by file, the project's answer is all there is.
  if (known.detail === null && files.length === 0) return whole;
  if (isUnknown) return { standing: 'unknown', drop: null, lag: known.current ? null : 'configuration' };
  // A release that has no file upstream either is listed as upstream lists it.
  return files.length === 0 ? whole : answerOfFiles(files);
}

/** Of the whole project. */
export function answerOfProject(known: Known): Answer {
  const { drop, project, due } = known;
  const isPublished = project?.published === true;
  if (drop !== null) {
    return isPublished
      ? { standing: 'leaving', drop, lag: lagOf(known, null) }
      : { standing: 'left-out', drop, lag: null };
  }
  if (isPublished && isHeldByLimit(known)) return { standing: 'leaving', drop, lag: lagOf(known, null) };
  if (isPublished) return { standing: 'published', drop, lag: null };
  if (project?.leftOut != null || due !== null) return { standing: 'owed', drop, lag: lagOf(known, null) };
  if (project?.removed != null || known.withdrawn.size > 0) return { standing: 'gone', drop, lag: null };
  return { standing: 'unknown', drop, lag: unseenLag(known) };
}

/** Of what nobody has heard of: it may come with the next sync. */
function unseenLag({ current, serial }: Known): Lag | null {
  if (!current) return 'configuration';
  return serial === null ? 'first-sync' : null;
}

/** A release stands where most can be said for it: one file on the page is enough. */
const BEST_FIRST: readonly Standing[] = ['published', 'owed', 'leaving', 'left-out', 'gone', 'unknown'];

function answerOfFiles(files: readonly FileExplanation[]): Answer {
  const standing = BEST_FIRST.find((one) => files.some((file) => file.standing === one)) ?? 'unknown';
  const own = files.filter((file) => file.standing === standing);
  const drop = own[0]?.drop ?? null;
  const isOne = own.every((file) => file.drop?.rule === drop?.rule && file.drop?.value === drop?.value);
  return { standing, drop: isOne ? drop : null, lag: own[0]?.lag ?? null };
}
