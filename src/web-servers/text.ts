/** Putting sections of text together. */

/** Sections with an empty line between each two; empty ones are left out. */
export function sections(...texts: readonly string[]): string {
  return texts
    .map((text) => text.replace(/^\n+|\s+$/g, ''))
    .filter((text) => text !== '')
    .join('\n\n');
}

/** Every line that is not empty moved to the right. */
export function indent(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}
