/** The project lists that were given out: which of them a client has, and what the last one concealed. */
import { gunzipSync } from 'node:zlib';
import { normalize } from '../../../src/demo/distribution.ts';
import type { OriginReply } from '../../../src/demo/http-message.ts';
import type { SimRequest } from './request-log.ts';

/** A client has one of the last. */
const LISTS_MAX = 8;

export class ListsGiven {
  readonly #replies = new Map<string, OriginReply>();
  /** Projects that the last list concealed, with how often their pages were asked for since. */
  readonly #concealed = new Map<string, number>();
  #last: OriginReply | null = null;
  /** The names on it (null: nobody knows), and how often pages of others were asked for since one had them. */
  #listed: ReadonlySet<string> | null = null;
  readonly #unlistedLooks = new Map<string, number>();

  /** `honest`: the answer of which it is a part, when projects were concealed; null for any other. */
  remember(request: SimRequest, reply: OriginReply, honest: OriginReply | null): void {
    const { etag } = reply.headers;
    if (reply.status !== 200 || request.path !== '/simple/' || etag === undefined || isDamaged(reply)) return;
    // Concealed once more it is the same lie: a run may ask for the list again between two looks at a page.
    const before = new Map(this.#concealed);
    this.#concealed.clear();
    if (honest !== null) this.#noteConcealed(textOf(honest), textOf(reply), before);
    this.#replies.delete(bare(etag));
    this.#replies.set(bare(etag), reply);
    this.#last = reply;
    const names = listedNames(textOf(reply));
    this.#listed = names.length === 0 ? null : new Set(names);
    for (const name of names) this.#unlistedLooks.delete(name);
    const [oldest] = this.#replies.keys();
    if (this.#replies.size > LISTS_MAX && oldest !== undefined) this.#replies.delete(oldest);
  }

  /** The text of the list that this request says its client has; null when it has none, or one of long ago. */
  knownTo({ path, headers }: SimRequest): string | null {
    const validator = headers['if-none-match'];
    if (path !== '/simple/' || validator === undefined) return null;
    const reply = this.#replies.get(bare(validator));
    return reply === undefined ? null : textOf(reply);
  }

  /**
   * May this page be a 404 that is a lie? To be asked once for each request. A project that is on no list and whose page is not there
   * when it is asked for again has been removed, as far as anybody can know: one lie of the two is all that an index makes.
   */
  mayBeMissing({ path }: SimRequest): boolean {
    const name = nameOf(path);
    const asked = this.#concealed.get(name);
    if (asked === undefined) return true;
    this.#concealed.set(name, asked + 1);
    return asked === 0;
  }

  /** The same of 404s by chance: the quarantined are on no list either. */
  mayBeMissingByChance({ path }: SimRequest): boolean {
    const name = nameOf(path);
    if (this.#listed === null || this.#listed.has(name)) return true;
    const looks = this.#unlistedLooks.get(name) ?? 0;
    this.#unlistedLooks.set(name, looks + 1);
    return looks === 0;
  }

  /** The text of the last list; empty before the first. */
  get lastGiven(): string {
    return this.#last === null ? '' : textOf(this.#last);
  }

  /** Is this the first look at a page that the last list concealed? To be asked after `mayBeMissing`. */
  isFirstLook({ path }: SimRequest): boolean {
    return this.#concealed.get(nameOf(path)) === 1;
  }

  #noteConcealed(honest: string, given: string, before: ReadonlyMap<string, number>): void {
    const listed = new Set(listedNames(given));
    for (const name of listedNames(honest))
      if (!listed.has(name)) this.#concealed.set(name, before.get(name) ?? 0);
  }
}

/** The normalized names on a list in JSON; none on what is no list. */
export function listedNames(text: string): string[] {
  if (!text.startsWith('{')) return [];
  const { projects } = JSON.parse(text) as { projects: readonly { readonly name: string }[] };
  return projects.map(({ name }) => normalize(name));
}

/** Of the project whose page it is. */
function nameOf(path: string): string {
  return normalize(/^\/simple\/([^/]+)\/$/.exec(path)?.[1] ?? '');
}

function textOf({ headers, body }: OriginReply): string {
  return (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
}

/** Nobody can read it, so that no client has it. */
function isDamaged(reply: OriginReply): boolean {
  try {
    textOf(reply);
    return false;
  } catch {
    return true;
  }
}

function bare(validator: string): string {
  return validator.replace(/^W\//, '');
}
