/** Step 6 for a whole wave: every planned file brought into staging once, and pages asked again for files that vanished. */
import { asJubjubError, isJubjubError, type JubjubError } from '../errors.ts';
import type { FileCount } from '../events.ts';
import { metadataPath } from '../pypi/paths.ts';
import type { DocrootPath, ProjectName } from '../pypi/types.ts';
import type { Digest } from '../store/contract.ts';
import { LARGE_FILE_BYTES_MIN } from '../upstream/contract.ts';
import { askAgain, isProjectsOwn } from './ask.ts';
import type { MirrorDeps } from './deps.ts';
import { FirstFailures } from './first-failures.ts';
import type { HeadWatch } from './head-watch.ts';
import { learnDigests } from './learn.ts';
import { OutageWatch } from './outage.ts';
import { type Lane, parallel, parallelLanes } from './parallel.ts';
import type { PlannedFile } from './plan.ts';
import { plus } from './prune.ts';
import { recallFiles } from './recall.ts';
import { extractMetadata, transferFile, transferMetadata } from './transfer.ts';
import { type Claims, intendFiles, planPage, type WaveProject } from './wave-project.ts';

/** How often a page is asked again because a file that it listed was gone. */
const VANISHED_ROUNDS_MAX = 2;

type Task = {
  readonly path: DocrootPath;
  readonly project: ProjectName;
  /** null for a sidecar: it is no file of its own. */
  readonly filename: string | null;
  /** As upstream says; 0 when it does not. */
  readonly sizeBytes: number;
  readonly run: (signal: AbortSignal) => Promise<Digest>;
  /** What comes after it has succeeded. */
  readonly sidecar: Task | null;
};

export class Transfers {
  readonly #deps: MirrorDeps;
  readonly #heads: HeadWatch;
  readonly #results = new Map<DocrootPath, Digest | JubjubError>();
  readonly #failures = new FirstFailures();
  /** Distribution files brought in, and their bytes. */
  files = 0;
  bytes = 0;
  /** Those that came out of the trash instead. */
  recalled: FileCount = { files: 0, bytes: 0 };

  constructor(deps: MirrorDeps, heads: HeadWatch) {
    this.#deps = deps;
    this.#heads = heads;
  }

  /** What came of a path: its digest, the project's first error of that kind, or undefined (interrupted, not planned). */
  result(path: DocrootPath): Digest | JubjubError | undefined {
    return this.#results.get(path);
  }

  /** Rejects only with what ends the run; a file's own trouble is its result. */
  async run(projects: readonly WaveProject[], claims: Claims, signal: AbortSignal): Promise<void> {
    await this.#recall(projects, claims, signal);
    await this.#bringIn(projects, signal);
    for (let round = 1; round <= VANISHED_ROUNDS_MAX && !signal.aborted; round++) {
      const concerned = projects.filter((project) => this.#lost(project).length > 0);
      if (concerned.length === 0) return;
      await parallel(concerned, this.#deps.settings.pagesAtOnce, signal, (project, either) =>
        this.#askAgain(project, claims, either),
      );
      await this.#recall(concerned, claims, signal);
      await this.#bringIn(concerned, signal);
    }
  }

  async #recall(projects: readonly WaveProject[], claims: Claims, signal: AbortSignal): Promise<void> {
    this.recalled = plus(this.recalled, await recallFiles(this.#deps, projects, claims, signal));
  }

  /** The files that the page listed and that were gone when we came for them. */
  #lost(project: WaveProject): PlannedFile[] {
    return (project.plan?.files ?? []).filter(
      (file) => file.heldBytes === null && isJubjubError(this.#results.get(file.path), 'UPSTREAM_ABSENT'),
    );
  }

  /** If the newer page does not list the file any more, all is well; if it does, the file stays lost and is owed. */
  async #askAgain(project: WaveProject, claims: Claims, signal: AbortSignal): Promise<void> {
    try {
      // P6: what stands for a page that could not be had is older than what the changelog says of it.
      const required = Math.max(project.due.required, project.page?.serial ?? 0);
      const newer = await askAgain(this.#deps, project.due.name, required, signal);
      if (newer === null) return;
      await this.#heads.refuseBeyond(newer.serial ?? 0, project.due.name, signal);
      project.page = newer;
      project.plan = null;
      await learnDigests(this.#deps, [project], false, signal);
      await planPage(this.#deps, project, claims, signal);
      // Step 5 for the newer page, too: it may list files that the one before did not.
      intendFiles(this.#deps, [project]);
    } catch (error) {
      if (!isProjectsOwn(asJubjubError(error))) throw error;
    }
  }

  async #bringIn(projects: readonly WaveProject[], signal: AbortSignal): Promise<void> {
    // Two projects may list one file at two addresses: then any of them will do.
    const tasks = new Map<DocrootPath, Task[]>();
    for (const { due, plan } of projects) {
      for (const task of (plan?.files ?? []).flatMap((file) => this.#taskOf(due.name, file) ?? [])) {
        tasks.set(task.path, [...(tasks.get(task.path) ?? []), task]);
      }
    }
    const watch = new OutageWatch(this.#deps, signal);
    await parallelLanes(this.#lanes([...tasks.values()]), signal, async (same, either) => {
      for (const task of same) {
        if (!(await this.#bringOne(task, watch, either))) continue;
        if (task.sidecar !== null) await this.#bringOne(task.sidecar, watch, either);
        return;
      }
    });
  }

  /** Large files have a lane of their own, so that small ones do not wait behind them; the upstream bounds both together. */
  #lanes(tasks: readonly Task[][]): readonly Lane<Task[]>[] {
    const { filesAtOnce } = this.#deps.settings;
    const isLarge = (same: Task[]) => same.some(({ sizeBytes }) => sizeBytes >= LARGE_FILE_BYTES_MIN);
    return [
      { items: tasks.filter((same) => !isLarge(same)), concurrency: filesAtOnce },
      { items: tasks.filter(isLarge), concurrency: Math.max(1, Math.floor(filesAtOnce / 2)) },
    ];
  }

  /** False when it failed in a way that another address for the same file may not. */
  async #bringOne(task: Task, watch: OutageWatch, signal: AbortSignal): Promise<boolean> {
    try {
      const digest = await task.run(signal);
      watch.succeeded();
      this.#results.set(task.path, digest);
      this.#count(task, digest.sizeBytes);
      return true;
    } catch (error) {
      const failure = asJubjubError(error);
      if (!isProjectsOwn(failure)) throw failure;
      await watch.failed(failure);
      this.#results.set(task.path, this.#failures.of(task.project, failure));
      return false;
    }
  }

  #count(task: Task, bytes: number): void {
    if (task.filename === null) return;
    this.files += 1;
    this.bytes += bytes;
    this.#deps.emit({ type: 'file', name: task.project, filename: task.filename, bytes });
  }

  /** What is to be brought in for one file: itself, its sidecar, or first the one and then the other. */
  #taskOf(project: ProjectName, file: PlannedFile): Task | null {
    const sidecar = this.#sidecarTask(project, file);
    if (file.heldBytes !== null || this.#results.has(file.path)) return sidecar;
    const run = (signal: AbortSignal) => transferFile(this.#deps, file, signal);
    const sizeBytes = file.sizeBytes ?? 0;
    return { path: file.path, project, filename: file.filename, sizeBytes, run, sidecar };
  }

  /** Taken out of the wheel, which is at hand by then; asked of upstream when that does not have it. */
  #sidecarTask(project: ProjectName, file: PlannedFile): Task | null {
    const path = metadataPath(file.path);
    if (file.metadata === null || file.heldMetadata !== null || this.#results.has(path)) return null;
    const run = async (signal: AbortSignal) =>
      (await extractMetadata(this.#deps, file)) ?? (await transferMetadata(this.#deps, file, signal));
    return { path, project, filename: null, sizeBytes: 0, run, sidecar: null };
  }
}
