/** One HTTP request without any convenience: nothing decoded, no redirect followed, a broken body reported as such. */
import { request } from 'node:http';

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Hangs up once this many bytes of the body have come. @default never */
  readonly hangUpAfterBytes?: number;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** False when the connection ended before the body did. */
  readonly complete: boolean;
}

/** Rejects when there is no answer at all. Each request has a connection of its own. */
export function rawRequest(url: string, options: RawRequest = {}): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const outgoing = request(url, { method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const done = () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers as Record<string, string | undefined>,
          body: Buffer.concat(chunks),
          complete: incoming.complete,
        });
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes >= (options.hangUpAfterBytes ?? Number.POSITIVE_INFINITY)) incoming.destroy();
      });
      incoming.on('error', () => {});
      incoming.on('close', done);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** An XML-RPC call as a mirror sends it; `params` is XML. */
export function rpcRequest(url: string, method: string, params = ''): Promise<RawReply> {
  return rawRequest(`${url}/pypi`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    body: `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${params}</params></methodCall>`,
  });
}

/** `<param>` with an int. */
export function intParam(value: number): string {
  return `<param><value><int>${value}</int></value></param>`;
}
