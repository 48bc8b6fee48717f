/** A document that was asked for, or what we have instead, with the reason. */
import { asJubjubError, type JubjubError } from '../errors.ts';
import { isProjectsOwn } from './ask.ts';
import type { OutageWatch } from './outage.ts';

/** What is to be told of a document, and why that is not all. */
export interface Brought<T> {
  readonly value: T;
  readonly error: JubjubError | null;
}

/** What asking came to; a failure of this document alone leaves what we have. Rejects with what ends the run. */
export async function orElse<T>(
  watch: OutageWatch,
  otherwise: T,
  ask: () => Promise<T>,
): Promise<Brought<T>> {
  try {
    const value = await ask();
    watch.succeeded();
    return { value, error: null };
  } catch (error) {
    const failure = asJubjubError(error);
    if (!isProjectsOwn(failure)) throw failure;
    await watch.failed(failure);
    return { value: otherwise, error: failure };
  }
}
