/** What explaining a project rests on: all that the catalogue has of it, and what the rules say of that, read at one moment. */
import {
  type DueProject,
  type KnownFile,
  type KnownProject,
  NEVER_PUBLISHED,
} from '../../catalogue/contract.ts';
import { isoTime } from '../../clock.ts';
import { offeredFiles } from '../../pypi/detail.ts';
import type { Detail, DistFile, ProjectName, Serial } from '../../pypi/types.ts';
import type { Drop, Judgement } from '../../selection/verdict.ts';
import { choose, nameDrop } from '../chosen.ts';
import type { MirrorDeps } from '../deps.ts';
import { isShapeCurrent, pagesHaveOwnFiles } from '../shape.ts';
import type { Lag, Withdrawal } from './report.ts';

export interface ExplainDeps extends MirrorDeps {
  /** Which of the known words may be meant, or null; nothing that is further away than so many letters. */
  readonly nearest: (word: string, known: readonly string[], distanceMax?: number) => string | null;
}

export interface Known {
  readonly name: ProjectName;
  readonly nowMs: number;
  readonly project: KnownProject | null;
  /** As upstream had it, with all files. */
  readonly detail: Detail | null;
  /** Files that upstream offers, by name. */
  readonly offered: ReadonlyMap<string, DistFile>;
  /** On its page, by name. */
  readonly published: ReadonlyMap<string, KnownFile | DistFile>;
  readonly withdrawn: ReadonlyMap<string, Withdrawal>;
  /** That a page newer than the detail has and a run could not bring in, by name. */
  readonly planned: ReadonlyMap<string, KnownFile>;
  readonly due: DueProject | null;
  /** Why the whole project is left out now: by its name, or by its detail. */
  readonly drop: Drop | null;
  /** Of its detail, now; null without one, and when its name is left out. */
  readonly judgement: Judgement | null;
  /** The same for the time when its page was made; null when that is not known. */
  readonly judgedBefore: Judgement | null;
  readonly serial: Serial | null;
  readonly current: boolean;
}

/** Reads it in one transaction: a sync may be going on. */
export function readKnown(deps: ExplainDeps, name: ProjectName, nowMs: number): Known {
  const { catalogue } = deps;
  const project = catalogue.project(name);
  const packed = catalogue.knownDetail(name);
  const detail = packed === null ? null : catalogue.unpack(packed, name);
  const byName = nameDrop(deps, name);
  const judged = detail !== null && byName === null ? detail : null;
  const judgement = judged === null ? null : choose(deps, judged, nowMs);
  const selectedMs = project?.selectedMs ?? null;
  const judgedBefore = judged === null || selectedMs === null ? null : choose(deps, judged, selectedMs);
  const current = isShapeCurrent(deps);
  const offered = new Map((detail === null ? [] : offeredFiles(detail)).map((file) => [file.filename, file]));
  const shown = current ? (judgedBefore ?? judgement) : judgement;
  const due = catalogue.due(name);
  const rows = catalogue.filesOf(name);
  return {
    name,
    nowMs,
    project,
    detail,
    offered,
    published: pagesHaveOwnFiles(deps)
      ? new Map(stateOf(rows, 'published').map((file) => [file.filename, file]))
      : new Map(
          [...offered].filter(([filename, file]) => {
            return (
              project?.published === true &&
              shown?.files.has(filename) !== true &&
              deps.upstream.mayLinkTo(file.url)
            );
          }),
        ),
    withdrawn: withdrawnOf(deps, name),
    planned: new Map(due === null ? [] : stateOf(rows, 'intended').map((file) => [file.filename, file])),
    due,
    drop: byName ?? judgement?.drop ?? null,
    judgement,
    judgedBefore,
    serial: catalogue.progress().serial,
    current,
  };
}

function stateOf(files: readonly KnownFile[], state: KnownFile['state']): readonly KnownFile[] {
  return files.filter((file) => file.state === state);
}

/** What no page links to any more, in the docroot or in the trash; of what was there twice, the docroot's word. */
function withdrawnOf({ catalogue, settings }: ExplainDeps, name: ProjectName): Map<string, Withdrawal> {
  const byName = new Map<string, Withdrawal>();
  for (const { filename, hiddenMs, why, serial, returned } of catalogue.trashOf(name)) {
    const until = isoTime(hiddenMs + settings.deleteAfterMs);
    if (!returned) byName.set(filename, { place: 'trash', since: isoTime(hiddenMs), until, why, serial });
  }
  for (const { file, sinceMs, why, serial, held, urgent } of catalogue.withdrawnOf(name)) {
    if (why === NEVER_PUBLISHED && !held) continue;
    const place = held ? 'held' : 'docroot';
    const until = held ? null : isoTime(urgent ? sinceMs : sinceMs + settings.hideAfterMs);
    byName.set(file.filename, { place, since: isoTime(sinceMs), until, why, serial });
  }
  return byName;
}

/** It is to leave the docroot, and the removal limit keeps it there; not what the rules have taken back since. */
export function isHeldByLimit({ due, drop }: Pick<Known, 'due' | 'drop'>): boolean {
  return due?.pending?.code === 'LIMIT_REMOVALS' && (drop !== null || due.source !== 'selection');
}

/** Why the docroot does not show what the rules say: of a file, or (null) of the whole project. */
export function lagOf(known: Known, filename: string | null): Lag {
  const { due, judgement, judgedBefore, current } = known;
  const pending = due?.pending ?? null;
  // The message names the first file that failed.
  if (pending !== null && filename !== null && pending.message.includes(filename)) return 'pending';
  if (!current) return 'configuration';
  if (pending !== null) return 'pending';
  if (due !== null) return 'untried';
  if (judgement !== null && judgedBefore !== null && differ(judgement, judgedBefore, filename)) return 'time';
  return known.serial === null ? 'first-sync' : 'next-sync';
}

function differ(now: Judgement, before: Judgement, filename: string | null): boolean {
  const keeps = ({ drop, files }: Judgement) => drop === null && (filename === null || !files.has(filename));
  return keeps(now) !== keeps(before);
}
