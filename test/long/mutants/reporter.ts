/** A reporter for node:test that prints each failure as one line of JSON as it comes, for a reader that stops at the first. */
import type { TestEvent } from 'node:test/reporters';

/** A test that failed by itself, not because of one inside it. */
export interface FailedTest {
  readonly title: string;
  readonly message: string;
}

/** Before each line, so that what tests print is not taken for one. */
export const MARK = 'failed-test ';

/** The error with all that it was caused by, once each. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\n${textOf(error.cause)}`;
  return `${error.name}: ${error.message}${cause}`;
}

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:fail') continue;
    const { name, details } = event.data;
    const { failureType } = details.error as Error & { failureType?: string };
    if (failureType === 'subtestsFailed') continue;
    const failed: FailedTest = { title: name, message: textOf(details.error) };
    yield `${MARK}${JSON.stringify(failed)}\n`;
  }
}
