/** PyPI's changelog: the head serial and the rows since one, asked for until the answer is empty. */
import type { ChangelogRow, Serial } from '../pypi/types.ts';
import { readRows } from './changelog-rows.ts';
import type { Http } from './http.ts';
import { malformed } from './malformed.ts';
import type { Retry } from './retrying.ts';
import { callForValue, sendCall } from './xmlrpc.ts';

export interface Changelog {
  head(signal: AbortSignal): Promise<Serial>;
  changes(since: Serial, signal: AbortSignal): AsyncGenerator<readonly ChangelogRow[], void, undefined>;
}

/** The changelog behind an XML-RPC address. */
export function createChangelog(http: Http, retry: Retry, url: string): Changelog {
  return {
    head: (signal) =>
      retry('changelog_last_serial', signal, async () => {
        const call = { url, method: 'changelog_last_serial', params: [] };
        const value = await callForValue(http, call, signal);
        if (value === null) return 0; // Protocol §1.2: nil for an empty journal.
        if (Number.isSafeInteger(value) && (value as number) >= 0) return value as Serial;
        throw malformed({ what: call.method, url }, 'a serial', JSON.stringify(value));
      }),
    changes: (since, signal) => allRows(http, retry, url, since, signal),
  };
}

/**
 * Asks with the last row's serial as the next cursor until an answer is empty (trap 4: there is no "more" flag, and
 * a head serial as cursor would lose rows). A try that fails midway goes on after the last row given out, so
 * that no row is given twice; tries are counted anew after each batch, for each one is progress.
 */
async function* allRows(
  http: Http,
  retry: Retry,
  url: string,
  since: Serial,
  signal: AbortSignal,
): AsyncGenerator<readonly ChangelogRow[], void, undefined> {
  let cursor = since;
  let answer: AsyncGenerator<readonly ChangelogRow[], void, undefined> | null = null;
  let rowsInAnswer = 0;

  const nextBatch = async () => {
    try {
      if (answer === null) {
        const call = { url, method: 'changelog_since_serial', params: [cursor] };
        answer = readRows(await sendCall(http, call, signal), cursor);
        rowsInAnswer = 0;
      }
      return await answer.next();
    } catch (error) {
      answer = null;
      throw error;
    }
  };

  try {
    for (;;) {
      const { done, value } = await retry('changelog_since_serial', signal, nextBatch);
      if (done !== true) {
        rowsInAnswer += value.length;
        cursor = value.at(-1)?.serial ?? cursor;
        yield value;
      } else if (rowsInAnswer === 0) return;
      else answer = null;
    }
  } finally {
    await closeQuietly(answer);
  }
}

/** Lets go of an answer that is not read to its end. */
async function closeQuietly(answer: AsyncGenerator<unknown> | null): Promise<void> {
  await answer?.return(undefined);
}
