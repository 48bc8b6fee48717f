/**
 * Goal: the demo shows the whole program in seconds and leaves nothing behind; kept, it serves what real pip installs.
 * Method: the built program with a temporary directory of its own; the machine's pip, cut off from all else.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runPip } from '../support/isolated-pip.ts';
import { expectProgram, startProgram } from '../support/program.ts';
import { withTempDir } from '../support/temp.ts';

const DURATION_MS_MAX = 15_000;

function ownTemporary(directory: string): string {
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  return temporary;
}

test('the demo ends with 0 within seconds and leaves nothing behind', async (t) => {
  const cwd = withTempDir(t);
  const TMPDIR = ownTemporary(cwd);
  const startedMs = performance.now();
  const { stdout } = await expectProgram(t, 0, ['demo'], { cwd, env: { TMPDIR } });
  const durationMs = performance.now() - startedMs;
  assert.ok(durationMs < DURATION_MS_MAX, `it took ${Math.round(durationMs)} ms`);
  assert.match(stdout, /projects, \d+ files and \d+ metadata files: all there/);
  assert.equal(stdout.match(/^sync: done, nothing owed/gm)?.length, 2, 'two syncs, both whole');
  assert.deepEqual(readdirSync(TMPDIR), []);
  assert.deepEqual(readdirSync(cwd), ['tmp']);
});

test('the demo that is kept prints a pip command that installs from it', async (t) => {
  const cwd = withTempDir(t);
  const env = { TMPDIR: ownTemporary(cwd) };
  const demo = startProgram(t, ['demo', '--keep'], { cwd, env });
  const command = await demo.line('stdout', /^ +pip install --index-url http:/);
  const [, , ...args] = command.trim().split(' ');
  const target = join(cwd, 'installed');
  const { exitStatus, output } = await runPip(cwd, ['install', '--target', target, ...args]);
  assert.equal(exitStatus, 0, output);
  const installed = readdirSync(target);
  for (const name of ['beamish', 'jabberwock', 'vorpal', 'tulgey_wood', 'tumtum_tree'])
    assert.ok(
      installed.some((entry) => entry.startsWith(`${name}-`)),
      `${name} is installed: ${installed.join(' ')}`,
    );
  demo.send('SIGINT');
  assert.equal((await demo.ended).status, 0);
});
