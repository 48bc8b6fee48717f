/** The exit statuses in words, for help and summaries; the numbers come from src/errors.ts. */

const MEANINGS: Readonly<Record<number, string>> = {
  0: 'done, nothing owed',
  1: 'a bug in jubjub',
  2: 'the command line or the configuration is wrong, or the directory belongs to another upstream; nothing was touched',
  3: 'something is owed: projects are pending, or a limit stopped the run; or upstream has a reserved name; or the disk is in doubt',
  4: 'the upstream, or the mirror that was looked at, could not be reached or misbehaved; nothing more was committed',
  5: 'damage was found that was not repaired, or two mirrors differ',
  6: 'the store failed: disk full, not writable, I/O error',
  7: 'another run holds the lock',
  130: 'interrupted; what was finished is kept, nothing half-done is visible',
};

/** What an exit status says about a run. */
export function exitMeaning(status: number): string {
  return MEANINGS[status] ?? 'unknown';
}
