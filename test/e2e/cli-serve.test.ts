/**
 * Goal: `jubjub serve` serves what `jubjub sync` made, in the type that the client asks for, until it is told to end.
 * Method: both as child processes, real HTTP over loopback.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask } from '../support/http-ask.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { withTempDir } from '../support/temp.ts';
import { smallWheel, startWorld, uploadSmall } from '../support/world.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const HTML_TYPE = 'application/vnd.pypi.simple.v1+html';

test('it prints its URL, negotiates, serves files in ranges, and ends with 0 on SIGTERM', async (t) => {
  const sim = await startWorld(t);
  uploadSmall(sim, ['cheshire', 'Mad.Hatter']);
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
  await place.sync(t);
  const serving = place.start(t, ['serve', '--port', '0']);
  const url = await serving.line('stdout', /^http:\/\/127\.0\.0\.1:\d+$/);
  const page = (name: string) => readFileSync(join(place.web, 'simple', 'mad-hatter', name));

  for (const [accept, type, bytes] of [
    [JSON_TYPE, JSON_TYPE, page('index.v1_json')],
    [HTML_TYPE, HTML_TYPE, page('index.html')],
    [`${JSON_TYPE};q=0.1, text/html`, 'text/html', page('index.html')],
    ['*/*', 'text/html', page('index.html')],
  ] as const) {
    const answer = await ask(url, { target: '/simple/mad-hatter/', headers: { accept } });
    assert.deepEqual(
      { status: answer.status, type: answer.headers['content-type'], vary: answer.headers['vary'] },
      { status: 200, type, vary: 'Accept, Accept-Encoding' },
    );
    assert.deepEqual(answer.body, bytes);
    assert.equal(answer.headers['x-pypi-last-serial'], String(sim.state.lastSerial));
    const again = await ask(url, {
      target: '/simple/mad-hatter/',
      headers: { accept, 'if-none-match': answer.headers.etag ?? '' },
    });
    assert.equal(again.status, 304);
  }

  const moved = await ask(url, { target: '/simple/Mad.Hatter' });
  assert.deepEqual([moved.status, moved.headers.location], [301, '/simple/mad-hatter/']);

  const wheel = smallWheel('cheshire');
  const detail = await ask(url, { target: '/simple/cheshire/', headers: { accept: JSON_TYPE } });
  const file = new URL(JSON.parse(detail.body.toString()).files[0].url, `${url}/simple/cheshire/`);
  const part = await ask(url, { target: file.pathname, headers: { range: 'bytes=10-19' } });
  assert.deepEqual([part.status, part.body], [206, wheel.bytes.subarray(10, 20)]);
  assert.match(part.headers['cache-control'] ?? '', /immutable/);
  const sidecar = await ask(url, { target: `${file.pathname}.metadata` });
  assert.deepEqual([sidecar.status, sidecar.body], [200, wheel.metadata]);

  for (const target of ['/simple/bandersnatch/', '/../state/catalogue.db', '/state/catalogue.db'])
    assert.equal((await ask(url, { target })).status >= 400, true, target);

  serving.send('SIGTERM');
  const { status, stdout } = await serving.ended;
  assert.equal(status, 0);
  assert.equal(stdout, `${url}\n`);
});
