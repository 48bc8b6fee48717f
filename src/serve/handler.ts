/** One request, from its arrival to its last byte, whatever happens on the way. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asJubjubError, JubjubError } from '../errors.ts';
import { errnoOf } from '../store/fs-errors.ts';
import { NOT_FOUND, SERVER_ERROR } from './answer.ts';
import { sendDocument } from './document.ts';
import type { ServeEmit } from './events.ts';
import type { FactsMemory } from './facts.ts';
import { sendFile } from './file.ts';
import { sendPlain } from './plain.ts';
import { route } from './route.ts';

export interface ServeContext {
  readonly docroot: string;
  readonly memory: FactsMemory;
  readonly emit: ServeEmit;
}

/** Sends the answer that the request routes to. Rejects when it cannot be read. */
async function answer(
  context: ServeContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const routed = route({
    method: request.method ?? '',
    target: request.url ?? '',
    accept: request.headers.accept,
    host: request.headers.host,
  });
  if (routed.kind === 'plain') {
    sendPlain(response, routed);
    return;
  }
  const sent =
    routed.kind === 'document'
      ? await sendDocument(context.docroot, routed, context.memory, request, response)
      : await sendFile(context.docroot, routed, request, response);
  if (!sent) sendPlain(response, NOT_FOUND);
}

/** A client that leaves in the middle is its own business, not an error. */
function clientLeft(error: unknown): boolean {
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes(errnoOf(error) ?? '');
}

/** What the operator hears; what is neither ours nor has an errno is a bug. */
function readError(error: unknown, target: string): JubjubError {
  const errno = errnoOf(error);
  if (errno === undefined || error instanceof JubjubError) return asJubjubError(error);
  return new JubjubError('STORE_IO', `could not read what ${target} stands for`, {
    received: error instanceof Error ? error.message : String(error),
    effect: 'the client was told 500, or its connection was closed in the middle',
    hint: errno === 'EACCES' ? 'let the user that serves read the docroot' : 'look at the kernel log (dmesg)',
    cause: error,
  });
}

/** Answers a request; never rejects. */
export async function handle(
  context: ServeContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url: target = '' } = request;
  response.on('close', () => {
    context.emit({
      type: 'answered',
      method,
      target,
      status: response.statusCode,
      complete: response.writableFinished,
    });
  });
  // A browser must not take a distribution, or upstream's text, for markup.
  response.setHeader('X-Content-Type-Options', 'nosniff');
  try {
    await answer(context, request, response);
  } catch (error) {
    if (clientLeft(error)) return;
    context.emit({ type: 'failed', target, error: readError(error, target) });
    if (response.headersSent) response.destroy();
    else sendPlain(response, SERVER_ERROR);
  }
}
