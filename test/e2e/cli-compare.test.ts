/**
 * Goal: an operator proves two mirrors equal, or learns by name what differs; and anybody checks the proof with sha256sum.
 * Method: the built program follows one simulated index into two directories; one is served by `jubjub serve`, the other by
 * nginx as `jubjub config nginx` sets it up. A comparison is a process once for each way to end, elsewhere it is main().
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nginxOver, serveOver } from '../support/chain.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { NGINX_MISSING } from '../support/nginx.ts';
import { withTempDir } from '../support/temp.ts';
import { startWorld, uploadSmall } from '../support/world.ts';

const NAMES = ['cheshire', 'dormouse', 'hatter', 'march-hare'];

async function mirrored(t: Parameters<typeof startWorld>[0]) {
  const sim = await startWorld(t);
  uploadSmall(sim, NAMES);
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
  await place.sync(t);
  return { sim, place };
}

test('two mirrors of one index are the same; after a change the projects that differ are named', async (t) => {
  const { sim, place } = await mirrored(t);
  const other = new MirrorPlace(withTempDir(t)).configure(sim.url);
  await other.sync(t);
  const url = await serveOver(t, other);
  const same = await place.expect(t, 0, ['compare', url]);
  assert.match(same.stdout, /^compare: the same 4 projects \(exit status 0\)\n/);
  assert.equal((await place.call(t, 0, ['compare', url, '--quiet'])).stdout, '');

  sim.state.removeProject('hatter');
  uploadSmall(sim, ['alice']);
  await place.sync(t, 0, '--allow-removals', '1');
  const different = await place.call(t, 5, ['compare', url, '--quiet']);
  const expected =
    /^compare: the two differ \(exit status 5\)\n.* serial \d+, 4 projects.*\n.*\n {2}only here +1 project\n {4}alice\n {2}only there +1 project\n {4}hatter\n {2}note +the serials differ/;
  assert.match(different.stdout, expected);
  const all = await place.call(t, 5, ['compare', url, '--all']);
  assert.match(all.stdout, /^only there +hatter$/m);

  const { stdout } = await place.expect(t, 5, ['compare', url, '--json']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const summary = lines.pop();
  assert.deepEqual(lines.map(({ type, kind, name }) => [type, kind, name]).sort(), [
    ['difference', 'only-here', 'alice'],
    ['difference', 'only-there', 'hatter'],
  ]);
  assert.deepEqual([summary.type, summary.exitStatus, summary.same], ['summary', 5, false]);
  assert.deepEqual([summary.onlyHere, summary.onlyThere, summary.different], [1, 1, 0]);
  assert.equal(summary.here.serial, sim.state.lastSerial);
});

test('two mirrors elsewhere are compared without any of our own', { skip: NGINX_MISSING }, async (t) => {
  const { place } = await mirrored(t);
  const [one, other] = [await serveOver(t, place), await nginxOver(t, place)];
  const nobody = new MirrorPlace(withTempDir(t));
  const { stdout } = await nobody.call(t, 0, ['compare', one, '--with', `${other}/simple/`]);
  assert.match(stdout, /the same 4 projects/);
});

test('what is no mirror, or not there, ends with 4, and a wrong address with 2', async (t) => {
  const { sim, place } = await mirrored(t);
  const upstream = await place.expect(t, 4, ['compare', sim.url]);
  assert.match(upstream.stderr, /UPSTREAM_ABSENT/);
  assert.match(upstream.stderr, /hint +it may be no jubjub mirror/);
  const nobody = await place.call(t, 4, ['compare', 'http://user:secret@127.0.0.1:1']);
  assert.match(nobody.stderr, /UPSTREAM_UNREACHABLE/);
  assert.doesNotMatch(nobody.stderr, /secret/);
  assert.match((await place.call(t, 2, ['compare', 'mirror'])).stderr, /USAGE_INVALID/);
  const empty = new MirrorPlace(withTempDir(t));
  assert.match((await empty.call(t, 2, ['compare', sim.url])).stderr, /CONFIG_MISSING/);
});

test('anybody checks the proof with sha256sum and nothing of ours', async (t) => {
  const { place } = await mirrored(t);
  const script =
    'cd "$1" && cat manifest/*.sha256 | sha256sum --check --strict --quiet && sha256sum manifest/*.sha256 | sha256sum';
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', place.web], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const manifest = JSON.parse(readFileSync(join(place.web, 'manifest.json'), 'utf8'));
  assert.equal(
    stdout.split(' ')[0],
    manifest.digest,
    'the digest is that of what sha256sum says of the buckets',
  );
  assert.equal(manifest.projects, NAMES.length);
});
