/** Remembers what a function of a header says: clients send the same few over and over. */

/** Headers are anybody's: when there are more, all are forgotten. */
const REMEMBERED_MAX = 256;
/** Nor is a long one remembered. */
const CHARS_MAX = 512;

/** The same function, for a header or its absence; what it answers depends on that alone. */
export function remembering<T>(of: (header: string | undefined) => T): (header: string | undefined) => T {
  const known = new Map<string | undefined, { readonly answer: T }>();
  return (header) => {
    const found = known.get(header);
    if (found !== undefined) return found.answer;
    const answer = of(header);
    if (header === undefined || header.length <= CHARS_MAX) {
      if (known.size >= REMEMBERED_MAX) known.clear();
      known.set(header, { answer });
    }
    return answer;
  };
}
