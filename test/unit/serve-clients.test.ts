/**
 * Goal: clients that idle, leave or read slowly neither stop the server from closing nor count as its failures.
 * Method: a file larger than what sockets buffer, so that an answer is surely in flight; no waiting by the clock.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ServeEvent } from '../../src/serve/events.ts';
import { type RunningServer, startServer } from '../../src/serve/server.ts';
import { ask } from '../support/http-ask.ts';
import { buildTableDocroot } from '../support/serve-docroot.ts';
import { withTempDir } from '../support/temp.ts';

const BIG_BYTES = 32 * 1024 * 1024;

// The time limit is below what an idle connection may live: waiting for one turns this red.
const CLOSING_TIME_LIMIT_MS = 4_500;

test('closing lets what is in flight end, and waits for no idle connection', {
  timeout: CLOSING_TIME_LIMIT_MS,
}, async (t) => {
  const parent = withTempDir(t);
  const docroot = buildTableDocroot(parent);
  const big = path.join(docroot.directory, 'packages', 'big.whl');
  writeFileSync(big, Buffer.alloc(32 * 1024 * 1024));
  const server = await startServer({ docroot: docroot.directory, host: '127.0.0.1', port: 0 });
  const { hostname, port } = new URL(server.url);
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: 60_000 });
  t.after(() => agent.destroy());
  const start = async (target: string) => {
    const [incoming] = (await once(get({ hostname, port, path: target, agent }), 'response')) as [
      IncomingMessage,
    ];
    return incoming;
  };
  const sizeOf = async (incoming: IncomingMessage) => {
    let sizeBytes = 0;
    for await (const chunk of incoming) sizeBytes += chunk.length;
    return sizeBytes;
  };
  const [slow, quick] = await Promise.all([start('/packages/big.whl'), start('/status.json')]);
  await sizeOf(quick);
  let closed = false;
  const closing = server.close().then(() => {
    closed = true;
  });
  await assert.rejects(ask(server.url, { target: '/' }), { code: 'ECONNREFUSED' });
  assert.equal(closed, false);
  assert.equal(await sizeOf(slow), 32 * 1024 * 1024);
  await closing;
});

test('closing with an aborted signal drops what is in flight', async (t) => {
  const { docroot } = await serving(t);
  writeFileSync(path.join(docroot.directory, 'packages', 'big.whl'), Buffer.alloc(32 * 1024 * 1024));
  const server = await startServer({ docroot: docroot.directory, host: '127.0.0.1', port: 0 });
  const { hostname, port } = new URL(server.url);
  const [incoming] = (await once(get({ hostname, port, path: '/packages/big.whl' }), 'response')) as [
    IncomingMessage,
  ];
  const broken = once(incoming, 'error');
  incoming.resume();
  incoming.pause();
  await server.close(AbortSignal.abort());
  incoming.resume();
  const [error] = (await broken) as [Error];
  assert.match(error.message, /aborted|reset|hang up/);
});

