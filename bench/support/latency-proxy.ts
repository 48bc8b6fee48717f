/**
 * A TCP proxy on loopback that makes every byte late by half a round trip each way, in a process of its own so that nobody who is
 * measured shares its event loop. What is sent at once arrives at once: the rate stays.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

/** What came through since it was asked for the last time. */
export interface ProxyCount {
  readonly connections: number;
  /** The most that were open at a time. */
  readonly mostAtOnce: number;
}

export interface LatencyProxy {
  readonly port: number;
  takeCount(): Promise<ProxyCount>;
  close(): Promise<void>;
}

/** Starts a proxy in front of a port of this machine. */
export async function startLatencyProxy(targetPort: number, roundTripMs: number): Promise<LatencyProxy> {
  const child = fork(fileURLToPath(import.meta.url), [String(targetPort), String(roundTripMs)]);
  const port = (await answer(child)) as number;
  return {
    port,
    async takeCount() {
      child.send('count');
      return (await answer(child)) as ProxyCount;
    },
    async close() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

async function answer(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  child.once('exit', () => ended.abort(new Error('the proxy has ended')));
  const [message] = (await once(child, 'message', { signal: ended.signal })) as [unknown];
  return message;
}

interface Late {
  readonly dueMs: number;
  readonly chunk: Buffer | null;
}

/** Passes on what comes, in its order, each chunk so late; null ends it. */
function passOn(from: Socket, to: Socket, delayMs: number, handshakeMs: number): void {
  const queue: Late[] = [];
  let isArmed = false;
  // A connection of its own would have been made by one more round trip before the first byte.
  const firstDueMs = performance.now() + handshakeMs;
  const arm = (waitMs: number) => {
    isArmed = true;
    setTimeout(send, waitMs);
  };
  const send = () => {
    isArmed = false;
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0.5) {
        arm(waitMs);
        return;
      }
      queue.shift();
      if (next.chunk === null) to.end();
      else to.write(next.chunk);
    }
  };
  const add = (chunk: Buffer | null) => {
    queue.push({ dueMs: Math.max(performance.now(), firstDueMs) + delayMs, chunk });
    if (!isArmed) arm(delayMs);
  };
  from.on('data', add).on('end', () => add(null));
}

async function serve(targetPort: number, roundTripMs: number): Promise<void> {
  let [connections, open, mostAtOnce] = [0, 0, 0];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    connections += 1;
    open += 1;
    mostAtOnce = Math.max(mostAtOnce, open);
    near.once('close', () => {
      open -= 1;
      far.destroy();
    });
    far.once('close', () => near.destroy());
    for (const socket of [near, far]) socket.on('error', () => socket.destroy());
    passOn(near, far, roundTripMs / 2, roundTripMs);
    passOn(far, near, roundTripMs / 2, 0);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  process.on('message', () => {
    process.send?.({ connections, mostAtOnce });
    [connections, mostAtOnce] = [0, open];
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.((server.address() as AddressInfo).port);
}

if (import.meta.main) await serve(Number(process.argv[2]), Number(process.argv[3]));
