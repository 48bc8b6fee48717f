/**
 * What a rule is. Each is a function of what upstream has, never of what other rules leave, and can only drop: a file is kept when no
 * rule drops it. So neither their order nor their number matters, and adding one never adds a file.
 */
import type { FileFacts, ProjectView } from './facts.ts';
import type { FileRules, ProjectRules, ReleaseRules } from './settings.ts';

/** Of a project's name, or of the project as a whole, or of a file: that it is dropped. */
export interface Against {
  /** See `Drop`. */
  readonly value: string;
  readonly why: string;
}

/** That nobody can tell, so that it is kept. */
export interface Unsure {
  readonly unsure: string;
  /** What is strange: the file, its whole release, or the project. */
  readonly about: 'file' | 'release' | 'project';
}

/** Null: nothing is to be said against it. */
export type Finding = Against | Unsure | null;

export function isUnsure(finding: Against | Unsure): finding is Unsure {
  return 'unsure' in finding;
}

/** The version of a file cannot be told. */
export const NO_RELEASE: Unsure = { unsure: 'its version cannot be told from its name', about: 'file' };
export const NO_PEP_440: Unsure = { unsure: 'not a PEP 440 version', about: 'release' };

/** The keys of `[releases]` and `[files]` together: those that an exception may replace. */
export type FileRuleValues = ReleaseRules & FileRules;
export type FileRuleKey = keyof FileRuleValues;

/** A rule about a project as a whole. */
export interface PreparedProjectRule {
  /** As the operator writes it. */
  readonly key: string;
  readonly looksAtInfo: boolean;
  readonly judge: (project: ProjectView) => Finding;
}

export interface ProjectRule {
  readonly key: string;
  /** Ready for use; empty when the operator does not use it. */
  prepare(rules: ProjectRules): readonly PreparedProjectRule[];
  /** Changes exactly when the rule does; empty when it is not used. */
  spell(rules: ProjectRules): string;
}

/** What a rule says of the files of one project. */
export interface FileJudge {
  readonly judge: (file: FileFacts) => Finding;
  /** When time alone will next change what it says; null: never. */
  readonly untilMs: number | null;
}

/** A rule about files, by their release or by themselves. Nothing is kept back by it when `prepare` gives null. */
export interface FileRule {
  readonly table: 'releases' | 'files';
  /** As the operator writes it. */
  readonly key: string;
  /** The setting that uses it first, then those that say how. */
  readonly settings: readonly [FileRuleKey, ...FileRuleKey[]];
  prepare(values: FileRuleValues): PreparedFileRule | null;
}

/** Null: this project has nothing that the rule could drop. */
export type PreparedFileRule = (project: ProjectView, nowMs: number) => FileJudge | null;

/** A rule that looks at one file after another, whatever its project. */
export function eachFile(judge: (file: FileFacts) => Finding): PreparedFileRule {
  const always: FileJudge = { judge, untilMs: null };
  return () => always;
}
