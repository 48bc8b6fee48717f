/** The table of rules; a new one is one file and one line here. */
import { abi } from './files/abi.ts';
import { maxSize as maxFileSize } from './files/max-size.ts';
import { names } from './files/names.ts';
import { platforms } from './files/platforms.ts';
import { python } from './files/python.ts';
import { requiresPython } from './files/requires-python.ts';
import { types } from './files/types.ts';
import { maxSize } from './projects/max-size.ts';
import { maxVersions } from './projects/max-versions.ts';
import { metadata } from './projects/metadata.ts';
import { minVersions } from './projects/min-versions.ts';
import { status } from './projects/status.ts';
import { allow } from './releases/allow.ts';
import { block } from './releases/block.ts';
import { notAfter, notBefore } from './releases/dates.ts';
import { latest } from './releases/latest.ts';
import { minAge } from './releases/min-age.ts';
import { prereleases } from './releases/prereleases.ts';
import { versions } from './releases/versions.ts';
import { yanked } from './releases/yanked.ts';
import type { FileRule, ProjectRule } from './rule.ts';

/** About a project's name: see names.ts, for what these say depends on one another. */
export const NAME_KEYS = ['reserved', 'block', 'allow', 'requirements', 'dependencies'] as const;

/** About a project as a whole. */
export const PROJECT_RULES: readonly ProjectRule[] = [status, maxSize, maxVersions, minVersions, metadata];

/** About files; of several that drop one, the first is named. */
export const FILE_RULES: readonly FileRule[] = [
  ...[allow, block, versions, yanked, prereleases, latest, notBefore, notAfter, minAge],
  ...[types, maxFileSize, names, platforms, abi, requiresPython, python],
];

/** How a rule is called in a `Drop` or `Doubt`, but for exceptions, which say their number instead: `[[exception]] 2: abi`. */
export const RULE_KEYS: readonly string[] = [
  ...NAME_KEYS.map((key) => `[projects] ${key}`),
  ...PROJECT_RULES.map(({ key }) => `[projects] ${key}`),
  ...FILE_RULES.map(({ table, key }) => `[${table}] ${key}`),
];
