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
import { Gathered, type Needs } from './gathered.ts';
import { isWorthAsking, learnNeeds, type Unasked } from './learn-needs.ts';
import { EXTRAS_PER_PROJECT_MAX, ProjectReading } from './project-reading.ts';
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

/** @throws INTERRUPTED, STORE_*, LIMIT_NEEDS, an outage (see `OutageWatch`) */
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

/** What a project's files were found to need; with more extras it goes on from there. */
interface LastLook {
  readonly key: string;
  readonly reading: ProjectReading<SpeakingFile>;
}

/** Projects that ask one another for one extra after the other are looked into as often. */
const READINGS_REMEMBERED_MAX = 100;

class Walk {
  readonly #deps: MirrorDeps;
  readonly #plannedFor: PlannedFor;
  readonly #requirements: Requirements;
  readonly #needs = new Gathered();
  readonly #reached = new Map<ProjectName, Reached>();
  /** To be looked into, again when more is asked of them than the last time. */
  readonly #waiting = new Set<ProjectName>();
  readonly #last = new Map<ProjectName, LastLook>();
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
    const key = files.map(({ filename, sha256 }) => `${filename} ${sha256}`).join('\n');
    const last = this.#last.get(name);
    if (last?.key === key) {
      last.reading.askFor(this.#reach(name).extras);
      return [];
    }
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
    const reading = this.#readingOf(name);
    this.#remember(name, { key, reading });
    for (const file of files) {
      if (file.sha256 === null) this.#unknown.set(file.filename, WITHOUT_DIGEST);
      const needs = file.sha256 === null ? undefined : known.get(file.sha256);
      if (needs === undefined) continue;
      const trouble = reading.follow(needs, file);
      const why = needs.trouble ?? trouble;
      if (why !== null) this.#unknown.set(file.filename, why);
    }
    return [];
  }

  #readingOf(name: ProjectName): ProjectReading<SpeakingFile> {
    return new ProjectReading<SpeakingFile>(
      this.#requirements,
      name,
      this.#reach(name).extras,
      (wanted, file) => this.#ask(file, wanted),
      (why, file) => this.#unknown.set(file?.filename ?? name, why),
    );
  }

  #remember(name: ProjectName, last: LastLook): void {
    this.#last.delete(name);
    this.#last.set(name, last);
    const [oldest] = this.#last.keys();
    if (this.#last.size > READINGS_REMEMBERED_MAX && oldest !== undefined) this.#last.delete(oldest);
  }

  /** What is learnt is written down, and read from there. */
  async #learn(files: readonly SpeakingFile[], signal: AbortSignal): Promise<void> {
    for (const unasked of await learnNeeds(this.#deps, files, signal))
      this.#unasked.set(unasked.filename, unasked);
    for (const { sha256 } of files) if (sha256 !== null) this.#asked.add(sha256);
  }

  #ask(file: SpeakingFile, wanted: Wanted): void {
    const { name, extras } = wanted;
    const reached = this.#reach(name);
    const before = reached.specifiers.size + reached.extras.size;
    for (const extra of extras) {
      if (reached.extras.size < EXTRAS_PER_PROJECT_MAX) reached.extras.add(extra);
      else if (!reached.extras.has(extra))
        this.#unknown.set(file.filename, `of ${name} only ${EXTRAS_PER_PROJECT_MAX} extras are followed`);
    }
    const asker = { project: file.project, by: releaseName(file), rank: file.rank };
    reached.specifiers.add(this.#needs.add(asker, wanted));
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
