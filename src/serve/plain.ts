/** Sends an answer of a few words, taking back the headers that were set for another one. */
import type { ServerResponse } from 'node:http';
import type { PlainAnswer } from './answer.ts';

/** Said of every answer, whatever it is. */
const KEPT_HEADER = 'x-content-type-options';

/** HEAD gets the same headers; Node leaves the body out. */
export function sendPlain(response: ServerResponse, answer: PlainAnswer): void {
  for (const name of response.getHeaderNames()) if (name !== KEPT_HEADER) response.removeHeader(name);
  const headers = { ...answer.headers, 'Content-Length': String(Buffer.byteLength(answer.body)) };
  response.writeHead(answer.status, headers).end(answer.body);
}
