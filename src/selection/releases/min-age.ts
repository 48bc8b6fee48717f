/**
 * `[releases] min-age`, the cooldown: files stay hidden until they are old enough, but for projects that `min-age-exempt` names.
 *
 * It is lifted where waiting would leave only yanked files: when a file is old enough, and all files that came before the first that is
 * not yanked are yanked, then the release of that first one is shown at once, with all that came until it is old enough itself. (What
 * is added to that release later waits again; otherwise the lift would never end.) Time only ever shows more.
 */
import type { FileFacts, ProjectView, Release } from '../facts.ts';
import { namePatterns } from '../patterns.ts';
import type { FileJudge, FileRule } from '../rule.ts';
import { shownDuration } from '../shown-list.ts';
import { noUploadTime, uploaded } from './dates.ts';

export const minAge: FileRule = {
  table: 'releases',
  key: 'min-age',
  settings: ['minAgeMs', 'minAgeExempt'],
  prepare({ minAgeMs, minAgeExempt }) {
    if (minAgeMs === 0) return null;
    const exempt = namePatterns(minAgeExempt);
    const value = shownDuration(minAgeMs);
    return (project, nowMs) => {
      if (isAllOld(project, nowMs - minAgeMs) || exempt.find(project.name) !== null) return null;
      return judgeAges(project, nowMs, minAgeMs, value);
    };
  },
};

function isAllOld({ files }: ProjectView, thresholdMs: number): boolean {
  return files.every(({ uploadedMs }) => uploadedMs !== null && uploadedMs <= thresholdMs);
}

function judgeAges(project: ProjectView, nowMs: number, minAgeMs: number, value: string): FileJudge {
  const lift = liftOf(project, nowMs, minAgeMs);
  const isHidden = (file: FileFacts, atMs: number) => {
    if (atMs + minAgeMs <= nowMs) return false;
    return lift === null || file.isYanked || atMs >= lift.untilMs || file.release !== lift.release;
  };
  let untilMs: number | null = null;
  for (const file of project.files) {
    const { uploadedMs: atMs } = file;
    if (atMs === null || !isHidden(file, atMs)) continue;
    if (untilMs === null || atMs + minAgeMs < untilMs) untilMs = atMs + minAgeMs;
  }
  return {
    untilMs,
    judge(file) {
      if (file.uploadedMs === null) return noUploadTime(file);
      return isHidden(file, file.uploadedMs) ? { value, why: uploaded(file) } : null;
    },
  };
}

interface Lift {
  readonly release: Release;
  /** Files of it that came before this time are shown. */
  readonly untilMs: number;
}

/** Null: the rule holds for all files. */
function liftOf({ files }: ProjectView, nowMs: number, minAgeMs: number): Lift | null {
  let first: FileFacts | null = null;
  let oldestMs = Infinity;
  for (const file of files) {
    const { uploadedMs: atMs } = file;
    if (atMs === null) continue;
    if (atMs < oldestMs) oldestMs = atMs;
    if (!file.isYanked && (first === null || atMs < (first.uploadedMs ?? 0))) first = file;
  }
  const firstMs = first?.uploadedMs ?? null;
  const release = first?.release ?? null;
  if (firstMs === null || release === null) return null;
  const hasOnlyYanked = oldestMs < firstMs && oldestMs + minAgeMs <= nowMs;
  return hasOnlyYanked ? { release, untilMs: firstMs + minAgeMs } : null;
}
