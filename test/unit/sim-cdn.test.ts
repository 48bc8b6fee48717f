/**
 * Goal: the simulated edge is stale, late, forgetful and contradictory exactly as protocol §5 says, and in no other way.
 * Method: one behaviour a test, on the Cdn itself with a manual clock; a page is known by its serial.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OriginReply, OriginRequest } from '../../src/demo/http-message.ts';
import { IndexState } from '../../src/demo/index-state.ts';
import { answerOrigin } from '../../src/demo/origin.ts';
import { seeded } from '../support/prng.ts';
import { Cdn, type CdnOptions } from '../support/sim/cdn.ts';
import { manualClock } from '../support/sim/clock.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function edge(options: Partial<CdnOptions> = {}, seed = 1) {
  const clock = manualClock();
  const state = new IndexState({ now: clock.now, startSerial: 0 });
  const urls = { site: 'https://pypi.example', files: 'https://files.example' };
  const asked: string[] = [];
  const origin = (request: OriginRequest) => {
    asked.push(request.path);
    return answerOrigin(state, { urls, changelogRowsMax: 100 }, request);
  };
  const cdn = new Cdn(origin, clock.now, seeded(seed), options);
  state.onCommit((commit) => cdn.onCommit(commit));
  const get = (path: string, headers: Record<string, string> = {}, query = ''): OriginReply =>
    cdn.answer({ method: 'GET', path, query, headers: { accept: JSON_TYPE, ...headers }, body: '' });
  /** The serial that a page says; null when it is none. */
  const serial = (headers: Record<string, string> = {}, path = '/simple/vorpal/') => {
    const text = get(path, headers).headers['x-pypi-last-serial'];
    return text === undefined ? null : Number(text);
  };
  return { clock, state, cdn, asked, get, serial };
}

/** The edge with vorpal's page (serial 2) in its cache. */
function warmEdge(options: Partial<CdnOptions> = {}, seed = 1) {
  const made = edge(options, seed);
  made.state.createProject('vorpal');
  assert.equal(made.serial(), 2);
  return made;
}

test('a page is served from the cache, the origin is asked once', () => {
  const { serial, asked } = warmEdge();
  assert.equal(serial(), 2);
  assert.deepEqual(asked, ['/simple/vorpal/']);
});

test('after a purge the first request gets the old page, the next the fresh one', () => {
  const { state, serial } = warmEdge();
  state.addRole('vorpal', 'Owner', 'alice');
  assert.deepEqual([serial(), serial(), serial()], [2, 3, 3]);
});

test('five minutes after a purge nobody gets the old page any more', () => {
  const { state, clock, serial } = warmEdge();
  state.addRole('vorpal', 'Owner', 'alice');
  clock.advance(5 * MINUTE_MS - 1);
  assert.equal(serial(), 2);
  const other = warmEdge();
  other.state.addRole('vorpal', 'Owner', 'alice');
  other.clock.advance(5 * MINUTE_MS);
  assert.equal(other.serial(), 3);
});

test('a purge takes effect after its delay', () => {
  const { state, clock, serial } = warmEdge({ purgeDelayMs: 10_000 });
  state.addRole('vorpal', 'Owner', 'alice');
  clock.advance(9_999);
  assert.deepEqual([serial(), serial()], [2, 2]);
  clock.advance(1);
  assert.deepEqual([serial(), serial()], [2, 3]);
});

test('a lost purge leaves the page stale until its day is over, or until the next purge', () => {
  const { state, clock, cdn, serial } = warmEdge();
  cdn.losePurges(['vorpal']);
  state.addRole('vorpal', 'Owner', 'alice');
  clock.advance(DAY_MS - 1);
  assert.deepEqual([serial(), serial()], [2, 2]);
  clock.advance(1);
  assert.deepEqual([serial(), serial()], [2, 3]);
  cdn.losePurges();
  state.addRole('vorpal', 'Owner', 'dodo');
  state.addRole('vorpal', 'Owner', 'duchess');
  assert.deepEqual([serial(), serial()], [3, 5]);
});

test('rows that purge nothing move the serial and leave the page behind', () => {
  const { state, clock, serial } = warmEdge();
  state.invite('vorpal', 'Owner', 'dodo');
  state.teamRole('vorpal', 'Owner', 'mad tea party');
  clock.advance(60 * MINUTE_MS);
  assert.deepEqual([state.project('vorpal')?.lastSerial, serial(), serial()], [4, 2, 2]);
});

test('a project whose owner was deleted is still there for a day', () => {
  const { state, clock, get } = warmEdge();
  state.removeProject('vorpal', { purges: false });
  assert.equal(get('/simple/vorpal/').status, 200);
  clock.advance(DAY_MS + 5 * MINUTE_MS);
  assert.equal(get('/simple/vorpal/').status, 404);
});

test('a removed project answers 200 once more, then 404', () => {
  const { state, get } = warmEdge();
  state.removeProject('vorpal');
  assert.deepEqual([get('/simple/vorpal/').status, get('/simple/vorpal/').status], [200, 404]);
});

test('a 404 is remembered for a minute, and creating the project purges nothing of it', () => {
  const { state, clock, get } = edge();
  assert.equal(get('/simple/snark/').status, 404);
  state.createProject('snark');
  clock.advance(MINUTE_MS - 1);
  assert.equal(get('/simple/snark/').status, 404);
  clock.advance(1);
  assert.equal(get('/simple/snark/').status, 200);
});

test('the project list is never purged: half an hour for JSON, a day for HTML', () => {
  const { state, clock, serial } = warmEdge();
  const html = { accept: 'text/html' };
  assert.deepEqual([serial({}, '/simple/'), serial(html, '/simple/')], [2, 2]);
  state.createProject('snark');
  clock.advance(30 * MINUTE_MS - 1);
  assert.deepEqual([serial({}, '/simple/'), serial({}, '/simple/')], [2, 2]);
  clock.advance(1);
  assert.deepEqual([serial({}, '/simple/'), serial({}, '/simple/')], [2, 4]);
  assert.deepEqual([serial(html, '/simple/'), serial(html, '/simple/')], [2, 2]);
});

test('representations and encodings are objects of their own and may disagree', () => {
  const { state, serial } = warmEdge();
  const gzip = { 'accept-encoding': 'gzip' };
  assert.equal(serial(gzip), 2);
  state.addRole('vorpal', 'Owner', 'alice');
  assert.deepEqual([serial(), serial()], [2, 3]);
  assert.deepEqual([serial({ accept: 'text/html' }), serial(gzip), serial(gzip)], [3, 2, 3]);
});

test('points of presence disagree, by seed', () => {
  const seen = (seed: number) => {
    const { state, serial } = warmEdge({ pops: 3 }, seed);
    for (let visit = 0; visit < 20; visit++) serial();
    state.addRole('vorpal', 'Owner', 'alice');
    return Array.from({ length: 12 }, () => serial());
  };
  const first = seen(1);
  assert.deepEqual(first, seen(1));
  assert.equal(first.filter((value) => value === 2).length, 3, `${first}`);
  assert.notEqual(first.indexOf(3), -1);
  assert.ok(first.lastIndexOf(2) > first.indexOf(3), `an older page after a newer one: ${first}`);
});

test('a refresh that was rendered before a change and stored after its purge stays stale', () => {
  const { state, clock, serial } = warmEdge({ refreshDelayMs: 2000 });
  state.addRole('vorpal', 'Owner', 'alice');
  assert.equal(serial(), 2);
  state.addRole('vorpal', 'Owner', 'dodo');
  clock.advance(2000);
  assert.deepEqual([serial(), serial()], [3, 3]);
  clock.advance(60 * MINUTE_MS);
  assert.equal(serial(), 3);
});

test('while the origin is down stale pages are normal answers, and the rest is HTML with 503', () => {
  const { state, clock, cdn, get, serial } = warmEdge();
  state.addRole('vorpal', 'Owner', 'alice');
  cdn.originDown = true;
  clock.advance(60 * MINUTE_MS);
  assert.equal(serial(), 2);
  const unknown = get('/simple/snark/');
  assert.equal(unknown.status, 503);
  assert.match(unknown.headers['content-type'] ?? '', /^text\/html/);
  clock.advance(DAY_MS);
  assert.equal(get('/simple/vorpal/').status, 503);
  cdn.originDown = false;
  assert.equal(serial(), 3);
});

test('a conditional request is answered by the edge from the object that it has', () => {
  const { state, get, asked } = warmEdge();
  const etag = get('/simple/vorpal/').headers['etag'] ?? '';
  state.addRole('vorpal', 'Owner', 'alice');
  const statuses = [1, 2].map(() => get('/simple/vorpal/', { 'if-none-match': etag }).status);
  assert.deepEqual(statuses, [304, 200]);
  assert.equal(asked.length, 2);
});

test('types are exact, notes to the edge are taken off unless asked for, queries do not reach the origin', () => {
  const { get, asked } = warmEdge();
  const types = ['text/html', 'application/vnd.pypi.simple.v1+html', JSON_TYPE].map(
    (accept) => get('/simple/vorpal/', { accept }).headers['content-type'],
  );
  assert.deepEqual(types, ['text/html', 'application/vnd.pypi.simple.v1+html', JSON_TYPE]);
  assert.equal(get('/simple/vorpal/').headers['surrogate-key'], undefined);
  assert.match(
    get('/simple/vorpal/', { 'fastly-debug': '1' }).headers['surrogate-key'] ?? '',
    /(^| )project\/vorpal( |$)/,
  );
  const before = asked.length;
  assert.equal(get('/simple/vorpal/', {}, 'bust=1').headers['content-type'], JSON_TYPE);
  const format = 'format=application/vnd.pypi.simple.v1%2Bhtml';
  assert.equal(
    get('/simple/vorpal/', {}, format).headers['content-type'],
    'application/vnd.pypi.simple.v1+html',
  );
  assert.equal(asked.length, before);
});
