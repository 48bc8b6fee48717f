/** A server with a journal in memory behind it, and calls to it. */
import type { TestContext } from 'node:test';
import type { ServeEvent } from '../../src/serve/events.ts';
import { startServer } from '../../src/serve/server.ts';
import { type RawReply, rawRequest } from './raw-http.ts';
import { type JournalContent, type MemoryJournal, memoryJournal } from './serve-journal.ts';
import { withTempDir } from './temp.ts';

export interface Served {
  readonly url: string;
  readonly journal: MemoryJournal;
  readonly events: ServeEvent[];
}

/** Serves an empty docroot until the test ends; `null` stands for a mirror that is not there yet. */
export async function serving(t: TestContext, content: JournalContent | null): Promise<Served> {
  const journal = memoryJournal(content);
  const events: ServeEvent[] = [];
  const emit = (event: ServeEvent) => events.push(event);
  const server = await startServer({ docroot: withTempDir(t), host: '127.0.0.1', port: 0, journal, emit });
  const drop = new AbortController();
  drop.abort();
  t.after(() => server.close(drop.signal));
  return { url: server.url, journal, events };
}

/** Posts a body as a call. */
export function post(url: string, body: string, headers: Record<string, string> = {}): Promise<RawReply> {
  return rawRequest(url, { method: 'POST', headers: { 'content-type': 'text/xml', ...headers }, body });
}

/** The body of a call as Python writes it; `params` is XML. */
export const call = (method: string, params = '') =>
  `<?xml version='1.0'?>\n<methodCall>\n<methodName>${method}</methodName>\n<params>\n${params}</params>\n</methodCall>\n`;
