/**
 * Everything that is needed, counted from the roots: the projects that are kept without regard to needs.
 *
 * Computed anew each time, and never from the needs of last time: two projects that need only each other must not keep
 * one another. What is asked of a project only grows meanwhile, and what is kept of it with that, so that it ends.
 */
import { interrupted } from '../../clock.ts';
import type { ProjectName, Sha256 } from '../../pypi/types.ts';
import type { MirrorDeps } from '../deps.ts';
import { asksWith, type PlannedFor, sameMembers } from './asks.ts';
import { type Asker, Gathered, type Needs } from './gathered.ts';
import { isWorthAsking, learnNeeds, type Unasked } from './learn-needs.ts';
import { releaseName, type SpeakingFile, speakingFiles } from './releases.ts';
import type { Versions } from './report.ts';
import { Requirements, type Wanted } from './requirements.ts';

/** Projects that are looked into between two looks at what else there is to do. */
const PROJECTS_AT_ONCE = 50;
/** Files whose needs are asked for together. */
const FILES_ASKED_AT_ONCE_MAX = 2_000;

export interface Closure {
  readonly needs: Needs;
  /** Of each project that was looked into, what of it is there and kept. */
  readonly versions: ReadonlyMap<ProjectName, Versions>;
  /** Files whose needs are not known, or not wholly, by filename: why. */
  readonly unknown: ReadonlyMap<string, string>;
  /** Those that could not be asked for just now: something may be lacking. */
  readonly unasked: ReadonlyMap<string, Unasked>;
}

/** @throws INTERRUPTED, STORE_*, an outage (see `OutageWatch`) */
export async function closureOf(
  deps: MirrorDeps,
  plannedFor: PlannedFor,
  signal: AbortSignal,
): Promise<Closure> {
  const walk = new Walk(deps, plannedFor);
  for (const name of deps.catalogue.publishedNames()) walk.addRoot(name);
  while (await walk.step(signal)) {
    // Lets signals in.
    await deps.clock.sleep(0, signal);
  }
  return walk.closure();
}

/** What is asked of a project so far. */
interface Reached {
  readonly specifiers: Set<string>;
  readonly extras: Set<string>;
}

/** Nothing that is learnt of it could be remembered. */
const WITHOUT_DIGEST = 'upstream gives it no digest';
const NONE: ReadonlySet<string> = new Set();

class Walk {
  readonly #deps: MirrorDeps;
  readonly #plannedFor: PlannedFor;
  readonly #requirements: Requirements;
  readonly #needs = new Gathered();
  readonly #reached = new Map<ProjectName, Reached>();
  /** To be looked into, again when more is asked of them than the last time. */
  readonly #waiting = new Set<ProjectName>();
  readonly #versions = new Map<ProjectName, Versions>();
  /** By filename, why. */
  readonly #unknown = new Map<string, string>();
  readonly #unasked = new Map<string, Unasked>();
  /** Asked about this time, whatever came of it. */
  readonly #asked = new Set<Sha256>();

  constructor(deps: MirrorDeps, plannedFor: PlannedFor) {
    this.#deps = deps;
    this.#plannedFor = plannedFor;
    this.#requirements = new Requirements(deps.selection.environments);
  }

  addRoot(name: ProjectName): void {
    const { selection } = this.#deps;
    if (selection.judgeName(name, []) !== null) return;
    const reached = this.#reach(name);
    for (const { extras } of selection.asksOf(name)) for (const extra of extras) reached.extras.add(extra);
    this.#waiting.add(name);
  }

  /** Looks into some of what is waiting; false when nothing is. */
  async step(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) throw interrupted();
    const names = this.#readyNames();
    const wanting: SpeakingFile[] = [];
    for (const name of names) {
      this.#waiting.delete(name);
      const unlearned = this.#lookInto(name);
      if (unlearned.length > 0) this.#waiting.add(name);
      wanting.push(...unlearned);
      if (wanting.length >= FILES_ASKED_AT_ONCE_MAX) break;
    }
    if (wanting.length > 0) await this.#learn(wanting, signal);
    return names.length > 0;
  }

  closure(): Closure {
    return { needs: this.#needs, versions: this.#versions, unknown: this.#unknown, unasked: this.#unasked };
  }

  /**
   * Those first of which as much is asked as when their pages were planned: their details need not be read for that. Of the others more
   * will be asked most of the time; only when nothing else is left (something is new, or gone, or a circle) they are looked into as they are.
   */
  #readyNames(): ProjectName[] {
    const names = [...this.#waiting];
    const ready = names.filter((name) => this.#isPlanned(name));
    return (ready.length > 0 ? ready : names).slice(0, PROJECTS_AT_ONCE);
  }

  #isPlanned(name: ProjectName): boolean {
    return sameMembers(this.#reach(name).specifiers, this.#plannedFor.get(name) ?? NONE);
  }

  /** What of a project speaks for it now; what is not published yet is looked into when it is. */
  #filesOf(name: ProjectName): readonly SpeakingFile[] {
    const { catalogue, selection } = this.#deps;
    if (!catalogue.isPublished(name)) return [];
    const asks = asksWith(name, this.#reach(name).specifiers);
    if (selection.judgeName(name, asks) !== null) return [];
    const isPlanned = this.#isPlanned(name) && catalogue.due(name) === null;
    return speakingFiles(this.#deps, name, isPlanned ? null : asks);
  }

  /** Follows what a project's files need; returns those of which that is to be asked for first. */
  #lookInto(name: ProjectName): readonly SpeakingFile[] {
    const { catalogue, clock } = this.#deps;
    const files = this.#filesOf(name);
    const known = catalogue.fileNeeds(files.flatMap(({ sha256 }) => sha256 ?? []));
    const nowMs = clock.now();
    const wanting = files.filter(
      ({ sha256 }) => sha256 !== null && !this.#asked.has(sha256) && isWorthAsking(known.get(sha256), nowMs),
    );
    if (wanting.length > 0) return wanting;
    this.#versions.set(
      name,
      files.map(({ version }) => version),
    );
    const extras = [...this.#reach(name).extras];
    const reading = this.#requirements.reading(extras);
    for (const file of files) {
      if (file.sha256 === null) this.#unknown.set(file.filename, WITHOUT_DIGEST);
      const needs = file.sha256 === null ? undefined : known.get(file.sha256);
      if (needs === undefined) continue;
      const { wanted, trouble } = reading(needs);
      const why = needs.trouble ?? trouble;
      if (why !== null) this.#unknown.set(file.filename, why);
      const asker = { project: name, by: releaseName(file), rank: file.rank };
      for (const one of wanted) this.#ask(asker, one);
    }
    return [];
  }

  /** What is learnt is written down, and read from there. */
  async #learn(files: readonly SpeakingFile[], signal: AbortSignal): Promise<void> {
    for (const unasked of await learnNeeds(this.#deps, files, signal))
      this.#unasked.set(unasked.filename, unasked);
    for (const { sha256 } of files) if (sha256 !== null) this.#asked.add(sha256);
  }

  #ask(asker: Asker, wanted: Wanted): void {
    const { name, specifier, extras } = wanted;
    const reached = this.#reach(name);
    const before = reached.specifiers.size + reached.extras.size;
    for (const extra of extras) reached.extras.add(extra);
    // `x[all]` of x itself: a release answers that by itself, and must not let all others in.
    if (name !== asker.project) {
      reached.specifiers.add(specifier);
      this.#needs.add(asker, wanted);
    }
    if (reached.specifiers.size + reached.extras.size > before) this.#waiting.add(name);
  }

  #reach(name: ProjectName): Reached {
    const known = this.#reached.get(name);
    if (known !== undefined) return known;
    const reached: Reached = { specifiers: new Set(), extras: new Set() };
    this.#reached.set(name, reached);
    return reached;
  }
}
