/** A place in a text that only moves forward, for grammars that are read by hand. */

export interface Cursor {
  /** What the sticky pattern (`/…/y`) matches here, white space before it aside; then the cursor stands behind it. Null: nothing. */
  take(pattern: RegExp): string | null;
  /** Is there nothing left but white space? */
  atEnd(): boolean;
  /** What is left. */
  rest(): string;
}

export function cursorOf(text: string): Cursor {
  let at = 0;
  const skipSpace = () => {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
  };
  return {
    take(pattern) {
      skipSpace();
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0] ?? null;
      at += found?.length ?? 0;
      return found;
    },
    atEnd() {
      skipSpace();
      return at === text.length;
    },
    rest: () => text.slice(at),
  };
}

const SPACE = /\s*/y;
