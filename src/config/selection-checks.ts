/** What is wrong, or worth a word, with keys of the selection that are right each by itself. */
import type { JubjubError } from '../errors.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import { buildSelection } from '../selection/selection.ts';
import { EVERYTHING, type SelectionSettings } from '../selection/settings.ts';
import type { Source, ValuePath } from './key-spots.ts';
import { refusal } from './problems.ts';
import type { Values } from './schema.ts';
import { ruleNotes } from './selection-notes.ts';

/** Asks of one kind that are told one by one; the others are counted. */
const ASKS_TOLD_MAX = 10;

/** Rules that contradict one another, and exceptions that change nothing; of values that the schema took. */
export function selectionProblems(values: Values, raw: unknown, source: Source): JubjubError[] {
  return [
    ...reservedProblems(values, raw, source),
    ...dateProblems(values, raw, source),
    ...countProblems(values, raw, source),
    ...exceptionProblems(values, raw, source),
  ];
}

/** A name of one's own that is also to be copied from upstream: one of both lists is wrong. */
function reservedProblems({ projects }: Values, raw: unknown, source: Source): JubjubError[] {
  const { allow, reserved } = projects;
  if (reserved.length === 0) return [];
  const { isReserved } = buildSelection({ ...EVERYTHING, projects: { ...EVERYTHING.projects, reserved } });
  const spelled = new Set(reserved.map(comparable));
  return allow.flatMap((pattern, place) => {
    const name = tryNormalizeName(pattern);
    if (name === null ? !spelled.has(comparable(pattern)) : !isReserved(name)) return [];
    const error = refusal(['projects', 'allow', place], raw, source, {
      expected: 'no name that is in [projects] reserved',
      hint: `${pattern} is reserved: it is never mirrored; take it out of one of both lists`,
    });
    return [error.with({ received: `${JSON.stringify(pattern)} as item ${place + 1}` })];
  });
}

function comparable(pattern: string): string {
  return pattern.startsWith('/') ? pattern : pattern.toLowerCase().replace(/[-_.]+/g, '-');
}

/** Dates between which there is nothing; those of an exception count with what it does not say itself. */
function dateProblems({ releases, exception }: Values, raw: unknown, source: Source): JubjubError[] {
  const refuse = (path: ValuePath) =>
    refusal(path, raw, source, {
      expected: 'a date after that of not-before',
      hint: 'no file is uploaded after the one and before the other',
    });
  const isEmpty = (after: number | null, before: number | null) =>
    after !== null && before !== null && after >= before;
  const problems: JubjubError[] = [];
  if (isEmpty(releases['not-before'], releases['not-after']))
    problems.push(refuse(['releases', 'not-after']));
  exception.forEach((rules, place) => {
    if (rules['not-before'] === undefined && rules['not-after'] === undefined) return;
    const from = rules['not-before'] === undefined ? releases['not-before'] : rules['not-before'];
    const to = rules['not-after'] === undefined ? releases['not-after'] : rules['not-after'];
    const key = rules['not-after'] === undefined ? 'not-before' : 'not-after';
    if (isEmpty(from, to)) problems.push(refuse(['exception', place, key]));
  });
  return problems;
}

/** No project has more releases than the one and fewer than the other. */
function countProblems({ projects }: Values, raw: unknown, source: Source): JubjubError[] {
  const most = projects['max-versions'];
  const least = projects['min-versions'];
  if (most === null || least === null || least <= most) return [];
  const facts = {
    expected: `at most max-versions, which is ${most}`,
    hint: 'no project has so many releases and so few',
  };
  return [refusal(['projects', 'min-versions'], raw, source, facts)];
}

function exceptionProblems({ exception }: Values, raw: unknown, source: Source): JubjubError[] {
  return exception.flatMap((rules, place) =>
    Object.values(rules).filter((value) => value !== undefined).length > 1
      ? []
      : [
          refusal(['exception', place], raw, source, {
            expected: 'besides projects, a key of [releases] or [files] that is to be another for them',
            hint: 'an exception without one changes nothing',
          }),
        ],
  );
}

/** What the operator should know of a selection that is right. */
export function selectionNotes(selection: SelectionSettings): string[] {
  const { projects, environments } = selection;
  const notes: string[] = [];
  const names = projects.allow.length > 0 || projects.requirements !== null;
  if (projects.dependencies && !names)
    notes.push(
      '[projects] dependencies changes nothing without allow or requirements: everything is mirrored already, and nothing to follow',
    );
  if (projects.dependencies && names && environments.length === 0)
    notes.push('there is no [[environment]]: what is needed on any platform and by any Python is followed');
  if (environments.length > 0 && !projects.dependencies && projects.requirements === null)
    notes.push('[[environment]] changes nothing without [projects] dependencies or requirements');
  const { latest, minAgeMs } = selection.releases;
  if (latest !== null && minAgeMs > 0)
    notes.push(
      `[releases] latest = ${latest} counts releases that min-age still hides: a project whose last ${latest} ${latest === 1 ? 'is' : 'are'} young shows none`,
    );
  return [...notes, ...ruleNotes(selection), ...refusedAsks(selection)];
}

/** Files may ask for what other rules keep away: that is no mistake, but nobody should wait for it. */
function refusedAsks(selection: SelectionSettings): string[] {
  const { requirements } = selection.projects;
  if (requirements === null) return [];
  const { judgeName } = buildSelection(selection);
  const refused = requirements.flatMap(({ name, by }) => {
    const drop = judgeName(name, []);
    return drop === null ? [] : [`${by} asks for ${name}, which ${drop.rule} leaves out`];
  });
  const more = refused.length - ASKS_TOLD_MAX;
  return more <= 0 ? refused : [...refused.slice(0, ASKS_TOLD_MAX), `and ${more} more like this`];
}
