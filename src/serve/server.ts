/** `jubjub serve`: read-only HTTP over a docroot; which answer a request gets is route.ts's, this is the listening. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asJubjubError, JubjubError } from '../errors.ts';
import type { ServeEmit } from './events.ts';
import { FactsMemory } from './facts.ts';
import { handle } from './handler.ts';
import type { JournalSource } from './journal.ts';
import { KeptDocuments } from './kept.ts';
import { LIMITS, type ServeLimits } from './limits.ts';
import { RpcDesk } from './rpc.ts';

export interface ServeOptions {
  /** The `web` directory. It need not exist yet: until it does, everything in it is 404. */
  readonly docroot: string;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** What other mirrors are answered from, by XML-RPC. @default null: they are told that this takes no calls */
  readonly journal?: JournalSource | null;
  /** Hears of each answered request and of what could not be read. @default nobody */
  readonly emit?: ServeEmit;
  /** Where they are to be others than `LIMITS`. */
  readonly limits?: Partial<ServeLimits>;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080`, without a slash at its end. */
  readonly url: string;
  /**
   * Takes no more connections, drops idle ones, and resolves when the answers in flight are sent. Once `signal`
   * aborts, those are dropped too.
   */
  close(signal?: AbortSignal): Promise<void>;
}

/** The URL listened on. Rejects with USAGE_INVALID when the address cannot be had. */
async function listen(server: Server, host: string, port: number): Promise<string> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw new JubjubError('USAGE_INVALID', `cannot listen on ${host} port ${port}`, {
      received: cause instanceof Error ? cause.message : String(cause),
      effect: 'nothing is served',
      hint: 'choose another --host or --port; --port 0 picks a free port',
      cause,
    });
  }
  const { address, family, port: bound } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}

function close(server: Server, signal: AbortSignal | undefined): Promise<void> {
  const dropAll = () => server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => {
      signal?.removeEventListener('abort', dropAll);
      resolve();
    });
    server.closeIdleConnections();
    if (signal?.aborted === true) dropAll();
    else signal?.addEventListener('abort', dropAll, { once: true });
  });
}

/** Serves a docroot until it is closed. Rejects with USAGE_INVALID when it cannot listen. */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const { docroot, journal = null, emit = () => {} } = options;
  const limits = { ...LIMITS, ...options.limits };
  const rpc = journal && new RpcDesk(journal, limits.callTimeoutMs);
  const context = { docroot, emit, memory: new FactsMemory(), kept: new KeptDocuments(), rpc };
  let closing: Promise<void> | undefined;
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.slownessCheckMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
    },
    (request, response) => {
      // A client that goes on talking must not keep us from closing.
      if (closing !== undefined) response.shouldKeepAlive = false;
      response.on('close', () => closing !== undefined && server.closeIdleConnections());
      void handle(context, request, response);
    },
  );
  server.maxConnections = limits.connectionsMax;
  server.timeout = limits.stallTimeoutMs;
  const url = await listen(server, options.host, options.port);
  server.on('error', (error) => context.emit({ type: 'failed', target: '', error: asJubjubError(error) }));
  return {
    url,
    close: (signal) => {
      closing ??= close(server, signal);
      return closing;
    },
  };
}
