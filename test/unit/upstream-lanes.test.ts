/**
 * Goal: a server in trouble is given fewer requests at a time, each server by itself, and the operator can read why; large files leave
 * connections to small ones; the rest of a file is asked for with what its first part came with.
 * Method: servers on loopback that hold their answers until told, so that what is open at a time can be counted.
 */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { systemClock } from '../../src/clock.ts';
import { type Emit, silent } from '../../src/events.ts';
import { createLanes } from '../../src/upstream/lanes.ts';
import { bytesOf, never, openUpstream } from '../support/upstream-kit.ts';
import { type Answer, reply, startServer } from '../support/upstream-server.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

/** A server whose answers wait. */
async function holding(t: Parameters<typeof startServer>[0]) {
  const held: ServerResponse[] = [];
  const server = await startServer(t, (_request, response) => void held.push(response));
  return { server, held };
}

const fileAt = (url: string, name: string, sizeBytes: number | null, offsetBytes = 0) => ({
  url: `${url}/${name}`,
  offsetBytes,
  bodyBytesMax: 10 ** 9,
  sizeBytes,
});

test('large files take at most half of the connections, however many there are', async (t) => {
  const { server, held } = await holding(t);
  const { upstream } = openUpstream(t, server.url, { fileConnections: 4 });
  const get = async (name: string, sizeBytes: number | null, offsetBytes = 0) =>
    bytesOf((await upstream.file(fileAt(server.url, name, sizeBytes, offsetBytes), never)).chunks);
  const large = ['a', 'b', 'c'].map((name) => get(`large-${name}`, 9_000_000));
  await until(() => held.length === 2);
  // Of the third hardly anything is left to be brought.
  const small = [get('small', 100), get('unknown', null), get('rest', 9_000_000, 8_999_999)];
  await until(() => held.length === 4);
  assert.deepEqual(
    server.asked.map(({ url }) => url),
    ['/large-a', '/large-b', '/small', '/unknown'],
  );
  held[2]?.end('x');
  await until(() => held.length === 5);
  assert.equal(server.asked[4]?.url, '/rest');
  held[0]?.end('x');
  await until(() => held.length === 6);
  assert.equal(server.asked[5]?.url, '/large-c');
  for (const response of held) if (!response.writableEnded) response.end('x');
  await Promise.all([...large, ...small]);
});

/** Answers 503 to the first of these many, then pages. */
function troubled(times: number): Answer {
  let left = times;
  return (request, response) =>
    left-- > 0 ? reply(503, '')(request, response) : reply(404, '')(request, response);
}

test('trouble is told, with the server that had it, and is no other server’s', async (t) => {
  const told: unknown[] = [];
  const server = await startServer(t, troubled(3));
  const other = await startServer(t, reply(404, ''));
  const emit: Emit = (event) => {
    if (event.type === 'pace') told.push(event);
  };
  const { upstream } = openUpstream(t, server.url, { fileHosts: [other.host] }, { emit });
  const ask = (url: string) => upstream.file(fileAt(url, 'f', null), never).catch(() => {});
  for (let number = 0; number < 3; number++) await ask(server.url);
  for (let number = 0; number < 20; number++) await ask(other.url);
  const pace = { type: 'pace', host: new URL(server.url).host, kind: 'file', why: 'HTTP 503' };
  assert.deepEqual(told, [
    { ...pace, connections: 2 },
    { ...pace, connections: 1 },
  ]);
});

test('a body that breaks off is trouble; one that is given up, or too long, is none', async (t) => {
  const told: string[] = [];
  const hear: Emit = (event) => {
    if (event.type === 'pace') told.push(event.why);
  };
  const lanes = createLanes({ page: 4, file: 4 }, systemClock, hear);
  const passage = await lanes.enter('page', 'http://a.example', false, never);
  passage.failed(new Error('a bug'));
  passage.leave();
  assert.deepEqual(told, []);

  const options = { emit: hear };
  const broken = await startServer(t, (_request, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('01234', () => response.destroy());
  });
  const { upstream } = openUpstream(t, broken.url, {}, options);
  const { chunks } = await upstream.file(fileAt(broken.url, 'f', null), never);
  await assert.rejects(bytesOf(chunks));
  await until(() => told.length === 1);
  assert.deepEqual(told, ['UPSTREAM_UNREACHABLE']);

  const whole = await startServer(t, reply(200, '0123456789'));
  const second = openUpstream(t, whole.url, {}, options).upstream;
  for await (const _ of (await second.file(fileAt(whole.url, 'f', null), never)).chunks) break;
  const longer = await second.file({ ...fileAt(whole.url, 'f', null), bodyBytesMax: 3 }, never);
  await assert.rejects(bytesOf(longer.chunks));
  const announcing = await startServer(
    t,
    reply(200, Buffer.alloc(1_000_000), { 'content-length': '1000000' }),
  );
  const third = openUpstream(t, announcing.url, {}, options).upstream;
  await assert.rejects(third.file({ ...fileAt(announcing.url, 'f', null), bodyBytesMax: 3 }, never));
  await turn();
  assert.deepEqual(
    await bytesOf((await second.file(fileAt(whole.url, 'f', null), never)).chunks),
    Buffer.from('0123456789'),
  );
  assert.equal(told.length, 1);
});

test('with one connection all take it in their turn', async (t) => {
  const { server, held } = await holding(t);
  const { upstream } = openUpstream(t, server.url, { fileConnections: 1 });
  const all = ['a', 'b', 'c'].map(async (name) =>
    bytesOf((await upstream.file(fileAt(server.url, name, 9_000_000), never)).chunks),
  );
  for (let number = 1; number <= 3; number++) {
    await until(() => held.length === number);
    await turn();
    assert.equal(held.length, number);
    held.at(-1)?.end('x');
  }
  await Promise.all(all);
});

test('what one server is given says nothing of another, nor pages of files', async () => {
  const lanes = createLanes({ page: 4, file: 4 }, systemClock, silent);
  for (let number = 0; number < 2; number++) {
    const passage = await lanes.enter('file', 'http://a.example', false, never);
    passage.answered(429);
    passage.leave();
    passage.leave();
  }
  const inside: string[] = [];
  for (const [kind, origin] of [
    ['file', 'http://a.example'],
    ['page', 'http://a.example'],
    ['file', 'http://b.example'],
  ] as const)
    for (let number = 0; number < 6; number++)
      void lanes.enter(kind, origin, false, never).then(() => inside.push(`${kind} ${origin}`));
  await turn();
  const count = (name: string) => inside.filter((one) => one === name).length;
  assert.deepEqual(
    ['file http://a.example', 'page http://a.example', 'file http://b.example'].map(count),
    [1, 4, 4],
  );
});

test('the rest is asked for with the strong validator that the part came with, and no other', async (t) => {
  const past = 'Sun, 06 Nov 1994 08:49:37 GMT';
  const cases: [headers: Record<string, string>, ifRange: string | undefined][] = [
    [{ etag: '"strong"' }, '"strong"'],
    [{ etag: 'W/"weak"', 'last-modified': past }, undefined],
    [{ 'last-modified': past }, past],
    [{}, undefined],
  ];
  for (const [headers, ifRange] of cases) {
    const server = await startServer(t, reply(200, '0123456789', headers));
    const { upstream } = openUpstream(t, server.url);
    const first = await upstream.file(fileAt(server.url, 'f', 10), never);
    await bytesOf(first.chunks);
    assert.equal(first.part, ifRange ?? null);
    const second = await upstream.file({ ...fileAt(server.url, 'f', 10, 4), ifPart: first.part }, never);
    await bytesOf(second.chunks);
    assert.equal(second.offsetBytes, 0);
    assert.equal(server.asked[1]?.headers.range, 'bytes=4-');
    assert.equal(server.asked[1]?.headers['if-range'], ifRange);
    // Nothing is had yet, so there is nothing to compare with.
    await bytesOf(
      (await upstream.file({ ...fileAt(server.url, 'f', 10), ifPart: '"strong"' }, never)).chunks,
    );
    assert.equal(server.asked[2]?.headers['if-range'], undefined);
  }
});
