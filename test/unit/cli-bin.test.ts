/**
 * Goal: bin/jubjub.js refuses an old Node and a checkout that is not built, each with what to do, and passes on the status.
 * Method: it runs as a child process, from a copy beside which a test puts what it needs.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFromRoot } from '../support/sources.ts';
import { withTempDir } from '../support/temp.ts';

/** A folder with a copy of bin/jubjub.js and, if given, a main of the test's own. */
function checkout(folder: string, main: string | null): string {
  mkdirSync(join(folder, 'bin'));
  const built = join(folder, 'dist', 'bundle');
  mkdirSync(built, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const file of ['bin/jubjub.js', 'bin/package.json'])
    writeFileSync(join(folder, file), readFromRoot(file));
  if (main !== null) writeFileSync(join(built, 'main.cjs'), main);
  writeFileSync(join(built, 'compile-cache.cjs'), 'exports.useCompileCache = () => {};');
  return join(folder, 'bin', 'jubjub.js');
}

function run(argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('the command line is handed on and the status comes back', (t) => {
  const bin = checkout(
    withTempDir(t),
    'exports.main = async (argv) => { process.stdout.write(argv.join()); return 7; };',
  );
  assert.deepEqual(run([bin, 'a', '--b']), { status: 7, stdout: 'a,--b', stderr: '' });
});

test('without a build it says how to make one', (t) => {
  const { status, stderr } = run([checkout(withTempDir(t), null), 'sync']);
  assert.equal(status, 2);
  assert.match(stderr, /^error: jubjub is not built\n {2}path {6}.+main\.cjs\n {2}hint {6}npm run build\n$/);
});

test('an old Node is refused before anything is loaded', (t) => {
  const bin = checkout(withTempDir(t), 'throw new Error("loaded");');
  for (const [version, refused] of [
    ['20.20.2', true],
    ['22.18.0', true],
    ['22.19.0', false],
    ['24.0.0', false],
  ] as const) {
    const versions = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`;
    const { status, stderr } = run(['--import', `data:text/javascript,${versions}`, bin]);
    assert.equal(status, refused ? 2 : 1, version);
    assert.match(stderr, refused ? /^error: this Node is too old for jubjub\n/ : /Error: loaded/, version);
  }
});
