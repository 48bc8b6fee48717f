/**
 * An upstream that can do only so much, in a process of its own: pages after a fixed time, so many at a time; what is asked for beyond that
 * waits, or is refused with 429.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** What a server does with more requests than it can work on. */
export type Beyond = 'waits' | 'refuses';

/** What happened since it was asked for the last time. */
export interface ServerCount {
  readonly answered: number;
  readonly refused: number;
  /** The most that were there at a time. */
  readonly mostAtOnce: number;
}

export interface SmallServer {
  readonly url: string;
  takeCount(): Promise<ServerCount>;
  close(): Promise<void>;
}

export async function startSmallServer(
  workers: number,
  answerMs: number,
  beyond: Beyond,
): Promise<SmallServer> {
  const child = fork(fileURLToPath(import.meta.url), [String(workers), String(answerMs), beyond]);
  const port = (await message(child)) as number;
  return {
    url: `http://127.0.0.1:${port}`,
    async takeCount() {
      child.send('count');
      return (await message(child)) as ServerCount;
    },
    async close() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

async function message(child: ChildProcess): Promise<unknown> {
  const [said] = (await once(child, 'message')) as [unknown];
  return said;
}

function pageOf(url: string): string {
  const name = url.split('/').at(-2) ?? '';
  const meta = { 'api-version': '1.1', '_last-serial': 1 };
  return JSON.stringify({ meta, name, files: [], versions: [] });
}

async function serve(workers: number, answerMs: number, beyond: Beyond): Promise<void> {
  let [answered, refused, mostAtOnce, there, working] = [0, 0, 0, 0, 0];
  const waiting: (() => void)[] = [];
  const end = (response: ServerResponse, status: number, body: string) => {
    there -= 1;
    const headers = { 'content-type': 'application/vnd.pypi.simple.v1+json', 'x-pypi-last-serial': '1' };
    response.writeHead(status, headers).end(body);
  };
  const server = createServer((request, response) => {
    there += 1;
    mostAtOnce = Math.max(mostAtOnce, there);
    if (beyond === 'refuses' && there > workers) {
      refused += 1;
      end(response, 429, '');
      return;
    }
    const work = () => {
      working += 1;
      setTimeout(() => {
        working -= 1;
        answered += 1;
        end(response, 200, pageOf(request.url ?? ''));
        waiting.shift()?.();
      }, answerMs);
    };
    if (working < workers) work();
    else waiting.push(work);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  process.on('message', () => {
    process.send?.({ answered, refused, mostAtOnce });
    [answered, refused, mostAtOnce] = [0, 0, there];
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.((server.address() as AddressInfo).port);
}

if (import.meta.main)
  await serve(Number(process.argv[2]), Number(process.argv[3]), process.argv[4] as Beyond);
