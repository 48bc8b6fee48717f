/** Counts what the rules leave out of a project, rule by rule. Pure. */
import type { RuleCount } from '../events.ts';
import { offeredFiles } from '../pypi/detail.ts';
import type { Detail } from '../pypi/types.ts';
import type { Judgement } from '../selection/verdict.ts';

/** What is left out of one project; nothing of it is counted twice. */
export function dropCounts(detail: Detail, { drop, files }: Judgement): RuleCount[] {
  const offered = offeredFiles(detail);
  const sizeOf = (sum: number, file: { readonly sizeBytes: number | null }) => sum + (file.sizeBytes ?? 0);
  if (drop !== null) {
    return [{ rule: drop.rule, projects: 1, files: offered.length, bytes: offered.reduce(sizeOf, 0) }];
  }
  const sums = new DropSums();
  for (const file of offered) {
    const why = files.get(file.filename);
    if (why !== undefined) sums.add([{ rule: why.rule, projects: 0, files: 1, bytes: file.sizeBytes ?? 0 }]);
  }
  return [...sums.counts];
}

/** Sums of counts, in the order of the rules' names. */
export class DropSums {
  readonly #byRule = new Map<string, RuleCount>();

  add(counts: readonly RuleCount[]): void {
    for (const count of counts) {
      const sum = this.#byRule.get(count.rule);
      this.#byRule.set(count.rule, {
        rule: count.rule,
        projects: (sum?.projects ?? 0) + count.projects,
        files: (sum?.files ?? 0) + count.files,
        bytes: (sum?.bytes ?? 0) + count.bytes,
      });
    }
  }

  get counts(): readonly RuleCount[] {
    return [...this.#byRule.values()].sort((a, b) => (a.rule < b.rule ? -1 : 1));
  }
}
