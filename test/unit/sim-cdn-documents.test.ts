/**
 * Goal: the JSON API and provenance are objects of the edge as pages are: stale, late, forgetful (protocol §3, §4.5, §5).
 * Method: one behaviour a test, on the Cdn itself with a manual clock.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IndexState } from '../../src/demo/index-state.ts';
import { answerOrigin } from '../../src/demo/origin.ts';
import { seeded } from '../support/prng.ts';
import { rawRequest, rpcRequest } from '../support/raw-http.ts';
import { askSim } from '../support/sim/ask-sim.ts';
import { Cdn } from '../support/sim/cdn.ts';
import { manualClock } from '../support/sim/clock.ts';
import { randomFaults } from '../support/sim/random-faults.ts';
import { startSim } from '../support/sim/sim.ts';
import { makeWheel } from '../support/wheels.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const API = '/pypi/vorpal/json';
const WHEEL = makeWheel({ name: 'vorpal', version: '1.0', modules: { 'vorpal.py': 'X = 1\n' } });
const PROVENANCE = `/integrity/vorpal/1.0/${WHEEL.filename}/provenance`;

/** The edge in front of vorpal 1.0 (serial 4). */
function edge() {
  const clock = manualClock();
  const state = new IndexState({ now: clock.now, startSerial: 0 });
  const urls = { site: 'https://pypi.example', files: 'https://files.example' };
  const asked: string[] = [];
  const cdn = new Cdn(
    (request) => {
      asked.push(request.path);
      return answerOrigin(state, { urls, changelogRowsMax: 100 }, request);
    },
    clock.now,
    seeded(1),
  );
  state.onCommit((commit) => cdn.onCommit(commit));
  state.uploadFile(WHEEL, { version: 1, publisher: 1 });
  const get = (path: string, headers: Record<string, string> = {}, query = '') =>
    cdn.answer({ method: 'GET', path, query, headers, body: '' });
  const serial = (headers: Record<string, string> = {}) =>
    Number(get(API, headers).headers['x-pypi-last-serial']);
  return { clock, state, cdn, asked, get, serial };
}

test('a purge of the project purges its document, softly: old once more, then new', () => {
  const { state, serial, asked } = edge();
  assert.deepEqual([serial(), serial()], [4, 4]);
  assert.deepEqual(asked, [API]);
  state.addRole('vorpal', 'Maintainer', 'alice');
  assert.deepEqual([serial(), serial(), serial()], [4, 5, 5]);
});

test('gzip and identity of a document are objects of their own and may disagree', () => {
  const { state, serial } = edge();
  const gzip = { 'accept-encoding': 'gzip' };
  assert.deepEqual([serial(), serial(gzip)], [4, 4]);
  state.addRole('vorpal', 'Maintainer', 'alice');
  assert.deepEqual([serial(), serial(), serial(gzip)], [4, 5, 4]);
});

test('a change that is not purged leaves page, document and provenance as they were for a day', () => {
  const { state, clock, get } = edge();
  const status = () =>
    JSON.parse(get('/simple/vorpal/', { accept: 'application/vnd.pypi.simple.v1+json' }).body.toString())[
      'project-status'
    ].status;
  const owner = () => JSON.parse(get(API).body.toString()).ownership.organization;
  const publisher = () => JSON.parse(get(PROVENANCE).body.toString()).publisher;
  assert.deepEqual([status(), owner(), publisher()], ['active', null, 1]);
  const quiet = { purges: false };
  state.archiveProject('vorpal', quiet);
  state.setOrganization('vorpal', 'wonderland', quiet);
  state.setProvenance(WHEEL.filename, { version: 1, publisher: 2 }, quiet);
  clock.advance(DAY_MS - 1);
  assert.deepEqual([status(), owner(), publisher()], ['active', null, 1]);
  clock.advance(1 + 5 * MINUTE_MS);
  assert.deepEqual([status(), owner(), publisher()], ['archived', 'wonderland', 2]);
});

test('the edge answers for every spelling of a name from one object, and lets no query through', () => {
  const { get, asked } = edge();
  const statuses = ['/pypi/Vorpal/json', '/pypi/VORPAL/json', API].map((path) => get(path).status);
  assert.deepEqual(statuses, [200, 200, 200]);
  assert.equal(get(API, {}, 'bust=1').headers['x-cache'], 'HIT');
  assert.equal(get('/pypi/Vorpal/json/').headers['location'], API);
  assert.deepEqual(asked, [API, `${API}/`]);
});

test('a missing document is remembered for a minute, also when the project comes', () => {
  const { state, clock, get } = edge();
  assert.equal(get('/pypi/snark/json').status, 404);
  state.uploadFile(makeWheel({ name: 'snark', version: '1.0', modules: {} }));
  clock.advance(MINUTE_MS - 1);
  assert.equal(get('/pypi/snark/json').status, 404);
  clock.advance(1);
  assert.equal(get('/pypi/snark/json').status, 200);
});

test('the edge answers conditions on documents and provenance from what it has', () => {
  const { state, get, asked } = edge();
  for (const path of [API, PROVENANCE]) {
    const etag = get(path).headers['etag'] ?? '';
    state.setProvenance(WHEEL.filename, { version: 1, publisher: path });
    state.addRole('vorpal', 'Maintainer', 'alice');
    const statuses = [1, 2].map(() => get(path, { 'if-none-match': etag }).status);
    assert.deepEqual(statuses, [304, 200], path);
  }
  assert.equal(asked.length, 4);
});

test('provenance differs by Accept, and the edge keeps the origin’s type', () => {
  const { get } = edge();
  const types = ['*/*', 'application/json', 'text/html'].map((accept) => {
    const { status, headers } = get(PROVENANCE, { accept });
    return `${status} ${headers['content-type']}`;
  });
  assert.deepEqual(types, [
    '200 application/vnd.pypi.integrity.v1+json',
    '200 application/json',
    '406 application/json',
  ]);
});

test('without XML-RPC calls are 404, and everything else is as ever', async (t) => {
  const sim = await startSim({ xmlRpc: false, sockets: true });
  t.after(() => sim.close());
  sim.state.uploadFile(WHEEL);
  assert.equal((await rpcRequest(sim.url, 'changelog_last_serial')).status, 404);
  assert.equal((await rawRequest(`${sim.url}/simple/vorpal/`)).status, 200);
  assert.equal((await askSim(sim, API)).status, 200);
});

test('random faults reach documents and provenance as often as they are told to', async (t) => {
  const sim = await startSim();
  t.after(() => sim.close());
  sim.state.uploadFile(WHEEL, { version: 1 });
  for (const rule of randomFaults(1, 1)) sim.faults.add(rule);
  for (const path of [API, PROVENANCE, API, PROVENANCE])
    await askSim(sim, path).catch(() => 'no answer at all is one of them');
  assert.deepEqual(
    sim.requests.filter(({ fault }) => fault === null),
    [],
  );
  sim.faults.clear();
  assert.equal((await askSim(sim, API)).status, 200);
});
