/** One error for all that failed in the same way: with a stack each, forty thousand lost files would fill the memory. */
import type { JubjubError } from '../errors.ts';

export class FirstFailures {
  readonly #byKind = new Map<string, JubjubError>();

  /** The first error of this code that the owner (a project) had; the one given, when there was none. */
  of(owner: string, error: JubjubError): JubjubError {
    const kind = `${owner} ${error.code}`;
    const first = this.#byKind.get(kind) ?? error;
    this.#byKind.set(kind, first);
    return first;
  }
}
