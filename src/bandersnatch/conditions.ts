/** Keys of the metadata filters: `not-null:any:info.classifiers`, and the expressions or versions that they list. */
import { type ConfKey, entriesOf } from './conf.ts';
import type { Draft } from './draft.ts';
import { type PythonRegex, pythonRegex, written } from './python-regex.ts';
import type { Dialect } from './python-regex-words.ts';

export interface Condition {
  readonly key: ConfKey;
  /** `info.classifiers`. */
  readonly path: string;
  readonly mode: 'any' | 'all' | 'none';
  /** What has no value is let through. */
  readonly takesNull: boolean;
}

/** The last tag of each kind counts; unknown ones do nothing, as in bandersnatch. */
export function conditionOf(key: ConfKey): Condition {
  const tags = key.name.split(':');
  const path = tags.pop() ?? '';
  let mode: Condition['mode'] = 'any';
  let takesNull = true;
  for (const tag of tags) {
    if (tag === 'not-null') takesNull = false;
    else if (tag === 'match-null') takesNull = true;
    else if (tag === 'any' || tag === 'all' || tag === 'none') mode = tag;
  }
  return { key, path, mode, takesNull };
}

/** The expressions of one condition, ready to be put together. */
interface Read {
  readonly condition: Condition;
  readonly regexes: readonly PythonRegex[];
}

/** What a list of ours takes from conditions on one thing. */
export interface Patterns {
  readonly entries: readonly string[];
  /** The conditions that are in it. */
  readonly keys: readonly ConfKey[];
}

/**
 * Conditions on one thing as entries of a list of ours, where any entry may fit and none with a `!`. Of a thing that has one
 * value, conditions that must all hold become one expression; of a list, one is taken and the others are told.
 */
export function patternsOf(
  conditions: readonly Condition[],
  draft: Draft,
  searches: boolean,
  { dialect, isList }: { readonly dialect: Dialect; readonly isList: boolean },
): Patterns {
  const entries: string[] = [];
  const keys: ConfKey[] = [];
  const kept: Read[] = [];
  for (const condition of conditions) {
    const wanted = condition.mode !== 'none';
    // What stands beside others spells its letters out, so that it needs no flag.
    const isJoined = wanted && (conditions.length > 1 || condition.mode === 'all');
    const regexes = regexesOf(condition, draft, { ...dialect, spellsCase: isJoined });
    if (regexes === null) continue;
    if (!wanted) entries.push(...regexes.map((regex) => `!${written(regex, searches)}`));
    else if (isList && (kept.length > 0 || (condition.mode === 'all' && regexes.length > 1))) {
      draft.comment(condition.key, 'that several expressions hold for one list is not asked here');
      continue;
    } else kept.push({ condition, regexes });
    keys.push(condition.key);
  }
  return { entries: [...keeping(kept, searches), ...entries], keys };
}

function keeping(kept: readonly Read[], searches: boolean): readonly string[] {
  const [first] = kept;
  if (first === undefined) return [];
  const isPlain = kept.length === 1 && (first.condition.mode === 'any' || first.regexes.length === 1);
  if (isPlain) return first.regexes.map((regex) => written(regex, searches));
  const ahead = (body: string) => `(?=${searches ? '[\\s\\S]*' : ''}${body})`;
  const parts = kept.map(({ condition, regexes }) => {
    const bodies = regexes.map(({ body }) => body);
    return condition.mode === 'all' ? bodies.map(ahead).join('') : ahead(`(?:${bodies.join('|')})`);
  });
  return [`/^${parts.join('')}/`];
}

/** Null, and told, where one of them has no equal: the others alone would keep less. */
function regexesOf({ key, mode }: Condition, draft: Draft, dialect: Dialect): readonly PythonRegex[] | null {
  const regexes: PythonRegex[] = [];
  for (const { text, line } of entriesOf(key)) {
    const regex = pythonRegex(text, dialect);
    if (typeof regex !== 'string') {
      regexes.push(regex);
      continue;
    }
    draft.comment(key, `the expression in line ${line} has no equal here: ${regex}`);
    // Of what is wanted, one expression less would keep less; of what is not, it leaves out less.
    if (mode === 'any') return null;
  }
  if (regexes.length > 0) return regexes;
  draft.comment(key, 'it lists nothing that could be asked here');
  return null;
}
