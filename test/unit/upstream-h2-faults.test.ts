/**
 * Goal: whatever a server of HTTP/2 does, each request ends as an answer or as the error that it is, a body that is not whole never
 * passes for one, what was never looked at is sent again, and nobody waits for ever.
 * Method: servers on loopback that send frames of the test's choosing.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createServer, type Server } from 'node:tls';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import { type Frames, H2_SITE, openH2, startFrames, startLiar } from '../support/upstream-h2.ts';
import { bytesOf, failure, type Kit, never } from '../support/upstream-kit.ts';

const REFUSED = 7;
const fileAt = (name: string) => ({
  url: `${H2_SITE}/${name}`,
  offsetBytes: 0,
  bodyBytesMax: 10 ** 6,
});

type Ask = Parameters<typeof startFrames>[1];

/** An upstream behind such a server, and what it makes of a file there. */
async function behind(t: TestContext, ask: Ask, more: Partial<UpstreamSettings> = {}) {
  const server = await startFrames(t, ask);
  const kit = openH2(t, server.port, { fileConnections: 1, ...more });
  return { ...kit, server, get: getter(kit) };
}

const getter =
  ({ upstream }: Kit) =>
  async (name: string) =>
    (await bytesOf((await upstream.file(fileAt(name), never)).chunks)).toString();

function whole(frames: Frames, id: number): void {
  frames.head(id, { 'content-length': '4' });
  frames.data(id, 'file', true);
}

/** The first request meets the fault; all others are answered. */
const firstOf =
  (fault: (frames: Frames, id: number) => void): Ask =>
  (frames, id, at) =>
    (at === 0 ? fault : whole)(frames, id);

const turn = () => new Promise((resolve) => setImmediate(resolve));

for (const [name, code] of [
  ['NO_ERROR', 0],
  ['PROTOCOL_ERROR', 1],
  ['INTERNAL_ERROR', 2],
  ['REFUSED_STREAM', REFUSED],
  ['CANCEL', 8],
  ['ENHANCE_YOUR_CALM', 11],
] as const) {
  test(`a body that is reset with ${name} is not whole, announced length or not`, async (t) => {
    for (const fields of [{}, { 'content-length': '6' }]) {
      const { get, server } = await behind(
        t,
        firstOf((frames, id) => {
          frames.head(id, fields);
          frames.data(id, 'fi');
          frames.reset(id, code);
        }),
      );
      const error = await failure(get('a'), 'UPSTREAM_UNREACHABLE');
      assert.equal(error.facts.retryable, true);
      assert.equal(await get('b'), 'file');
      assert.equal(server.connections.length, 1, 'the connection goes on');
    }
  });
}

for (const [name, code] of [
  ['NO_ERROR', 0],
  ['INTERNAL_ERROR', 2],
  ['CANCEL', 8],
] as const)
  test(`a request that is reset with ${name} before its answer may be tried again`, async (t) => {
    const { get } = await behind(
      t,
      firstOf((frames, id) => frames.reset(id, code)),
    );
    const error = await failure(get('a'), 'UPSTREAM_UNREACHABLE');
    assert.equal(error.facts.retryable, true);
    assert.equal(await get('a'), 'file');
  });

test('a request that was refused unseen is sent again at once, a few times', async (t) => {
  const once = await behind(
    t,
    firstOf((frames, id) => frames.reset(id, REFUSED)),
  );
  assert.equal(await once.get('a'), 'file');
  let asked = 0;
  const always = await behind(t, (frames, id) => {
    asked += 1;
    frames.reset(id, REFUSED);
  });
  const error = await failure(always.get('a'), 'UPSTREAM_UNREACHABLE');
  assert.equal(error.facts.retryable, true);
  assert.equal(asked, 3);
});

test('a body of another length than announced is no answer', async (t) => {
  for (const [length, text] of [
    ['6', 'file'],
    ['2', 'file'],
    ['1', ''],
  ] as const) {
    const { get } = await behind(
      t,
      firstOf((frames, id) => {
        frames.head(id, { 'content-length': length });
        frames.data(id, text, true);
      }),
    );
    const error = await failure(get('a'), 'UPSTREAM_UNREACHABLE');
    assert.equal(error.facts.retryable, true, `${length} for ${text}`);
    assert.equal(await get('b'), 'file');
  }
});

test('a goodbye lets finish what was seen; the rest is asked on another connection', async (t) => {
  const begun: number[] = [];
  const { get, server, clock } = await behind(t, (frames, id, at) => {
    if (at === 0 || frames !== server.connections[0]) {
      whole(frames, id);
      return;
    }
    begun.push(id);
    if (begun.length < 3) return;
    const [first = 0] = begun;
    frames.goaway(first, 0);
    whole(frames, first);
  });
  // Then it is known how many streams there may be.
  assert.equal(await get('known'), 'file');
  const all = await Promise.all(['a', 'b', 'c'].map(get));
  assert.deepEqual(all, ['file', 'file', 'file']);
  assert.equal(server.connections.length, 2);
  assert.deepEqual(clock.slept, []);
});

test('a connection that ends in the middle of several streams fails each of them, and the next request takes another', async (t) => {
  for (const end of [
    (frames: Frames) => frames.goaway(0, 2),
    (frames: Frames) => frames.socket.destroy(),
    (frames: Frames) => frames.socket.end(),
  ]) {
    const begun: number[] = [];
    const { get, server } = await behind(t, (frames, id, at) => {
      if (at === 0 || frames !== server.connections[0]) whole(frames, id);
      else if (begun.push(id) === 1) frames.head(id);
      else if (begun.length === 3) {
        frames.data(begun[0] ?? 0, 'fi');
        end(frames);
      }
    });
    assert.equal(await get('known'), 'file');
    const errors = ['a', 'b', 'c'].map((name) => failure(get(name), 'UPSTREAM_UNREACHABLE'));
    for (const error of await Promise.all(errors)) assert.equal(error.facts.retryable, true);
    assert.equal(await get('d'), 'file');
    assert.equal(server.connections.length, 2);
  }
});

test('silence before the headers, and in a body, is a timeout; the next request takes another connection', async (t) => {
  for (const begin of [() => {}, (frames: Frames, id: number) => frames.head(id)]) {
    const { get, server } = await behind(t, firstOfAfter(1, begin), { timeoutMs: 300 });
    assert.equal(await get('known'), 'file');
    const error = await failure(get('a'), 'UPSTREAM_TIMEOUT');
    assert.equal(error.facts.retryable, true);
    assert.equal(await get('b'), 'file');
    assert.equal(server.connections.length, 2);
  }
});

function firstOfAfter(answered: number, fault: (frames: Frames, id: number) => void): Ask {
  return (frames, id, at) => (at === answered ? fault : whole)(frames, id);
}

test('headers of enormous size are refused, and the connection goes on', async (t) => {
  for (const bytes of [20_000, 60_000]) {
    const { get } = await behind(
      t,
      firstOf((frames, id) => {
        frames.head(id, { 'x-long': 'x'.repeat(bytes) });
        frames.data(id, 'file', true);
      }),
    );
    await failure(get('a'), 'UPSTREAM_TOO_LARGE');
    assert.equal(await get('b'), 'file');
  }
  for (const bytes of [100_000, 1_000_000]) {
    const { get } = await behind(
      t,
      firstOf((frames, id) => {
        frames.head(
          id,
          Object.fromEntries(
            Array.from({ length: bytes / 10_000 }, (_, at) => [`x-${at}`, 'x'.repeat(10_000)]),
          ),
        );
        frames.data(id, 'file', true);
      }),
    );
    const error = await get('a').catch((reason: unknown) => reason);
    assert.match(String((error as { code?: string }).code), /^UPSTREAM_(TOO_LARGE|UNREACHABLE)$/, `${bytes}`);
    assert.equal(await get('b'), 'file');
  }
});

test('a redirect is followed, and 429 says how long to wait', async (t) => {
  const { get } = await behind(t, (frames, id, at) => {
    if (at > 0) whole(frames, id);
    // 302 and 429 as literals: RFC 7541 §6.2.2.
    else frames.status(id, '302', { location: `${H2_SITE}/b` });
  });
  assert.equal(await get('a'), 'file');
  const busy = await behind(t, (frames, id) => frames.status(id, '429', { 'retry-after': '7' }));
  const error = await failure(busy.get('a'), 'UPSTREAM_STATUS');
  assert.equal(error.facts.retryAfterMs, 7000);
  assert.equal(error.facts.retryable, true);
});

test('a server that chooses HTTP/2 and cannot speak it is asked over HTTP/1.1 until the end of the run', async (t) => {
  for (const rubbish of [
    (socket: { write(text: string): void }) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    (socket: { write(bytes: Uint8Array): void }) => socket.write(Buffer.alloc(300, 0xff)),
    (socket: { end(): void }) => socket.end(),
    (socket: { destroy(): void }) => socket.destroy(),
  ]) {
    const server = await startLiar(t, rubbish);
    const kit = openH2(t, server.port, { fileConnections: 2 });
    const get = getter(kit);
    const all = Array.from({ length: 4 }, (_, at) => get(`f${at}`));
    assert.deepEqual(await Promise.all(all), ['file', 'file', 'file', 'file']);
    for (let at = 0; at < 3; at++) assert.equal(await get('f'), 'file');
    assert.deepEqual(kit.clock.slept, []);
    assert.equal(server.chosen.filter((one) => one === 'h2').length, 1, server.chosen.join());
  }
});

test('a server that chooses HTTP/2 and is silent is a timeout once, and asked over HTTP/1.1 then', async (t) => {
  const server = await startLiar(t, () => {});
  const get = getter(openH2(t, server.port, { timeoutMs: 300 }));
  await failure(get('a'), 'UPSTREAM_TIMEOUT');
  assert.equal(await get('b'), 'file');
});

test('a server that wants HTTP/1.1 for what it is asked gets it', async (t) => {
  const server = await startFrames(t, (frames, id) => frames.reset(id, 13), 'file');
  const kit = openH2(t, server.port);
  assert.equal(await getter(kit)('a'), 'file');
  assert.deepEqual(kit.clock.slept, []);
});

test('rubbish in the middle fails what is under way; where it happens again and again it is HTTP/1.1', async (t) => {
  const server = await startFrames(
    t,
    (frames, id) => {
      if (frames.begun.push(id) === 1) whole(frames, id);
      else frames.socket.write(Buffer.alloc(300, 0xff));
    },
    'plain',
  );
  const get = getter(openH2(t, server.port));
  for (let times = 0; times < 3; times++) {
    assert.equal(await get('known'), 'file');
    const error = await failure(get('a'), 'UPSTREAM_UNREACHABLE');
    assert.equal(error.facts.retryable, true);
  }
  assert.equal(await get('a'), 'plain');
  // A session says that it has broken after its streams have: another connection may have been begun by then.
  assert.ok(server.connections.length <= 4, `${server.connections.length} connections`);
});

test('a server that is gone is told to everyone who waits for it', async (t) => {
  const gone: Server = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as { port: number };
  await new Promise<void>((resolve) => gone.close(() => resolve()));
  const get = getter(openH2(t, port));
  const errors = ['a', 'b', 'c'].map((name) => failure(get(name), 'UPSTREAM_UNREACHABLE'));
  for (const error of await Promise.all(errors)) assert.match(String(error.facts.received), /ECONNREFUSED/);
});

test('closing fails who waits and who is under way', async (t) => {
  const asked: number[] = [];
  const { get, upstream } = await behind(t, (_, id) => void asked.push(id));
  const errors = ['a', 'b'].map((name) => failure(get(name), 'UPSTREAM_UNREACHABLE'));
  while (asked.length === 0) await turn();
  await upstream.close();
  await Promise.all(errors);
});
