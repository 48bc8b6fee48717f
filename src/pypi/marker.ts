/** Environment markers (PEP 508): read, and evaluated for an environment of which not everything need be known. */
import { patchesOf } from './python-patches.ts';
import { readClause, subjectOf } from './specifier-clause.ts';
import { partsOf } from './version-parts.ts';

export { markerVariables } from './marker-environment.ts';
export { parseMarker } from './parse-marker.ts';

/** A parsed marker; only this file and its parser look inside. */
export type Marker =
  | { readonly op: 'and' | 'or'; readonly left: Marker; readonly right: Marker }
  | { readonly op: 'compare'; readonly left: MarkerValue; readonly by: string; readonly right: MarkerValue };

export interface MarkerValue {
  readonly kind: 'variable' | 'text';
  readonly text: string;
}

/** The variables of PEP 508 (`python_version`, `sys_platform`, …); one that is not there is not known. `extra` is never among them. */
export type MarkerVariables = Readonly<Record<string, string>>;

type Comparison = Extract<Marker, { op: 'compare' }>;

/** What a marker is evaluated for: pip evaluates once for each extra, and once for none. */
interface Asked {
  readonly variables: MarkerVariables;
  /** `''`: none. */
  readonly extra: string;
  readonly extras: readonly string[];
}

/** Compared as versions, where the other side is one (PEP 508). */
const VERSIONS: ReadonlySet<string> = new Set([
  'python_version',
  'python_full_version',
  'implementation_version',
  'platform_release',
]);

/**
 * Whether a requirement with this marker counts in an environment, with these extras asked for (normalized; without one, no extra holds).
 * Three-valued: null when it depends on what is not known. `python_full_version` is compared as far as `python_version` tells.
 */
export function evaluateMarker(
  marker: Marker,
  variables: MarkerVariables,
  extras: readonly string[],
): boolean | null {
  let result = evaluate(marker, { variables, extra: '', extras });
  if (result === true || !mentionsExtra(marker)) return result;
  for (const extra of extras) result = or(result, evaluate(marker, { variables, extra, extras }));
  return result;
}

/** PEP 503's spelling, which PEP 685 gives to extras; any text has one. */
export function normalizeExtra(extra: string): string {
  return extra.replace(/[-_.]+/g, '-').toLowerCase();
}

function mentionsExtra(marker: Marker): boolean {
  if (marker.op !== 'compare') return mentionsExtra(marker.left) || mentionsExtra(marker.right);
  return isVariable(marker.left, 'extra') || isVariable(marker.right, 'extra');
}

function isVariable({ kind, text }: MarkerValue, name: string): boolean {
  return kind === 'variable' && text === name;
}

function evaluate(marker: Marker, asked: Asked): boolean | null {
  if (marker.op === 'compare') return compare(marker, asked);
  const left = evaluate(marker.left, asked);
  if (left === (marker.op === 'or')) return left;
  const right = evaluate(marker.right, asked);
  return marker.op === 'or' ? or(left, right) : not(or(not(left), not(right)));
}

function or(left: boolean | null, right: boolean | null): boolean | null {
  if (left === true || right === true) return true;
  return left === null || right === null ? null : false;
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

function compare({ left, by, right }: Comparison, asked: Asked): boolean | null {
  if (isVariable(right, 'extras')) return isAmongExtras(left, by, asked);
  if (isVariable(left, 'extra') || isVariable(right, 'extra')) {
    return compareTexts(extraOf(left, asked), by, extraOf(right, asked));
  }
  const asVersions = [left, right].some(({ kind, text }) => kind === 'variable' && VERSIONS.has(text));
  const compareTwo = asVersions ? compareVersionTexts : compareTexts;
  // Substrings know nothing of versions, so that no choice of patch releases stands for all of them.
  const isSubstring = by === 'in' || by === 'not in';
  let result: boolean | null | undefined;
  for (const [one, other] of pairs(left, right, asked.variables, isSubstring)) {
    const answer = compareTwo(one, by, other);
    if (answer === null || (result !== undefined && answer !== result)) return null;
    result = answer;
  }
  return result ?? null;
}

/** PEP 751: `'x' in extras`. */
function isAmongExtras(left: MarkerValue, by: string, { extras }: Asked): boolean | null {
  if (left.kind !== 'text' || (by !== 'in' && by !== 'not in')) return null;
  return extras.includes(normalizeExtra(left.text)) === (by === 'in');
}

function extraOf({ kind, text }: MarkerValue, asked: Asked): string | null {
  if (kind === 'text') return normalizeExtra(text);
  return text === 'extra' ? asked.extra : null;
}

/** What the two sides may be; empty when nobody can tell. */
function pairs(
  left: MarkerValue,
  right: MarkerValue,
  variables: MarkerVariables,
  exactlyOnly: boolean,
): readonly (readonly [string, string])[] {
  const one = valuesOf(left, right, variables, exactlyOnly);
  const other = valuesOf(right, left, variables, exactlyOnly);
  return one.flatMap((value) => other.map((otherValue) => [value, otherValue] as const));
}

/** What a side may be, as far as it matters beside the other one. */
function valuesOf(
  { kind, text }: MarkerValue,
  beside: MarkerValue,
  variables: MarkerVariables,
  exactlyOnly: boolean,
): readonly string[] {
  if (kind === 'text') return [text];
  const known = knownValue(variables, text);
  if (known !== null) return [known];
  const python = pythonOf(text, variables);
  if (python === null || exactlyOnly || beside.kind !== 'text') return [];
  return patchesOf(python, [partsOf(beside.text.replace(/\.\*$/, ''))?.release ?? null]);
}

function knownValue(variables: MarkerVariables, name: string): string | null {
  return Object.hasOwn(variables, name) ? (variables[name] ?? null) : null;
}

/** The minor version that a full version belongs to. CPython's own version is that of its language. */
function pythonOf(name: string, variables: MarkerVariables): string | null {
  const isFull =
    name === 'python_full_version' ||
    (name === 'implementation_version' && knownValue(variables, 'implementation_name') === 'cpython');
  return isFull ? knownValue(variables, 'python_version') : null;
}

/** As versions where the right side is one; else as texts, as far as tools agree on that. */
function compareVersionTexts(left: string, by: string, right: string): boolean | null {
  const clause = readClause(by + right);
  if (clause === null) return compareTexts(left, by, right);
  return clause.holds(subjectOf(left)) ?? false;
}

/** An order of texts that are no versions is told differently by each tool, so that nobody knows. */
function compareTexts(left: string | null, by: string, right: string | null): boolean | null {
  if (left === null || right === null) return null;
  switch (by) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    default:
      return null;
  }
}
