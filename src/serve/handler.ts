/** One request, from its arrival to its last byte, whatever happens on the way. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asJubjubError, JubjubError } from '../errors.ts';
import { errnoOf } from '../store/fs-errors.ts';
import { METHOD_NOT_ALLOWED, NOT_FOUND, SERVER_ERROR } from './answer.ts';
import { sendDocument } from './document.ts';
import type { ServeEmit } from './events.ts';
import type { FactsMemory } from './facts.ts';
import { sendFile } from './file.ts';
import type { KeptDocuments } from './kept.ts';
import { sendPlain } from './plain.ts';
import { route } from './route.ts';
import type { RpcDesk } from './rpc.ts';

export interface ServeContext {
  readonly docroot: string;
  readonly memory: FactsMemory;
  readonly kept: KeptDocuments;
  readonly emit: ServeEmit;
  /** Answers other mirrors; null where there is no catalogue to answer from. */
  readonly rpc: RpcDesk | null;
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
    contentType: request.headers['content-type'],
    host: request.headers.host,
  });
  const failed = (error: unknown) =>
    context.emit({ type: 'failed', target: request.url ?? '', error: readError(error, request.url ?? '') });
  if (routed.kind === 'plain') sendPlain(response, routed);
  else if (routed.kind === 'file') {
    if (!(await sendFile(context.docroot, routed, request, response))) sendPlain(response, NOT_FOUND);
  } else if (routed.kind === 'document') {
    const sent = await sendDocument({ ...context, twinFailed: failed }, routed, request, response);
    if (!sent) sendPlain(response, routed.otherwise);
  } else if (context.rpc === null) sendPlain(response, METHOD_NOT_ALLOWED);
  else await context.rpc.handle(request, response, failed);
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
  try {
    await answer(context, request, response);
  } catch (error) {
    if (clientLeft(error)) return;
    context.emit({ type: 'failed', target, error: readError(error, target) });
    if (response.headersSent || response.destroyed) response.destroy();
    else sendPlain(response, SERVER_ERROR);
  }
}
