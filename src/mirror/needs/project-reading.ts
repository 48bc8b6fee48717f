/** What the files of one project need, with the extras that are asked of it and those that these ask of it in turn. Pure. */
import type { FileNeeds } from '../../catalogue/contract.ts';
import { normalizeExtra } from '../../pypi/marker.ts';
import type { ProjectName } from '../../pypi/types.ts';
import type { Read, Requirements, Wanted } from './requirements.ts';

/** Of one project; the most that any has is some hundreds. */
export const EXTRAS_PER_PROJECT_MAX = 1_000;

/** Characters of markers that are held against extras: more than any project needs by far, and done within a second. */
export const MARKER_WORK_MAX = 20_000_000;

/** A requirement that counts with no extra so far. */
interface Open<By> {
  readonly read: Read;
  readonly places: readonly boolean[];
  readonly by: By;
  readonly length: number;
  /** PEP 751's `extras`: several of them may have to be asked for at once. */
  readonly named: readonly string[] | null;
}

/** `By`: who asks, a file most of the time. */
export class ProjectReading<By> {
  readonly #requirements: Requirements;
  readonly #name: ProjectName;
  /** Those that are followed. */
  readonly #extras = new Set<string>();
  /** Requirements told already, by the environments that they were told for. */
  readonly #told = new Map<string, Set<string>>();
  /** By the extras that their markers name. */
  readonly #byExtra = new Map<string, Set<Open<By>>>();
  /** Whose markers do more with an extra than compare it with a name. */
  readonly #unnamed = new Set<Open<By>>();
  /** Of what waits, what has come to count: it may wait for several extras. */
  readonly #wanted = new WeakSet<Open<By>>();
  /** To be held against what waits. */
  readonly #added: string[] = [];
  #isClosing = false;
  #work = 0;
  readonly #ask: (wanted: Wanted, by: By) => void;
  readonly #trouble: (why: string, by: By | null) => void;
  /** Markers that were held against extras. */
  tried = 0;

  /** `ask` is told what is needed of other projects, `trouble` which extras of this one are not followed. */
  constructor(
    requirements: Requirements,
    name: ProjectName,
    extras: Iterable<string>,
    ask: (wanted: Wanted, by: By) => void,
    trouble: (why: string, by: By | null) => void = () => {},
  ) {
    this.#requirements = requirements;
    this.#name = name;
    this.#ask = ask;
    this.#trouble = trouble;
    this.askFor(extras);
  }

  /** Follows more extras, through all files that were read. */
  askFor(extras: Iterable<string>): void {
    this.#addExtras(extras, null);
  }

  /**
   * Follows what a file needs in some environment that may use it, less what a file before it was found to need in the same words.
   * Returns why something in that cannot be followed, or null.
   */
  follow({ requiresPython, requiresDist }: FileNeeds, by: By): string | null {
    const places = this.#requirements.openTo(requiresPython);
    if (!places.includes(true)) return null;
    const key = places.join();
    const told = this.#told.get(key) ?? new Set();
    this.#told.set(key, told);
    let trouble: string | null = null;
    for (const text of requiresDist) {
      if (told.has(text)) continue;
      told.add(text);
      const read = this.#requirements.read(text);
      if (typeof read === 'string') trouble ??= read;
      else if (read.url === null) this.#weigh(text, read, places, by);
    }
    return trouble;
  }

  #weigh(text: string, read: Read, places: readonly boolean[], by: By): void {
    if (this.#requirements.counts(read, places, [])) {
      this.#want(read, by);
      return;
    }
    const marker = text.slice(text.indexOf(';'));
    if (!/\bextras?\b/.test(marker)) return;
    const named = [
      ...new Set(Array.from(marker.matchAll(QUOTED), ([quoted]) => normalizeExtra(quoted.slice(1, -1)))),
    ];
    const open: Open<By> = {
      read,
      places,
      by,
      length: marker.length,
      named: /\bextras\b/.test(marker) ? named : null,
    };
    const isNamed = !/\bextra\b/.test(marker.replace(COMPARED, ''));
    const asked = isNamed ? named.filter((extra) => this.#extras.has(extra)) : [...this.#extras];
    if (this.#countsWith(open, asked)) this.#want(read, by);
    else if (!isNamed) this.#unnamed.add(open);
    else for (const extra of named) if (!this.#extras.has(extra)) this.#waitFor(extra, open);
  }

  #waitFor(extra: string, open: Open<By>): void {
    const waiting = this.#byExtra.get(extra) ?? new Set();
    this.#byExtra.set(extra, waiting.add(open));
  }

  #countsWith({ read, places, by, length }: Open<By>, extras: readonly string[]): boolean {
    if (extras.length === 0) return false;
    this.tried++;
    this.#work += length * extras.length;
    if (this.#work <= MARKER_WORK_MAX) return this.#requirements.counts(read, places, extras);
    this.#trouble('its markers are too long for so many extras, and not all were followed', by);
    return false;
  }

  /** `x[all]` of x itself: a release answers that by itself, and must not let all others in. */
  #want(read: Read, by: By): void {
    if (read.name === this.#name) this.#addExtras(read.extras, by);
    else this.#ask(read, by);
  }

  #addExtras(extras: Iterable<string>, by: By | null): void {
    let isTooMany = false;
    for (const extra of extras) {
      if (this.#extras.has(extra)) continue;
      isTooMany = this.#extras.size >= EXTRAS_PER_PROJECT_MAX;
      if (isTooMany) break;
      this.#extras.add(extra);
      this.#added.push(extra);
    }
    if (isTooMany) this.#trouble(`of ${this.#name} only ${EXTRAS_PER_PROJECT_MAX} extras are followed`, by);
    this.#close();
  }

  /** One extra after the other, however long a chain of them is. */
  #close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    for (let extra = this.#added.pop(); extra !== undefined; extra = this.#added.pop()) {
      const named = this.#byExtra.get(extra) ?? [];
      this.#byExtra.delete(extra);
      for (const waiting of [named, this.#unnamed])
        for (const open of waiting) {
          const together = open.named?.filter((one) => this.#extras.has(one)) ?? [extra];
          if (this.#wanted.has(open) || !this.#countsWith(open, together)) continue;
          this.#wanted.add(open);
          this.#unnamed.delete(open);
          this.#want(open.read, open.by);
        }
    }
    this.#isClosing = false;
  }
}

const QUOTED = /"[^"]*"|'[^']*'/g;
/** An extra that is, or is not, the one named. */
const COMPARED = /\bextra\s*[!=]=\s*(?=["'])|(?<=["'])\s*[!=]=\s*extra\b/g;
