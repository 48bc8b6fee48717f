/** Sends a file of `packages/`: ranges, validators and 304s are the send library's. */
import type { Stats } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import send from 'send';
import { type FileAnswer, type HeaderMap, NOSNIFF, plain } from './answer.ts';
import { isAbsent, locate } from './docroot.ts';
import { sendPlain } from './plain.ts';
import { pump } from './pump.ts';

/** What the send library says when it cannot send: an HTTP status, and headers that belong to it. */
interface SendError extends Error {
  readonly status: number;
  readonly headers?: HeaderMap;
}

/**
 * Strong, so that If-Range works. Size and mtime do for these: the digest stands in the path, so other bytes have
 * another URL; only a repair of damaged bytes writes one again, and that moves the mtime.
 */
function fileTag(stat: Stats): string {
  return `"${stat.size.toString(16)}-${Math.round(stat.mtimeMs * 1000).toString(16)}"`;
}

/**
 * Answers with the file, a part of it, a 304, 412 or 416. Resolves when the response is over or its client gone.
 * False, and nothing sent, when there is no such file. Rejects with the file system's error when it cannot be read.
 */
export async function sendFile(
  docroot: string,
  answer: FileAnswer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const real = await locate(docroot, answer.path);
  if (real === null) return false;
  response.setHeader(...NOSNIFF);
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  const escaped = answer.path.split('/').map(encodeURIComponent).join('/');
  return await new Promise((resolve, reject) => {
    response.on('close', () => resolve(true));
    const sending = send(request, `/${escaped}`, {
      root: docroot,
      index: false,
      dotfiles: 'ignore',
      cacheControl: false,
    });
    // The headers are set by now, and this is all that is left to do: `send` would read in pieces of 64 KiB.
    sending.stream = (_path, { start = 0 }: { readonly start?: number } = {}) => {
      const lengthBytes = Number(response.getHeader('Content-Length'));
      pump(real, start, lengthBytes, response).catch((error: unknown) => {
        if (isAbsent(error) && !response.headersSent) resolve(false);
        else reject(error);
      });
    };
    sending
      .on('headers', (_response: ServerResponse, _path: string, stat: Stats) => {
        response.setHeader('ETag', fileTag(stat));
      })
      // No directory is ever listed, nor admitted to exist.
      .on('directory', () => resolve(false))
      .on('error', (error: SendError) => {
        if (error.status >= 500 || response.headersSent) reject(error);
        else if (error.status === 404) resolve(false);
        else sendPlain(response, plain(error.status, `${error.status} ${error.message}`, error.headers)); // 412, 416
      })
      .pipe(response);
  });
}
