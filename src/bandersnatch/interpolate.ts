/** References in values of a bandersnatch.conf: `%(name)s` of its own section, and `${section:name}`. */

/** The raw value of a key of a section, or of the defaults; null where there is none. */
export type Lookup = (section: string, name: string) => string | null;

/** What may still be put in place of references, for a whole file: references of references could fill any memory. */
export interface Budget {
  chars: number;
}

export interface Interpolated {
  readonly value: string;
  /** What Python would refuse, or null. */
  readonly why: string | null;
}

/** References inside what references stand for. Python allows as many. */
const DEPTH_MAX = 10;

/** Names have an end: without one, each of many openings would look through the rest of the file for its own. */
const REFERENCE = /%(?:(%)|\(([^)]{1,200})\)s)?|\$\{([^{}:]{1,200})(?::([^{}:]{1,200}))?\}/g;

/**
 * A value with its references replaced. `%` is how bandersnatch reads its file; `${…}` is replaced only where it names a key
 * that is there, for versions that read it so: in a regular expression `$` is none of their business.
 */
export function interpolate(text: string, section: string, lookup: Lookup, budget: Budget): Interpolated {
  let why: string | null = null;
  const keep = (whole: string, reason: string): string => {
    why ??= reason;
    return whole;
  };
  const expand = (value: string, home: string, depth: number): string =>
    value.replace(
      REFERENCE,
      (whole, percent?: string, name?: string, first?: string, second?: string): string => {
        if (percent !== undefined) return '%';
        const [from, what] =
          name === undefined && second !== undefined ? [first ?? home, second] : [home, name ?? first];
        if (what === undefined) return keep(whole, 'a single % is written %%, or bandersnatch stops');
        const found = lookup(from, what);
        if (found === null) {
          return name === undefined
            ? whole
            : keep(whole, `${whole} names no key, at which bandersnatch stops`);
        }
        budget.chars -= found.length + 1;
        if (depth >= DEPTH_MAX || budget.chars < 0) return keep(whole, 'its references go too deep');
        return expand(found, from, depth + 1);
      },
    );
  return { value: expand(text, section, 0), why };
}
