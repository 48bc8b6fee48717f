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

const BIG_BYTES = 16 * 1024 * 1024;
const BIG_FILE = '/packages/big.whl';
const BIG_PAGE = '/simple/snark/';

interface Served {
  readonly server: RunningServer;
  readonly events: ServeEvent[];
  /** What the server says first. */
  readonly firstEvent: Promise<ServeEvent>;
}

/** A server with a file and a page that are big. Whoever calls it closes it. */
async function serving(t: TestContext): Promise<Served> {
  const { directory } = buildTableDocroot(withTempDir(t));
  writeFileSync(path.join(directory, 'packages', 'big.whl'), Buffer.alloc(BIG_BYTES));
  writeFileSync(path.join(directory, 'simple/snark/index.html'), Buffer.alloc(BIG_BYTES));
  const events: ServeEvent[] = [];
  const { promise: firstEvent, resolve } = Promise.withResolvers<ServeEvent>();
  const emit = (event: ServeEvent) => {
    events.push(event);
    resolve(event);
  };
  const server = await startServer({ docroot: directory, host: '127.0.0.1', port: 0, emit });
  return { server, events, firstEvent };
}

/** The headers of an answer, its body still to be read. */
async function begin(server: RunningServer, target: string, agent: Agent | false): Promise<IncomingMessage> {
  const { hostname, port } = new URL(server.url);
  const [incoming] = await once(get({ hostname, port, path: target, agent }), 'response');
  return incoming as IncomingMessage;
}

async function sizeOf(incoming: IncomingMessage): Promise<number> {
  let sizeBytes = 0;
  for await (const chunk of incoming) sizeBytes += chunk.length;
  return sizeBytes;
}

// Below the 5 seconds that an idle connection may live: waiting for one turns this red.
const CLOSING_TIME_LIMIT_MS = 4_500;

test('closing lets what is in flight end, and waits for no idle connection', {
  timeout: CLOSING_TIME_LIMIT_MS,
}, async (t) => {
  const { server } = await serving(t);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const [slow, quick] = await Promise.all([
    begin(server, BIG_FILE, agent),
    begin(server, '/status.json', agent),
  ]);
  await sizeOf(quick);
  let closed = false;
  const closing = server.close().then(() => {
    closed = true;
  });
  await assert.rejects(ask(server.url, { target: '/' }), { code: 'ECONNREFUSED' });
  assert.equal(closed, false);
  assert.equal(await sizeOf(slow), BIG_BYTES);
  await closing;
});

for (const target of [BIG_FILE, BIG_PAGE]) {
  test(`closing with an aborted signal drops ${target} in flight`, async (t) => {
    const { server, firstEvent } = await serving(t);
    const incoming = await begin(server, target, false);
    await server.close(AbortSignal.abort());
    await assert.rejects(sizeOf(incoming), { code: 'ECONNRESET' });
    const expected = { type: 'answered', method: 'GET', target, status: 200, complete: false };
    assert.deepEqual(await firstEvent, expected);
  });

  test(`a client that leaves in the middle of ${target} is told of, and is no failure`, async (t) => {
    const { server, events, firstEvent } = await serving(t);
    const incoming = await begin(server, target, false);
    incoming.destroy();
    const expected = { type: 'answered', method: 'GET', target, status: 200, complete: false };
    assert.deepEqual(await firstEvent, expected);
    // Whatever else there was to say of it is said by the time that another document was opened and read.
    await ask(server.url, { target: '/simple/tulgey-wood/' });
    await server.close();
    assert.equal(
      events.find((event) => event.type === 'failed'),
      undefined,
    );
  });
}

test('closing twice is closing once', async (t) => {
  const { server } = await serving(t);
  await Promise.all([server.close(), server.close()]);
  await assert.rejects(ask(server.url, { target: '/' }), { code: 'ECONNREFUSED' });
});
