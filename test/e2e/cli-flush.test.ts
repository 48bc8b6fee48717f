/**
 * Goal: a mirror that does not flush knows that the machine was started anew, says so and ends with no 0 until a repair has looked at
 * everything; one that flushes again while the machine still runs is as safe as any.
 * Method: the built program's main() over the simulated upstream; the mark of another boot is written into the state folder.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MirrorPlace } from '../support/mirror-place.ts';
import { withTempDir } from '../support/temp.ts';
import { startWorld, uploadSmall } from '../support/world.ts';

const OFF = { more: '[store]\nflush = "off"\n' };
const isLinux = process.platform === 'linux';

test('without flushes a new start of the machine is noticed, told, and settled by a whole repair only', {
  skip: !isLinux,
}, async (t) => {
  const sim = await startWorld(t);
  uploadSmall(sim, ['hatter', 'queen']);
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url, OFF);
  const mark = join(place.mirror, 'state', 'unflushed.txt');
  await place.sync(t);
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  assert.equal(readFileSync(mark, 'utf8'), boot);
  await place.sync(t);
  writeFileSync(mark, 'another boot');
  // What a power cut may leave of a page that was never flushed.
  const page = join(place.web, 'simple', 'queen', 'index.html');
  rmSync(page);
  const { stderr } = await place.call(t, 3, ['sync']);
  assert.match(stderr, /was started anew after runs that did not flush.*jubjub verify --repair/);
  await place.sync(t, 3);
  const quiet = await place.call(t, 3, ['sync', '--quiet']);
  assert.match(quiet.stderr, /was started anew after runs that did not flush/, 'cron tells why');
  assert.match(quiet.stdout, /^ +next +jubjub verify --repair/m);
  await place.call(t, 5, ['verify']);
  await place.call(t, 0, ['verify', '--repair', '--subset', '1/1000', '-q']);
  assert.equal(readFileSync(mark, 'utf8'), 'another boot', 'a part is not the whole');
  await place.call(t, 0, ['verify', '--repair', '-q']);
  assert.equal(existsSync(page), true);
  assert.equal(readFileSync(mark, 'utf8'), boot);
  await place.sync(t);
});

test('a run that flushes makes durable what earlier ones of the same boot did not', {
  skip: !isLinux,
}, async (t) => {
  const sim = await startWorld(t);
  uploadSmall(sim, ['hatter']);
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url, OFF);
  const mark = join(place.mirror, 'state', 'unflushed.txt');
  await place.sync(t);
  assert.equal(existsSync(mark), true);
  place.configure(sim.url);
  await place.sync(t);
  assert.equal(existsSync(mark), false);
});

test('config check says what "off" means, and which word was meant', async (t) => {
  const place = new MirrorPlace(withTempDir(t)).configure('https://pypi.example', OFF);
  const { stdout } = await place.call(t, 0, ['config', 'check']);
  assert.match(stdout, /^flush = "off"$/m);
  assert.match(stdout, /after a power cut only `jubjub verify --repair` makes the mirror right again/);
  place.configure('https://pypi.example', { more: '[store]\nflush = "waves"\n' });
  const refused = await place.call(t, 2, ['config', 'check']);
  assert.match(refused.stderr, /expected +"wave", "file" or "off"/);
  assert.match(refused.stderr, /hint +did you mean "wave"\?/);
});
