/** One mirror that is brought up to date once for each system call that may fail, and what must hold then. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkLinks } from './check-promise.ts';
import { type Failure, recordCalls, runFailing, type SystemCall } from './failing-calls.ts';
import { MirrorPlace } from './mirror-place.ts';
import { told } from './program.ts';
import { startWorld, uploadSmall } from './world.ts';

/** `told`: ended with 6 and said path and reason. `survived`: the call was not needed, and nothing is missing. `not met`: no such call. */
export type Verdict = 'told' | 'survived' | 'not met';

/** With every kind of step: files that come, a project that goes, files that go into the trash at once. */
const SETTINGS = { more: '[prune]\nhide-after = "0s"\n' };

/** Which errors a call is made to fail with. */
const ERRNOS: Readonly<Record<string, readonly string[]>> = {
  openat: ['EMFILE', 'EIO', 'EACCES'],
  write: ['ENOSPC', 'EIO', 'EDQUOT'],
  pwrite64: ['ENOSPC', 'EIO', 'EDQUOT'],
  mkdir: ['ENOSPC', 'EDQUOT', 'EROFS'],
  rename: ['EIO', 'ENOSPC'],
  fsync: ['EIO', 'ENOSPC'],
};
const ANY_CALL = ['EIO'];

/** SQLite keeps the system's number for itself; its own words say which call and whether the disk is full. */
const REASON_OF_SQLITE =
  /SQLITE_(?:IOERR|FULL|CANTOPEN|READONLY|CORRUPT)|disk I\/O error|disk is full|readonly database/;

/** Node has no name for a quota that is used up, and its synchronous calls do not tell the number either. */
const NO_REASON = /^UNKNOWN: unknown error/;

export class FailingCallsPlay {
  /** Everything that a run without faults asks of the disk. */
  readonly calls: readonly SystemCall[];
  readonly #first: MirrorPlace;
  readonly #undisturbed: Record<string, string>;
  readonly #hooks: { after(hook: () => unknown): void };

  private constructor(
    hooks: { after(hook: () => unknown): void },
    first: MirrorPlace,
    undisturbed: Record<string, string>,
    calls: readonly SystemCall[],
  ) {
    this.#hooks = hooks;
    this.#first = first;
    this.#undisturbed = undisturbed;
    this.calls = calls;
  }

  static async start(
    hooks: { after(hook: () => unknown): void },
    directory: string,
  ): Promise<FailingCallsPlay> {
    const sim = await startWorld(hooks);
    uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
    const first = new MirrorPlace(join(directory, 'first')).configure(sim.url, SETTINGS);
    await first.sync(hooks);
    uploadSmall(sim, ['cheshire', 'march-hare'], '2.0');
    sim.state.removeProject('dormouse');
    const undisturbed = first.copyTo(join(directory, 'undisturbed'));
    const calls = await recordCalls(undisturbed, ['sync']);
    return new FailingCallsPlay(hooks, first, undisturbed.shape(), calls);
  }

  /** Each call with each error, by itself and from then on. */
  *failures(): Generator<Failure> {
    for (const call of this.calls)
      for (const errno of ERRNOS[call.call] ?? ANY_CALL)
        for (const onwards of [false, true]) yield { ...call, errno, onwards };
  }

  /** Rejects when the failure is not told, breaks the promise, or is not healed by the next run. */
  async play(failure: Failure, directory: string): Promise<Verdict> {
    const place = this.#first.copyTo(directory);
    const ended = await runFailing(place, ['sync'], failure);
    const said = `${JSON.stringify(failure)}: ${told(ended)}`;
    checkLinks(place.tree());
    if (ended.status !== 0) {
      assert.equal(ended.status, 6, said);
      assert.match(ended.stderr, new RegExp(`^ {2}path +${place.mirror}`, 'm'), said);
      const received = /^ {2}received +(.*)$/m.exec(ended.stderr)?.[1] ?? '';
      const reason = received.includes(failure.errno) || REASON_OF_SQLITE.test(received);
      assert.ok(reason || (failure.errno === 'EDQUOT' && NO_REASON.test(received)), said);
    } else assert.deepEqual(place.shape(), this.#undisturbed, `0, and something is missing: ${said}`);
    await place.sync(this.#hooks);
    assert.deepEqual(place.shape(), this.#undisturbed, `the next run does not heal: ${said}`);
    rmSync(directory, { recursive: true });
    if (ended.hits === 0) return 'not met';
    return ended.status === 0 ? 'survived' : 'told';
  }
}
