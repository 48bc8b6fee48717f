/**
 * Goal: a file that is not what its page promised is never published; its project is owed and the others go on.
 * Method: faults on one file of one project: new projects, known projects, and two projects that claim one path.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { ErrorCode } from '../../src/errors.ts';
import {
  asked,
  failureOf,
  LONG_MS,
  pathOf,
  runTo,
  shown,
  startWorld,
  upload,
  type World,
} from '../support/mirror-kit.ts';
import type { Fault } from '../support/sim/faults.ts';

const BAD_FILES: readonly (readonly [what: string, fault: Fault, code: ErrorCode])[] = [
  ['other bytes', { kind: 'corrupt' }, 'INTEGRITY_DIGEST_MISMATCH'],
  ['a short body', { kind: 'short', bytes: 100 }, 'INTEGRITY_SIZE_MISMATCH'],
  ['a body without end', { kind: 'endless' }, 'UPSTREAM_TOO_LARGE'],
  ['a connection that always breaks', { kind: 'truncate', afterBytes: 0 }, 'UPSTREAM_UNREACHABLE'],
  ['a 403', { kind: 'status', status: 403 }, 'UPSTREAM_ABSENT'],
  [
    'a redirect to another host',
    { kind: 'redirect', to: 'http://elsewhere.example/x.whl' },
    'UPSTREAM_REDIRECT',
  ],
];

function faultOn(world: World, filename: string, fault: Fault): void {
  const path = `/${pathOf(world, filename)}`;
  world.sim.faults.add({ match: (request) => request.path === path, fault });
}

for (const [what, fault, code] of BAD_FILES) {
  test(`a new project whose file is ${what}: published without it, pending, the others go on`, async (t) => {
    const world = await startWorld(t);
    upload(world, 'vorpal');
    const good = upload(world, 'snark', '1.0');
    const bad = upload(world, 'snark', '2.0');
    faultOn(world, bad.filename, fault);
    await runTo(world, 3);
    const failure = failureOf(world, 'snark');
    assert.equal(failure.code, code, failure.message);
    assert.match(failure.message, /snark-2\.0/);
    assert.deepEqual(shown(world, 'snark'), [good.filename]);
    assert.equal(shown(world, 'vorpal')?.length, 1);
    world.sim.faults.clear();
    await runTo(world, 0);
    assert.deepEqual(shown(world, 'snark'), [good.filename, bad.filename]);
  });
}

test('a known project with a broken file stays as it was for three runs, then goes on without the file', async (t) => {
  const world = await startWorld(t);
  const known = upload(world, 'snark', '1.0');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  const good = upload(world, 'snark', '2.0');
  faultOn(world, upload(world, 'snark', '3.0').filename, { kind: 'corrupt' });
  for (let run = 1; run <= 3; run++) {
    await runTo(world, 3);
    assert.deepEqual(shown(world, 'snark'), [known.filename], `run ${run}`);
    world.sim.advance(LONG_MS);
  }
  await runTo(world, 3);
  assert.deepEqual(shown(world, 'snark'), [known.filename, good.filename]);
  world.sim.faults.clear();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 3);
});

test('a known project whose page lists a file that has vanished goes on at once without it', async (t) => {
  const world = await startWorld(t);
  const known = upload(world, 'snark', '1.0');
  await runTo(world, 0);
  const good = upload(world, 'snark', '2.0');
  faultOn(world, upload(world, 'snark', '3.0').filename, { kind: 'missing' });
  await runTo(world, 3);
  assert.deepEqual(shown(world, 'snark'), [known.filename, good.filename]);
  assert.equal(failureOf(world, 'snark').code, 'UPSTREAM_ABSENT');
});

test('a takedown is not held up by a broken file', async (t) => {
  const world = await startWorld(t);
  const doomed = upload(world, 'snark', '1.0');
  const kept = upload(world, 'snark', '1.1');
  await runTo(world, 0);
  faultOn(world, upload(world, 'snark', '2.0').filename, { kind: 'corrupt' });
  world.sim.state.removeFile(doomed.filename);
  await runTo(world, 3);
  assert.deepEqual(shown(world, 'snark'), [kept.filename]);
});

test('bytes that a fault changed once are asked for once more', async (t) => {
  const world = await startWorld(t);
  const wheel = upload(world, 'snark');
  const path = `/${pathOf(world, wheel.filename)}`;
  world.sim.faults.add({ match: (request) => request.path === path, times: 1, fault: { kind: 'corrupt' } });
  await runTo(world, 0);
  assert.equal(asked(world, new RegExp(`${wheel.filename}$`)).length, 2);
});

/** Makes the page of `name` claim the path of another project's file, on another host that has other bytes there. */
function claimPath(world: World, name: string, path: string, bytes: string): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const filename = path.slice(path.lastIndexOf('/') + 1);
  world.sim.faults.add({
    match: (request) => request.line === `GET /simple/${name}/`,
    fault: {
      kind: 'rewrite',
      rewrite: (text) =>
        text
          .replace(/"filename":"[^"]*"/, `"filename":"${filename}"`)
          .replace(/"hashes":\{[^}]*\}/, `"hashes":{"sha256":"${sha256}"}`)
          .replace(/"size":\d+/, `"size":${bytes.length}`)
          .replace(/"url":"[^"]*"/, `"url":"${world.sim.url}/${path}"`)
          .replace(/"(data-dist-info|core)-metadata":\{[^}]*\}/g, '"$1-metadata":false'),
    },
  });
  world.sim.faults.add({
    match: (request) => request.host === 'site' && request.path === `/${path}`,
    fault: { kind: 'replace', body: bytes, contentType: 'application/octet-stream' },
  });
}

for (const together of [true, false]) {
  const when = together ? 'in one wave' : 'one after the other';
  test(`two projects that claim one path with different bytes ${when} both get their own`, async (t) => {
    const world = await startWorld(t, { separateFileHost: true });
    const path = pathOf(world, upload(world, 'snark').filename);
    if (!together) await runTo(world, 0);
    upload(world, 'boojum');
    claimPath(world, 'boojum', path, 'other bytes');
    const summary = await world.engine.run();
    assert.equal(summary.exitStatus, 0, JSON.stringify(summary.pending));
    const [snark] = world.engine.files('snark');
    const [boojum] = world.engine.files('boojum');
    assert.notEqual(snark?.path, boojum?.path);
    const tree = world.engine.store.tree();
    for (const file of [snark, boojum]) {
      assert.ok(file);
      const bytes = tree.get(file.path);
      assert.equal(
        createHash('sha256')
          .update(bytes ?? '')
          .digest('hex'),
        file.sha256,
      );
    }
    assert.equal(Buffer.from(tree.get(boojum?.path ?? '') ?? []).toString(), 'other bytes');
  });
}
