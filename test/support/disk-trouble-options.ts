/** What may happen to the program at one of its steps on disk, and how the program is told (disk-trouble.ts does it). */

export interface DiskTrouble {
  /**
   * `die`: the process kills itself (SIGKILL) right before the step. `hang`: the step never ends, as on a dead network
   * disk, and stderr says so. `stop`: the process says so, and stands still (SIGSTOP) until
   * it is sent SIGCONT.
   */
  readonly deed: 'die' | 'hang' | 'stop';
  /**
   * Which steps: `rename <target>` (into the docroot), `move <target>` (into the trash, out of it, inside staging),
   * `unlink <path>`, `rmdir <path>`, `write <path>` (a new small file), `open <path>` (to flush it); paths are absolute.
   */
  readonly step: RegExp;
  /** At which of these, from 1. @default 1 */
  readonly nth?: number;
}

export const TROUBLE_LINE = /^disk trouble: hanging$/;
export const STOPPING_LINE = /^disk trouble: stopping$/;

/** Arguments for Node, before the program. */
export function troubleArguments({ deed, step, nth = 1 }: DiskTrouble): string[] {
  const module = new URL('./disk-trouble.ts', import.meta.url);
  module.search = new URLSearchParams({ deed, step: step.source, nth: String(nth) }).toString();
  return ['--import', module.href];
}
