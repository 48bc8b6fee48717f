/** Sends an answer of a few words, taking back the headers that were set for another one. */
import type { ServerResponse } from 'node:http';
import { NOSNIFF, type PlainAnswer } from './answer.ts';

/** HEAD gets the same headers; Node leaves the body out. */
export function sendPlain(response: ServerResponse, answer: PlainAnswer): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const headers: string[] = [...NOSNIFF];
  for (const [name, value] of Object.entries(answer.headers)) headers.push(name, value);
  headers.push('Content-Length', String(Buffer.byteLength(answer.body)));
  response.writeHead(answer.status, headers).end(answer.body);
}
