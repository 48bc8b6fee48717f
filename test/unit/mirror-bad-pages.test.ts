/**
 * Goal: a page that is not what it must be makes its project pending with an error that names it; the others go on.
 * Method: a table of bad pages for one project of two; after each run the docroot is searched for anything of it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../src/errors.ts';
import { failureOf, runTo, shown, startWorld, upload } from '../support/mirror-kit.ts';
import type { Fault } from '../support/sim/faults.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const FILENAME = 'snark-1.0-py3-none-any.whl';
const PLACES =
  /^(simple\/(index\.(html|v1_json)|(snark|vorpal)\/index\.(html|v1_json))|packages\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{60}\/[a-z0-9_.-]+\.whl(\.metadata)?|status\.json|last-modified|manifest\.json|manifest\/[0-9a-f]{3}\.sha256)$/;

const rewrite = (change: (text: string) => string): Fault => ({ kind: 'rewrite', rewrite: change });
const renamed = (filename: string) =>
  rewrite((text) => text.replaceAll(`"${FILENAME}"`, JSON.stringify(filename)));
const replaced = (body: string, contentType = JSON_TYPE): Fault => ({ kind: 'replace', body, contentType });

const BAD_PAGES: readonly (readonly [what: string, fault: Fault, code: ErrorCode, names: RegExp])[] = [
  [
    'links to a foreign host',
    { kind: 'foreign-host', origin: 'http://elsewhere.example' },
    'UPSTREAM_HOST_NOT_ALLOWED',
    /snark/,
  ],
  ['a filename that climbs out', renamed('../../../evil.whl'), 'UPSTREAM_MALFORMED', /snark.*files\[0\]/],
  ['a filename with a zero byte', renamed('a\u0000.whl'), 'UPSTREAM_MALFORMED', /snark/],
  ['a filename like a sidecar', renamed('evil.whl.metadata'), 'UPSTREAM_MALFORMED', /snark/],
  [
    'a URL that climbs out',
    rewrite((text) => text.replace(/packages\/[^"]*\//, 'packages/..%2f..%2f')),
    'UPSTREAM_MALFORMED',
    /snark/,
  ],
  [
    'a URL that is no URL',
    rewrite((text) => text.replace(/"url":"[^"]*"/, '"url":"javascript:alert(1)"')),
    'UPSTREAM_MALFORMED',
    /snark/,
  ],
  [
    'the same filename twice',
    rewrite((text) => text.replace(/"files":\[(.*?\})\]/s, '"files":[$1,$1]')),
    'UPSTREAM_MALFORMED',
    /snark/,
  ],
  [
    'api-version 2.0',
    rewrite((text) => text.replace('"api-version":"1.4"', '"api-version":"2.0"')),
    'UPSTREAM_API_VERSION',
    /API version/,
  ],
  ['half a document', replaced('{"meta":{"api-version":"1.4"},"files":['), 'UPSTREAM_MALFORMED', /snark/],
  ['garbage', replaced('\u0000\u0001\u0002'), 'UPSTREAM_MALFORMED', /snark/],
  ['another document', replaced('[]'), 'UPSTREAM_MALFORMED', /snark/],
  [
    'the page of another project',
    rewrite((text) => text.replaceAll('"name":"snark"', '"name":"boojum"')),
    'UPSTREAM_MALFORMED',
    /snark/,
  ],
  [
    'HTML where JSON was due',
    replaced('<html>Welcome to the hotel</html>', 'text/html'),
    'UPSTREAM_MALFORMED',
    /snark/,
  ],
  [
    'a serial that is no number',
    rewrite((text) => text.replace(/"_last-serial":\d+/, '"_last-serial":-1')),
    'UPSTREAM_MALFORMED',
    /snark/,
  ],
  [
    'a digest that is no digest',
    rewrite((text) => text.replace(/"hashes":\{"sha256":"[0-9a-f]{8}/, '"hashes":{"sha256":"../../xx')),
    'UPSTREAM_MALFORMED',
    /snark/,
  ],
  ['a body without end', { kind: 'endless' }, 'UPSTREAM_TOO_LARGE', /snark/],
  ['a small body that unpacks without end', { kind: 'endless', gzip: true }, 'UPSTREAM_TOO_LARGE', /snark/],
  ['errors only', { kind: 'html-503' }, 'UPSTREAM_STATUS', /snark/],
  [
    'a redirect to another host',
    { kind: 'redirect', to: 'http://elsewhere.example/' },
    'UPSTREAM_REDIRECT',
    /snark/,
  ],
];

for (const [what, fault, code, names] of BAD_PAGES) {
  test(`${what}: pending by name, the other project goes on, nothing lands elsewhere`, async (t) => {
    const world = await startWorld(t);
    upload(world, 'snark');
    upload(world, 'vorpal');
    world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, fault });
    const summary = await runTo(world, 3);
    const failure = failureOf(world, 'snark');
    assert.equal(failure.code, code, failure.message);
    assert.match(failure.message, names);
    assert.equal(summary.serial, world.sim.state.lastSerial);
    assert.deepEqual(shown(world, 'vorpal'), ['vorpal-1.0-py3-none-any.whl']);
    assert.deepEqual(
      [...world.engine.store.tree().keys()].filter((path) => !PLACES.test(path)),
      [],
    );
    assert.deepEqual(
      world.engine.store.staged().filter((path) => !PLACES.test(path)),
      [],
    );
    world.sim.faults.clear();
    await runTo(world, 0);
    assert.deepEqual(shown(world, 'snark'), [FILENAME]);
  });
}

test('a bad page leaves what is published as it was', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark');
  await runTo(world, 0);
  upload(world, 'snark', '2.0');
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, fault: replaced('{') });
  await runTo(world, 3);
  assert.deepEqual(shown(world, 'snark'), [FILENAME]);
});

for (const mirrorFiles of [true, false])
  test(`links that lead to a foreign host take nothing off the page that is here already (files ${mirrorFiles})`, async (t) => {
    const world = await startWorld(t, { cdn: false });
    upload(world, 'snark');
    await runTo(world, 0);
    world.engine.options.settings = { mirrorFiles };
    upload(world, 'snark', '2.0');
    world.sim.faults.add({
      match: /^GET \/simple\/snark\/$/,
      fault: { kind: 'foreign-host', origin: 'http://elsewhere.example' },
    });
    assert.equal((await world.engine.run()).exitStatus, 3);
    assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_HOST_NOT_ALLOWED' });
    assert.deepEqual(shown(world, 'snark'), [FILENAME]);
    world.sim.faults.clear();
    assert.equal((await world.engine.run()).exitStatus, 0);
    assert.equal(shown(world, 'snark')?.length, 2);
  });

test('markup in text fields is text on our pages', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark');
  const evil = '"><script>alert(1)</script>';
  world.sim.faults.add({
    match: /^GET \/simple\/snark\/$/,
    fault: rewrite((text) =>
      text.replace('"requires-python":null', `"requires-python":${JSON.stringify(evil)}`),
    ),
  });
  assert.equal((await world.engine.run()).exitStatus, 0);
  const html = Buffer.from(world.engine.store.tree().get('simple/snark/index.html') ?? []).toString();
  assert.match(html, /script/);
  assert.doesNotMatch(html, /<script/);
});
