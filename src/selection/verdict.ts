/** What the selection says of a project, a release or a file: kept, or left out by a rule, or kept because nobody can tell. */

/** Why something is left out: the rule that says so, and the value of the rule that did. */
export interface Drop {
  /** As the operator writes it: `[releases] min-age`, `[[exception]] 2: platforms`. */
  readonly rule: string;
  /** The value, or the one pattern of several that decided: `3d`, `django<4`. */
  readonly value: string;
  /** One line on what was looked at: `uploaded 2026-11-20T10:00:00Z`, `version 3.2`. */
  readonly why: string;
}

/** Kept, although a rule that looks at it could not be applied. */
export interface Doubt {
  readonly rule: string;
  /** The file or version, or null: the whole project. */
  readonly subject: string | null;
  /** What is wrong with it: `not a PEP 440 version`, `no upload time`. */
  readonly why: string;
}

/** What the selection says of one project, at one time. */
export interface Judgement {
  /** The whole project is left out; `files` then says nothing. */
  readonly drop: Drop | null;
  /** Files that are left out, by name; every other file is kept. */
  readonly files: ReadonlyMap<string, Drop>;
  readonly doubts: readonly Doubt[];
  /** When time alone will next change this; null: never. */
  readonly untilMs: number | null;
}
