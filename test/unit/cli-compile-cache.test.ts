/**
 * Goal: what Node compiles is kept only where nobody but the user can have put anything, for it is run as code.
 * Method: directories of every owner and mode that a test may make, asked about for this user and for another.
 */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { safeCacheDirectory } from '../../src/cli/compile-cache.ts';
import { withTempDir } from '../support/temp.ts';

const UID = process.getuid?.();

function home(t: TestContext): string {
  const directory = join(withTempDir(t), 'home');
  mkdirSync(directory, { mode: 0o755 });
  return directory;
}

const asked = (env: Record<string, string>, uid = UID) => safeCacheDirectory({ env, uid });

test('it is the directory of the service, of the user’s caches, or below the home, and is made for the user alone', (t) => {
  const HOME = home(t);
  const own = join(HOME, '.cache', 'jubjub');
  assert.equal(asked({ HOME }), own);
  assert.equal(statSync(own).mode & 0o777, 0o700);
  assert.equal(asked({ HOME }), own, 'the one that is there');
  assert.equal(asked({ HOME, XDG_CACHE_HOME: join(HOME, 'xdg') }), join(HOME, 'xdg', 'jubjub'));
  const CACHE_DIRECTORY = `${join(HOME, 'service')}:${join(HOME, 'other')}`;
  assert.equal(asked({ HOME, CACHE_DIRECTORY }), join(HOME, 'service', 'node'));
});

test('without an absolute path there is none', () => {
  for (const env of [{}, { HOME: '' }, { HOME: 'here' }, { XDG_CACHE_HOME: './cache', HOME: '' }])
    assert.equal(asked(env), null, JSON.stringify(env));
});

test('one that others can write to, itself or any above it, is not used; a sticky one above is', (t) => {
  const HOME = home(t);
  const own = asked({ HOME });
  assert.ok(own !== null);
  for (const directory of [own, dirname(own), HOME]) {
    for (const mode of [0o775, 0o757]) {
      chmodSync(directory, mode);
      assert.equal(asked({ HOME }), null, `${directory} ${mode.toString(8)}`);
    }
    chmodSync(directory, 0o1777);
    assert.equal(asked({ HOME }), directory === own ? null : own, `${directory} is sticky`);
    chmodSync(directory, 0o755);
  }
  assert.equal(asked({ HOME }), own);
});

test('one of another user is not used, nor one that is reached over another user’s directory', (t) => {
  const HOME = home(t);
  assert.ok(asked({ HOME }) !== null);
  assert.equal(asked({ HOME }, (UID ?? 0) + 1), null);
  // Only root can make what it is to be kept from.
  if (UID !== 0) return;
  chownSync(HOME, 12_345, 12_345);
  assert.equal(asked({ HOME }), null);
  assert.equal(asked({ HOME }, 12_345), null, 'the cache itself is root’s');
});

test('a link on the way is followed to where it leads, and that is looked at', (t) => {
  const HOME = home(t);
  const open = join(withTempDir(t), 'open');
  mkdirSync(join(open, 'jubjub'), { recursive: true });
  chmodSync(open, 0o777);
  symlinkSync(open, join(HOME, '.cache'));
  assert.equal(asked({ HOME }), null);
  chmodSync(open, 0o755);
  assert.equal(asked({ HOME }), join(open, 'jubjub'));
});

test('what cannot be made is done without', (t) => {
  const HOME = home(t);
  writeFileSync(join(HOME, '.cache'), 'a file');
  assert.equal(asked({ HOME }), null);
  assert.equal(asked({ HOME: join(HOME, '.cache', 'below') }), null);
  assert.ok(!existsSync(join(HOME, '.cache', 'jubjub')));
  assert.equal(safeCacheDirectory({ env: { HOME }, uid: undefined }), null);
});
