/**
 * Some adopted projects made visible together, in the order of a wave: files, then our pages, then the old tool's other
 * pages away, the catalogue last. Killed between any two steps, the next run does the batch again; nothing is lost.
 */
import type { ProjectUpdate } from '../catalogue/contract.ts';
import type { DocrootPath, ProjectName, Sha256 } from '../pypi/types.ts';
import type { Adoption } from './adopt-file.ts';
import type { TakenProject } from './adopt-project.ts';
import type { AdoptTally } from './adopt-report.ts';
import { DETAIL_BYTES_PER_WAVE_MAX, PROJECTS_PER_WAVE_MAX } from './deps.ts';
import { refuseLostLock } from './lost-lock.ts';
import { stagePages } from './publish.ts';

/** What a kill may cost: so many files, or bytes, are verified again at most, but for a project that has more. */
const FILES_PER_BATCH_MAX = 5_000;
const BYTES_PER_BATCH_MAX = 32 * 1024 ** 3;

export class AdoptBatch {
  readonly #adoption: Adoption;
  readonly #tally: AdoptTally;
  readonly #projects = new Map<ProjectName, TakenProject>();
  #files = 0;
  #bytes = 0;
  #detailBytes = 0;

  constructor(adoption: Adoption, tally: AdoptTally) {
    this.#adoption = adoption;
    this.#tally = tally;
  }

  has(name: ProjectName): boolean {
    return this.#projects.has(name);
  }

  get isFull(): boolean {
    return (
      this.#projects.size >= PROJECTS_PER_WAVE_MAX ||
      this.#files >= FILES_PER_BATCH_MAX ||
      this.#bytes >= BYTES_PER_BATCH_MAX ||
      this.#detailBytes >= DETAIL_BYTES_PER_WAVE_MAX
    );
  }

  add(project: TakenProject): void {
    this.#projects.set(project.name, project);
    this.#files += project.newFiles;
    this.#bytes += project.newBytes;
    this.#detailBytes += project.detail.length;
  }

  /** Publishes and commits what was added; then it is empty. */
  async commit(): Promise<void> {
    const projects = [...this.#projects.values()];
    if (projects.length === 0) return;
    const { dryRun, claims } = this.#adoption;
    if (!dryRun) await publish(this.#adoption, projects);
    this.#tally.took([...this.#projects.keys()], this.#files, this.#bytes, dryRun);
    this.#projects.clear();
    // From here on the catalogue knows; a dry run that remembered the paths of all batches would need gigabytes (P10).
    claims.clear();
    this.#files = 0;
    this.#bytes = 0;
    this.#detailBytes = 0;
  }
}

async function publish(adoption: Adoption, projects: readonly TakenProject[]): Promise<void> {
  const { deps } = adoption;
  refuseLostLock(deps);
  await bringIn(adoption, projects);
  const pages: DocrootPath[] = [];
  const digests = new Map<ProjectName, Sha256>();
  for (const project of projects) {
    const { staged, jsonSha256 } = await stagePages(deps, { ...project, selectedMs: null });
    pages.push(...staged);
    digests.set(project.name, jsonSha256);
  }
  await deps.store.flushStaged(pages);
  // Bringing in and flushing take their time, and another writer may have begun meanwhile (P9).
  refuseLostLock(deps);
  await deps.store.place(pages);
  // After ours: at no moment is a project without a page.
  await deps.store.remove(projects.flatMap(({ oldPages }) => oldPages));
  await deps.catalogue.commit(
    {
      atMs: deps.clock.now(),
      updates: projects.map((project) => updateOf(project, digests.get(project.name) ?? null)),
      unchanged: [],
      withdrawn: [],
      leftOut: [],
      advance: false,
      settled: [],
      failures: [],
    },
    // The root index comes at the end, once.
    async () => {},
  );
}

/** Files come into the docroot before any page links to them, and are written down before that. */
async function bringIn({ deps, tree, mode }: Adoption, projects: readonly TakenProject[]): Promise<void> {
  if (mode === 'in-place') return;
  const bring = [...new Set(projects.flatMap((project) => project.bring))];
  if (bring.length === 0) return;
  deps.catalogue.intend(
    projects.map(({ name, files }) => ({ name, files })),
    deps.clock.now(),
  );
  if (mode === 'link') await tree.link(bring);
  else {
    await deps.store.flushStaged(bring);
    await deps.store.place(bring);
  }
}

/** As if we had published it, but for what only upstream can say: no serial, no validator. The first sync asks for it. */
function updateOf(project: TakenProject, pageSha256: Sha256 | null): ProjectUpdate {
  const { name, displayName, detail, status, files, missing } = project;
  return {
    name,
    displayName,
    detail,
    serial: null,
    status,
    validator: null,
    files,
    missing,
    api: null,
    learned: [],
    pageSha256,
    quarantinedVersions: [],
    // The rules are asked by the first sync.
    selectedMs: null,
    reviewMs: null,
  };
}
