/** Answers of pure functions kept for the next time: an index has millions of files, and few different specifiers and tags. */

/** Longer texts are rare, and would make what is remembered large. */
const REMEMBERED_CHARS_MAX = 200;

/** The same function, which works out no answer twice as long as it has room for it; it starts afresh when it has not. */
export function remembered<Answer>(
  answersMax: number,
  answer: (text: string) => Answer,
): (text: string) => Answer {
  const answers = new Map<string, Answer>();
  return (text) => {
    if (text.length > REMEMBERED_CHARS_MAX) return answer(text);
    const known = answers.get(text);
    if (known !== undefined || answers.has(text)) return known as Answer;
    if (answers.size >= answersMax) answers.clear();
    const own = detached(text);
    const found = answer(own);
    answers.set(own, found);
    return found;
  };
}

/** The same text in memory of its own: a part of a document keeps the whole document in memory. */
export function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
