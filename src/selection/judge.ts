/** What the rules say together of one project: files that some rule drops, and what could not be judged. */
import type { FileFacts, ProjectView } from './facts.ts';
import {
  type Finding,
  isUnsure,
  type PreparedFileRule,
  type PreparedProjectRule,
  type Unsure,
} from './rule.ts';
import type { Doubt, Drop, Judgement } from './verdict.ts';

export const KEPT: Judgement = { drop: null, files: new Map(), doubts: [], untilMs: null };

/** A rule with its name, ready for use on files. */
export interface NamedFileRule {
  /** See `Drop`. */
  readonly rule: string;
  readonly look: PreparedFileRule;
}

/** Rules about whole projects come first; files of a project that is left out are not looked at. */
export function judgeProject(
  view: ProjectView,
  projectRules: readonly PreparedProjectRule[],
  fileRules: readonly NamedFileRule[],
  nowMs: number,
): Judgement {
  const doubts: Doubt[] = [];
  for (const { key, judge } of projectRules) {
    const finding = judge(view);
    if (finding === null) continue;
    const rule = `[projects] ${key}`;
    if (!isUnsure(finding)) return { ...KEPT, drop: { rule, ...finding } };
    doubts.push({ rule, subject: null, why: finding.unsure });
  }
  return judgeFiles(view, fileRules, nowMs, doubts);
}

function judgeFiles(
  view: ProjectView,
  rules: readonly NamedFileRule[],
  nowMs: number,
  doubts: Doubt[],
): Judgement {
  const judges: { readonly rule: string; readonly judge: (file: FileFacts) => Finding }[] = [];
  let untilMs: number | null = null;
  for (const { rule, look } of rules) {
    const looked = look(view, nowMs);
    if (looked === null) continue;
    judges.push({ rule, judge: looked.judge });
    if (looked.untilMs !== null) untilMs = Math.min(untilMs ?? looked.untilMs, looked.untilMs);
  }
  if (judges.length === 0) return { ...KEPT, doubts };
  const dropped = new Map<string, Drop>();
  const told = new Set<string>();
  for (const file of view.files) {
    const unsure: [rule: string, finding: Unsure][] = [];
    const drop = judges.reduce<Drop | null>((found, { rule, judge }) => {
      const finding = found === null ? judge(file) : null;
      if (finding === null) return found;
      if (!isUnsure(finding)) return { rule, ...finding };
      unsure.push([rule, finding]);
      return null;
    }, null);
    if (drop !== null) dropped.set(file.file.filename, drop);
    else for (const [rule, finding] of unsure) tell(doubts, told, rule, finding, file);
  }
  return { drop: null, files: dropped, doubts, untilMs };
}

/** Once for a release, and only of what is kept. */
function tell(
  doubts: Doubt[],
  told: Set<string>,
  rule: string,
  { unsure, about }: Unsure,
  file: FileFacts,
): void {
  const subject =
    about === 'project' ? null : about === 'release' ? (file.release?.version ?? null) : file.file.filename;
  const key = `${rule}\n${about}\n${subject}`;
  if (told.has(key)) return;
  told.add(key);
  doubts.push({ rule, subject, why: unsure });
}
