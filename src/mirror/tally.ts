/** Counts what a run did, for its summary. */
import type { CommitResult, WaveCommit } from '../catalogue/contract.ts';
import type { FileCount, RuleCount } from '../events.ts';
import type { ProjectName } from '../pypi/types.ts';
import { DropSums } from './drop-count.ts';
import { plannedBytes, wantsTransfer } from './plan.ts';
import { PruneTally, plus } from './prune.ts';
import type { Transfers } from './transfers.ts';
import type { WaveProject } from './wave-project.ts';

export class Tally {
  projects = 0;
  unchanged = 0;
  files = 0;
  bytes = 0;
  withdrawn = 0;
  filesWithdrawn = 0;
  bytesWithdrawn = 0;
  /** Projects that were not published before. */
  added = 0;
  /** Projects that turned out to be left out, and wait for the removal limit. */
  deferred: ProjectName[] = [];
  /** How often a rule could not be applied, and kept. */
  doubts = 0;
  readonly dropped = new DropSums();
  /** Projects looked at although no change asked for it, and those that were not as upstream has them. */
  checked = 0;
  drifted = 0;
  recalled: FileCount = { files: 0, bytes: 0 };
  readonly pruned = new PruneTally();

  /** `withdrawn` counts only what was published before; a removal of something we never had is none. */
  add(commit: WaveCommit, result: CommitResult, written: number, withdrawn: number): void {
    this.projects += written;
    this.unchanged += commit.unchanged.length + commit.updates.length - written;
    this.withdrawn += withdrawn;
    this.filesWithdrawn += result.filesWithdrawn;
    this.bytesWithdrawn += result.bytesWithdrawn;
  }

  addSelection(dropped: readonly RuleCount[], doubts: number): void {
    this.dropped.add(dropped);
    this.doubts += doubts;
  }

  /** What the rules make of the projects of a wave. */
  addSelections(projects: readonly WaveProject[]): void {
    for (const { dropped, doubts, deferred, due } of projects) {
      // It comes again at the end of the run.
      if (deferred) this.deferred.push(due.name);
      else this.addSelection(dropped, doubts);
    }
  }

  addTransfers(transfers: Transfers): void {
    this.files += transfers.files;
    this.bytes += transfers.bytes;
    this.recalled = plus(this.recalled, transfers.recalled);
  }

  /** For a dry run: what would be brought in. */
  addPlans(projects: readonly WaveProject[]): void {
    for (const { plan } of projects) {
      if (plan === null) continue;
      this.files += plan.files.filter(wantsTransfer).length;
      this.bytes += plannedBytes(plan);
    }
  }
}
