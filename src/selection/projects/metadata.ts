/**
 * `[projects.metadata]`: each field is a rule of its own, over the values that the JSON API's `info` has for it.
 *
 * A project is kept when any pattern fits any value, and left out when any pattern after a `!` does. A field that is absent, null or
 * empty has the one value "": a `!` pattern may fit that (`"!"` alone does, and no other text). One that is to be kept for its
 * value, and has none, cannot be judged. Of a value of more than 4,096 characters only these count.
 */
import { fieldOf } from '../../pypi/fields.ts';
import { isJsonObject, plainNumber } from '../../pypi/json.ts';
import { quote } from '../../pypi/quote.ts';
import type { JsonObject, JsonValue } from '../../pypi/types.ts';
import {
  checkTextPattern,
  type Entries,
  entryCheck,
  readEntries,
  spellEntries,
  spellTextPattern,
  textTest,
} from '../entries.ts';
import type { Finding, ProjectRule } from '../rule.ts';
import { shownList } from '../shown-list.ts';

export const metadata: ProjectRule = {
  key: 'metadata',
  prepare: (rules) =>
    Object.entries(rules.metadata)
      .filter(([, patterns]) => patterns.length > 0)
      .map(([field, patterns]) => {
        const entries = readEntries(patterns, textTest);
        return {
          key: `metadata.${field}`,
          looksAtInfo: true,
          judge: ({ info }) => judgeField(info, field, entries),
        };
      }),
  spell: (rules) =>
    Object.entries(rules.metadata)
      .map(
        ([field, patterns]) =>
          [field, spellEntries(patterns, entryCheck(checkTextPattern), spellTextPattern)] as const,
      )
      .filter(([, spelled]) => spelled !== '')
      .map(([field, spelled]) => `${field} ${spelled}`)
      .sort()
      .join(' '),
};

/** Of a longer value only the beginning is looked at: upstream chooses the text, and a pattern may take long over it. */
const VALUE_CHARS_MAX = 4096;

function judgeField(info: JsonObject | null, field: string, { keep, block }: Entries<string>): Finding {
  if (info === null) return { unsure: 'nothing is known of its metadata', about: 'project' };
  const texts = textsOf(fieldOf(info, field));
  const values = texts.length === 0 ? [''] : texts;
  for (const { written, fits } of block) {
    const blocked = values.find(fits);
    if (blocked !== undefined) return { value: `!${written}`, why: `${field} is ${quote(blocked)}` };
  }
  if (keep.length === 0 || keep.some(({ fits }) => values.some(fits))) return null;
  if (texts.length === 0) return { unsure: `its metadata has no ${field}`, about: 'project' };
  const more = texts.length === 1 ? '' : ` and ${texts.length - 1} more, and none fits`;
  return {
    value: shownList(keep.map(({ written }) => written)),
    why: `${field} is ${quote(texts[0] ?? '')}${more}`,
  };
}

/** What there is to fit: the text, the texts of a list, or of an object each value and each as core metadata has it: `key, value`. */
function textsOf(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textOf(item));
  const plain = plainNumber(value);
  if (!isJsonObject(plain)) return textOf(value);
  return Object.entries(plain).flatMap(([key, item]) =>
    textOf(item).flatMap((text) => [text, `${key}, ${text}`]),
  );
}

function textOf(value: JsonValue | undefined): string[] {
  const plain = plainNumber(value);
  if (typeof plain === 'number' || typeof plain === 'boolean') return [String(plain)];
  return typeof plain === 'string' && plain !== '' ? [plain.slice(0, VALUE_CHARS_MAX)] : [];
}
