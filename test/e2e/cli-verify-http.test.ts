/**
 * Goal: `jubjub verify --http` proves what a web server really gives out, and says so by its exit status.
 * Method: the built program over a mirror behind `jubjub serve`, behind nginx as `jubjub config nginx` sets it up, and behind
 * an nginx without any special configuration; then with damage. It is a process once for each way to end, elsewhere main().
 */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nginxOver, serveOver } from '../support/chain.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { NGINX_MISSING, startNginx } from '../support/nginx.ts';
import { withTempDir } from '../support/temp.ts';
import { startWorld, uploadSmall } from '../support/world.ts';

const NAMES = ['cheshire', 'dormouse', 'hatter'];

async function mirrored(t: Parameters<typeof startWorld>[0]): Promise<MirrorPlace> {
  const sim = await startWorld(t);
  uploadSmall(sim, NAMES);
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
  await place.sync(t);
  return place;
}

function lastLine(stdout: string) {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

test('jubjub serve gives out what the mirror has, and a flipped byte is found and named', async (t) => {
  const place = await mirrored(t);
  const url = await serveOver(t, place);
  const clean = await place.expect(t, 0, ['verify', '--http', url]);
  assert.match(clean.stdout, /^verify --http: all as it must be \(exit status 0\)\n/);
  assert.match(clean.stdout, /against +the catalogue of this mirror: serial \d+\n/);
  assert.equal((await place.call(t, 0, ['verify', '--http', url, '--quiet'])).stdout, '');

  const packages = join(place.web, 'packages');
  const wheel = readdirSync(packages, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('.whl'),
  );
  assert.ok(wheel);
  writeFileSync(join(packages, wheel), 'other bytes');
  const damaged = await place.expect(t, 5, ['verify', '--http', url, '--all', '--json']);
  const [finding] = damaged.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual([finding.type, finding.kind, finding.severity], ['finding', 'file-size', 'damage']);
  assert.ok(finding.url.endsWith(wheel));
  const summary = lastLine(damaged.stdout);
  assert.deepEqual([summary.type, summary.exitStatus, summary.damaged], ['summary', 5, 1]);
  assert.deepEqual(summary.found, { 'file-size': 1 });
});

test('nginx with our configuration is all as it must be', { skip: NGINX_MISSING }, async (t) => {
  const place = await mirrored(t);
  const { stdout } = await place.call(t, 0, ['verify', '--http', await nginxOver(t, place), '--json']);
  const summary = lastLine(stdout);
  assert.deepEqual([summary.damaged, summary.warnings, summary.negotiates], [0, 0, true]);
});

test('nginx without one is no damage; what it cannot do is said', { skip: NGINX_MISSING }, async (t) => {
  const place = await mirrored(t);
  const nginx = await startNginx(join(withTempDir(t), 'nginx'), place.web);
  t.after(() => nginx.close());
  const { stdout } = await place.call(t, 0, ['verify', '--http', nginx.url]);
  assert.match(stdout, /^warning: no-negotiation /m);
  assert.match(stdout, /next +jubjub config nginx/);
});

test('a foreign mirror is held against its own proof, with a sample that its seed brings back', async (t) => {
  const place = await mirrored(t);
  const url = await serveOver(t, place);
  const nowhere = new MirrorPlace(withTempDir(t));
  const { stdout } = await nowhere.call(t, 0, [
    'verify',
    '--http',
    url,
    '--sample',
    '2',
    '--seed',
    '7',
    '--json',
  ]);
  const summary = lastLine(stdout);
  assert.deepEqual(
    [summary.against, summary.seed, summary.checked.projects, summary.checked.of],
    ['manifest', 7, 2, 3],
  );
  assert.match(
    (await nowhere.call(t, 2, ['verify', '--http', url, '-c', 'none.toml'])).stderr,
    /CONFIG_MISSING/,
  );
});

test('nobody there ends with 4', async (t) => {
  const nowhere = new MirrorPlace(withTempDir(t));
  const { stderr } = await nowhere.expect(t, 4, ['verify', '--http', 'http://127.0.0.1:1']);
  assert.match(stderr, /UPSTREAM_UNREACHABLE/);
});
