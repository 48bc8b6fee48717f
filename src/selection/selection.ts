/** What the mirror keeps: what the operator's rules say together of projects, releases and files. */
import type { Detail, JsonObject, ProjectName } from '../pypi/types.ts';
import type { Ask } from './asks.ts';
import { type Overlaid, prepareExceptions, spellRule } from './exceptions.ts';
import { ProjectView } from './facts.ts';
import { fingerprintOf, namesFingerprintOf } from './fingerprint.ts';
import { judgeProject, KEPT, type NamedFileRule } from './judge.ts';
import { allowedOutright, follows, prepareNames } from './names.ts';
import { FILE_RULES, PROJECT_RULES } from './rules.ts';
import type { Environment, SelectionSettings } from './settings.ts';
import type { Drop, Judgement } from './verdict.ts';
import { askJudge } from './wanted.ts';

export * from './checks.ts';
export { RULE_KEYS } from './rules.ts';

/** What is known of a project when it is judged. */
export interface ProjectFacts {
  /** As upstream has it, with all files. */
  readonly detail: Detail;
  /** The JSON API's `info`; null: not known. */
  readonly info: JsonObject | null;
  /** What kept releases of others need of it; empty unless `followsDependencies`. */
  readonly needs: readonly Ask[];
}

/** The selection, ready to be asked. Pure: the same facts and the same time always get the same answer. */
export interface Selection {
  /**
   * What its name alone says: why it is left out, or null. Needs count like requirements: they keep a project that
   * nothing else asks for, unless it is blocked or reserved.
   */
  judgeName(name: ProjectName, needs: readonly Ask[]): Drop | null;
  /** Is this a name of ours, which upstream must never have? */
  isReserved(name: ProjectName): boolean;
  /** Of a project whose name is kept: what of it is kept at that time. Adding a rule never adds a file. */
  judge(project: ProjectFacts, nowMs: number): Judgement;
  /** Do the rules look at more than names? If not, `judge` keeps every file. */
  readonly judgesDetails: boolean;
  /** Do the rules look at the JSON API's `info`? */
  readonly wantsInfo: boolean;
  /** Projects are named (allowed or required), and what they need is wanted, too. */
  readonly followsDependencies: boolean;
  readonly environments: readonly Environment[];
  /** Everything that is asked for by its name: what requirement and lock files ask for, and names that are allowed outright. */
  readonly asked: readonly Ask[];
  /** What requirement and lock files ask of a project. */
  asksOf(name: ProjectName): readonly Ask[];
  /** Changes exactly when the rules about names do: then projects that nobody looked at until now may be wanted. */
  readonly namesFingerprint: string;
  /** One line of text that changes exactly when the rules do; order, case and repetition do not count. */
  readonly fingerprint: string;
}

/**
 * The selection that these settings make. Nothing allowed and nothing required allows everything; `block` and `reserved` win.
 *
 * @throws JubjubError CONFIG_INVALID for a pattern or an entry that its check (see checks.ts) has something to say about.
 */
export function buildSelection(settings: SelectionSettings): Selection {
  const { projects, environments } = settings;
  const names = prepareNames(projects);
  const projectRules = PROJECT_RULES.flatMap((rule) => rule.prepare(projects));
  const fileRulesOf = prepareFileRules(settings);
  const followsDependencies = follows(projects);
  return {
    judgeName: names.judge,
    isReserved: names.isReserved,
    judge({ detail, info, needs }, nowMs) {
      const asks = names.asksFor(detail.name, needs);
      const fileRules = fileRulesOf(detail.name);
      if (projectRules.length === 0 && fileRules.length === 0 && asks === null) return KEPT;
      const wanted = asks === null ? [] : [askRule(asks, needs)];
      return judgeProject(new ProjectView(detail, info), projectRules, [...wanted, ...fileRules], nowMs);
    },
    judgesDetails:
      projects.requirements !== null ||
      followsDependencies ||
      projectRules.length > 0 ||
      FILE_RULES.some((rule) => spellRule(rule, settings) !== ''),
    wantsInfo: projectRules.some(({ looksAtInfo }) => looksAtInfo),
    followsDependencies,
    environments,
    asked: [...(projects.requirements ?? []), ...allowedOutright(projects)],
    asksOf: (name) => names.required(name),
    namesFingerprint: namesFingerprintOf(projects),
    fingerprint: fingerprintOf(settings),
  };
}

/** What others need of a project that nobody required by name is told as theirs. */
function askRule(asks: readonly Ask[], needs: readonly Ask[]): NamedFileRule {
  const judging = { judge: askJudge(asks), untilMs: null };
  const key = asks.length > needs.length ? 'requirements' : 'dependencies';
  return { rule: `[projects] ${key}`, look: () => judging };
}

/** Gives the rules that hold for a project; made ready once for all to which the same exceptions apply. */
function prepareFileRules(settings: SelectionSettings): (name: ProjectName) => readonly NamedFileRule[] {
  const overlaidFor = prepareExceptions(settings);
  const prepared = new Map<Overlaid, readonly NamedFileRule[]>();
  return (name) => {
    const overlaid = overlaidFor(name);
    let rules = prepared.get(overlaid);
    if (rules === undefined) {
      rules = prepareFor(overlaid);
      prepared.set(overlaid, rules);
    }
    return rules;
  };
}

function prepareFor({ values, sources }: Overlaid): readonly NamedFileRule[] {
  return FILE_RULES.flatMap(({ table, key, settings, prepare }) => {
    const look = prepare(values);
    if (look === null) return [];
    const source = sources.get(settings[0]);
    const where = source === undefined ? `[${table}] ` : `[[exception]] ${source}: `;
    return [{ rule: where + key, look }];
  });
}
