/** Errors for answers that are not what they should be, named after the thing that was asked for. */
import { type ErrorFacts, isJubjubError, JubjubError } from '../errors.ts';

/** What an answer belongs to. */
export interface Answer {
  readonly what: string;
  readonly url: string;
}

/** UPSTREAM_MALFORMED for an answer. */
export function malformed(
  answer: Answer,
  expected: string,
  received: string,
  facts: ErrorFacts = {},
): JubjubError {
  return new JubjubError('UPSTREAM_MALFORMED', `upstream's answer is not what it should be: ${answer.what}`, {
    url: answer.url,
    expected,
    received,
    ...facts,
  });
}

/** Runs a parser that knows nothing of HTTP; its errors are given the name and the address of the answer. */
export function named<T>(answer: Answer, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isJubjubError(error) || error.facts.url !== undefined) throw error;
    throw new JubjubError(error.code, `${error.message}: ${answer.what}`, {
      ...error.facts,
      cause: error.cause,
      url: answer.url,
    });
  }
}
