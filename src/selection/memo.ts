/** Answers that depend on a text alone, remembered up to a limit. */

/** What is remembered is dropped when there is more of it: upstream chooses the texts. */
const REMEMBERED_MAX = 20_000;
/** Longer texts are hostile, or never come again. */
const REMEMBERED_CHARS_MAX = 200;

/** The function, which must be pure, with a memory. */
export function memo<T>(answer: (text: string) => T): (text: string) => T {
  const remembered = new Map<string, { readonly value: T }>();
  return (text) => {
    if (text.length > REMEMBERED_CHARS_MAX) return answer(text);
    const known = remembered.get(text);
    if (known !== undefined) return known.value;
    const value = answer(text);
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(text, { value });
    return value;
  };
}
