/**
 * Goal: whatever the umask is, nobody else may write to a mirror, and nobody but its user and group may look into its state.
 * Method: the built program runs with a umask of the test's own; every mode below the mirror is looked at.
 */
import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { MirrorPlace } from '../support/mirror-place.ts';
import { withTempDir } from '../support/temp.ts';
import { startWorld, uploadSmall } from '../support/world.ts';

const OTHERS = 0o007;
const OTHERS_WRITE = 0o002;
const SET_GROUP_ID = 0o2000;
const PERMISSIONS = 0o777;

/** The modes of everything below a directory and its own, by path. */
function modesOf(directory: string): Map<string, { readonly mode: number; readonly isDirectory: boolean }> {
  const paths = ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })];
  return new Map(
    paths.map((path) => {
      const found = lstatSync(join(directory, path));
      return [path, { mode: found.mode, isDirectory: found.isDirectory() }];
    }),
  );
}

/** Starts with a umask; the test's own is back before anything else happens. */
function withUmask<T>(umask: number, start: () => T): T {
  const own = process.umask(umask);
  try {
    return start();
  } finally {
    process.umask(own);
  }
}

describe('modes', { concurrency: 2 }, () => {
  for (const [umask, file, directory] of [
    [0o000, 0o664, 0o775],
    [0o077, 0o600, 0o700],
  ] as const)
    test(`umask ${umask.toString(8).padStart(3, '0')}: web/ has the modes it leaves, less writing by others; state/ is closed to them`, async (t) => {
      const sim = await startWorld(t);
      uploadSmall(sim, ['cheshire']);
      const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
      // A group of its own for all that is made, as operators do who let a web server's group read.
      mkdirSync(place.mirror);
      chmodSync(place.mirror, 0o2755);
      const ended = await withUmask(umask, () => place.run(t, ['sync']));
      assert.equal(ended.status, 0, ended.stderr);

      for (const [path, { mode, isDirectory }] of modesOf(place.web)) {
        assert.equal(mode & PERMISSIONS, isDirectory ? directory : file, path);
        if (isDirectory) assert.equal(mode & SET_GROUP_ID, SET_GROUP_ID, path);
      }
      const state = modesOf(join(place.mirror, 'state'));
      for (const folder of ['', 'staging', 'trash'])
        assert.equal((state.get(folder)?.mode ?? OTHERS) & OTHERS, 0, folder);
      for (const [path, { mode }] of state) assert.equal(mode & OTHERS_WRITE, 0, path);
      assert.deepEqual(
        ['catalogue.db', 'lock', 'lock-holder.txt'].filter((name) => !state.has(name)),
        [],
      );
    });
});
