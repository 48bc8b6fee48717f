/** PyPI's changelog: the head serial and the rows since one, asked for until the answer is empty. */
import { isJubjubError, JubjubError } from '../errors.ts';
import { harmless } from '../pypi/quote.ts';
import { parseSerial } from '../pypi/serials.ts';
import type { ChangelogRow, Serial } from '../pypi/types.ts';
import { readRows } from './changelog-rows.ts';
import type { Http } from './http.ts';
import { malformed } from './malformed.ts';
import type { Retry } from './retrying.ts';
import { callForValue, sendCall, type XmlRpcCall } from './xmlrpc.ts';
import { saysNoSuchMethod } from './xmlrpc-fault.ts';
import type { XmlRpcValue } from './xmlrpc-values.ts';

export interface Changelog {
  /**
   * Whether there is one. False for what says so: a status, a redirect, a body or a fault of a server without XML-RPC or
   * without this method (protocol §1.2, §1.3). Throws for everything that may pass, and for a value that is no serial.
   */
  isThere(signal: AbortSignal): Promise<boolean>;
  head(signal: AbortSignal): Promise<Serial>;
  changes(since: Serial, signal: AbortSignal): AsyncGenerator<readonly ChangelogRow[], void, undefined>;
}

/** Where XML-RPC is, and how long one of its answers may take. */
export type ChangelogAddress = Pick<XmlRpcCall, 'url' | 'deadlineMs'>;

/** Statuses of servers that have no XML-RPC. 501 is one of them although it is a 5xx: it says so for good. */
const NOT_HERE: readonly number[] = [400, 403, 404, 405, 410, 415, 501];

/** An answer with fewer rows has reached the end of the changelog, or nearly: the next ones bring what happens meanwhile. */
const SMALL_ANSWER_ROWS = 100;
/**
 * Small answers in a row. The end of PyPI's changelog takes two or three; one that gives out a row at a time, or
 * breaks off behind each row, would keep a run busy for ever.
 */
const SMALL_ANSWERS_MAX = 1000;

/** The changelog behind an XML-RPC address. */
export function createChangelog(http: Http, retry: Retry, address: ChangelogAddress): Changelog {
  const call: XmlRpcCall = { ...address, method: 'changelog_last_serial', params: [] };
  return {
    isThere: (signal) =>
      retry(call.method, signal, async () => {
        let value: XmlRpcValue;
        try {
          value = await callForValue(http, call, signal);
        } catch (error) {
          if (saysNoChangelog(error)) return false;
          throw error;
        }
        readSerial(value, call);
        return true;
      }),
    head: (signal) =>
      retry(call.method, signal, async () => readSerial(await callForValue(http, call, signal), call)),
    changes: (since, signal) => allRows(http, retry, address, since, signal),
  };
}

function readSerial(value: XmlRpcValue, call: XmlRpcCall): Serial {
  if (value === null) return 0; // Protocol §1.2: nil for an empty journal.
  const serial = typeof value === 'number' ? parseSerial(value) : null;
  if (serial !== null) return serial;
  throw malformed({ what: call.method, url: call.url }, 'a serial', harmless(JSON.stringify(value)));
}

function saysNoChangelog(error: unknown): boolean {
  if (!isJubjubError(error)) return false;
  switch (error.code) {
    case 'UPSTREAM_STATUS':
      return NOT_HERE.includes(error.facts.httpStatus ?? 0);
    case 'UPSTREAM_FAULT':
      return saysNoSuchMethod(error);
    case 'UPSTREAM_REDIRECT': // To where no POST may follow, such as a page for people.
    case 'UPSTREAM_TOO_LARGE':
      return true;
    case 'UPSTREAM_MALFORMED':
      // What was cut on its way is no answer at all.
      return error.facts.retryable !== true;
    default:
      return false;
  }
}

/**
 * Asks with the last row's serial as the next cursor until an answer is empty (trap 4: there is no "more" flag, and
 * a head serial as cursor would lose rows). A try that fails midway goes on after the last row given out, so
 * that no row is given twice; tries are counted anew after each batch, for each one is progress.
 */
async function* allRows(
  http: Http,
  retry: Retry,
  address: ChangelogAddress,
  since: Serial,
  signal: AbortSignal,
): AsyncGenerator<readonly ChangelogRow[], void, undefined> {
  let cursor = since;
  let answer: AsyncGenerator<readonly ChangelogRow[], void, undefined> | null = null;
  let rowsInAnswer = Number.POSITIVE_INFINITY;
  let smallAnswers = 0;

  const nextBatch = async () => {
    try {
      if (answer === null) {
        smallAnswers = rowsInAnswer < SMALL_ANSWER_ROWS ? smallAnswers + 1 : 0;
        if (smallAnswers > SMALL_ANSWERS_MAX) throw endless(address.url);
        const call = { ...address, method: 'changelog_since_serial', params: [cursor] };
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

function endless(url: string): JubjubError {
  return new JubjubError('UPSTREAM_MALFORMED', 'the changelog does not end: changelog_since_serial', {
    url,
    expected: `an empty answer after at most ${SMALL_ANSWERS_MAX} with fewer than ${SMALL_ANSWER_ROWS} rows`,
    received: 'one more with a few rows',
  });
}

/** Lets go of an answer that is not read to its end. */
async function closeQuietly(answer: AsyncGenerator<unknown> | null): Promise<void> {
  await answer?.return(undefined);
}
