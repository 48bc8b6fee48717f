/**
 * Goal: whichever system call fails, the run ends with 6 and says path and reason, or rightly does without; the docroot stays
 * whole (P1, P3), and the next run heals (P4).
 * Method: the built program under strace's fault injection; one call of each kind here, every call of a run in
 * `npm run calls`.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { injectionMissing, type SystemCall } from '../support/failing-calls.ts';
import { FailingCallsPlay, type Verdict } from '../support/failing-calls-play.ts';
import { suiteHooks } from '../support/suite-hooks.ts';
import { withTempDir } from '../support/temp.ts';

interface Case {
  readonly name: string;
  readonly call: string;
  readonly path: RegExp;
  readonly errno: string;
  /** Which of these in a run. @default the first */
  readonly which?: 'last';
  readonly onwards?: boolean;
  readonly verdict?: Verdict;
}

const STAGED = /state\/staging\/[0-9a-f]{64}$/;

const CASES: readonly Case[] = [
  {
    name: 'the lock cannot be looked at before a page is placed',
    call: 'statx',
    path: /state\/lock$/,
    errno: 'EIO',
    which: 'last',
    onwards: true,
  },
  {
    name: 'the catalogue cannot be opened for want of descriptors',
    call: 'openat',
    path: /catalogue\.db$/,
    errno: 'EMFILE',
    onwards: true,
  },
  {
    name: 'a commit cannot be written, the disk is full',
    call: 'pwrite64',
    path: /catalogue\.db-wal$/,
    errno: 'ENOSPC',
    onwards: true,
  },
  {
    name: 'a commit cannot be flushed',
    call: 'fsync',
    path: /catalogue\.db-wal$/,
    errno: 'EIO',
    onwards: true,
  },
  {
    name: 'a staged file cannot be written, the quota is used up',
    call: 'write',
    path: STAGED,
    errno: 'EDQUOT',
  },
  { name: 'a staged file cannot be flushed', call: 'fsync', path: STAGED, errno: 'EIO' },
  {
    name: 'a directory of the docroot cannot be made, the quota is used up',
    call: 'mkdir',
    path: /web\/packages\//,
    errno: 'EDQUOT',
  },
  { name: 'a file cannot be moved into its place', call: 'rename', path: STAGED, errno: 'ENOSPC' },
  {
    name: 'the docroot cannot be flushed after the renames',
    call: 'fsync',
    path: /web\/simple\/cheshire$/,
    errno: 'EIO',
  },
  {
    name: 'a page that leaves cannot be removed',
    call: 'unlink',
    path: /web\/simple\/dormouse\//,
    errno: 'EIO',
  },
  { name: 'a file cannot be moved into the trash', call: 'rename', path: /web\/packages\//, errno: 'EIO' },
  {
    name: 'a directory that is left empty cannot be removed',
    call: 'rmdir',
    path: /web\/packages\//,
    errno: 'EIO',
  },
  {
    name: 'the audit cannot be written, when all is committed',
    call: 'write',
    path: /audit\.jsonl$/,
    errno: 'ENOSPC',
  },
  { name: 'the public status cannot be placed', call: 'rename', path: STAGED, errno: 'EIO', which: 'last' },
];

function found(calls: readonly SystemCall[], { call, path, which }: Case): SystemCall {
  const fitting = calls.filter((one) => one.call === call && path.test(one.path));
  const chosen = which === 'last' ? fitting.at(-1) : fitting[0];
  assert.ok(chosen, `no run calls ${call} on ${path}`);
  return chosen;
}

describe('a system call that fails', { concurrency: 2, skip: injectionMissing() }, () => {
  const hooks = suiteHooks();
  let directory: string;
  let play: FailingCallsPlay;

  before(async () => {
    directory = withTempDir(hooks);
    play = await FailingCallsPlay.start(hooks, directory);
  });

  for (const [at, one] of CASES.entries()) {
    const { name, errno, onwards = false, verdict = 'told' } = one;
    test(`${name} (${one.call}: ${errno})`, async () => {
      const failure = { ...found(play.calls, one), errno, onwards };
      assert.equal(await play.play(failure, join(directory, String(at))), verdict);
    });
  }
});
