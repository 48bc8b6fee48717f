/** What a wave's commit writes of projects and files, and what it leaves for the audit, the trash and the proof. */
import { releaseOf } from '../pypi/filenames.ts';
import { bucketOf } from '../pypi/manifest.ts';
import { trashPath } from '../pypi/paths.ts';
import type { ProjectName, Serial } from '../pypi/types.ts';
import { anyOf } from '../pypi/versions.ts';
import type { AuditTable } from './audit.ts';
import type { BucketTable } from './buckets.ts';
import {
  dropText,
  type KeptProject,
  type KnownFile,
  type LeftOut,
  type ProjectUpdate,
  type WaveCommit,
} from './contract.ts';
import type { FileChanges, FileTable, Reason } from './files.ts';
import type { InfoTable } from './info.ts';
import type { LearnedTable } from './learned.ts';
import type { LeftOutProjects } from './left-out.ts';
import type { ProjectTable } from './projects.ts';
import type { SelectedTable } from './selected.ts';
import type { TrashTable } from './trash.ts';
import type { Validations } from './validations.ts';

export interface CommitTables {
  readonly audit: AuditTable;
  readonly buckets: BucketTable;
  readonly files: FileTable;
  readonly infos: InfoTable;
  readonly learned: LearnedTable;
  readonly leftOut: LeftOutProjects;
  readonly projects: ProjectTable;
  readonly selected: SelectedTable;
  readonly trash: TrashTable;
  readonly validations: Validations;
}

export interface WaveEffects {
  readonly filesWithdrawn: number;
  readonly bytesWithdrawn: number;
  /** The root index lists something else than before. */
  readonly listChanged: boolean;
  /** A page came, changed or left. */
  readonly pagesChanged: boolean;
}

/** Inside the commit's transaction. */
export function writeProjects(tables: CommitTables, wave: WaveCommit): WaveEffects {
  // A first sync commits millions of files: none of them is looked for in an empty trash.
  const looksInTrash = tables.trash.isInUse();
  const effects = [
    ...(wave.kept ?? []).map((one) => writeKept(tables, one)),
    ...wave.updates.map((update) => writeUpdate(tables, update, wave.atMs, looksInTrash)),
    ...wave.withdrawn.map((one) => writeLeaving(tables, goneLeaving(tables, one, wave.atMs), wave.atMs)),
    ...wave.leftOut.map((one) => writeLeaving(tables, leftOutLeaving(tables, one, wave.atMs), wave.atMs)),
  ];
  for (const name of wave.unchanged) tables.validations.note(name, wave.atMs);
  return {
    filesWithdrawn: sumOf(effects.map(({ filesWithdrawn }) => filesWithdrawn)),
    bytesWithdrawn: sumOf(effects.map(({ bytesWithdrawn }) => bytesWithdrawn)),
    listChanged: effects.some(({ listChanged }) => listChanged),
    pagesChanged: effects.some(({ pagesChanged }) => pagesChanged),
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** What has left a page. */
function withdrawnOf({ left }: FileChanges): Pick<WaveEffects, 'filesWithdrawn' | 'bytesWithdrawn'> {
  return { filesWithdrawn: left.length, bytesWithdrawn: sumOf(left.map(({ file }) => file.sizeBytes)) };
}

function writeUpdate(
  tables: CommitTables,
  update: ProjectUpdate,
  atMs: number,
  looksInTrash: boolean,
): WaveEffects {
  const { projects, files, learned } = tables;
  const id = projects.idOrNew(update.name);
  const listed = projects.listedAs(id);
  const page = projects.pageDigest(update.name);
  projects.publish(id, update, atMs);
  tables.selected.set(id, update);
  if (update.pageSha256 !== page) tables.buckets.noteChange(bucketOf(update.name));
  const changes = files.publish(id, update.files, atMs, update.serial, reasonOf(update));
  noteChanges(tables, update.name, changes, update.serial, atMs, looksInTrash);
  learned.replace(id, update.learned);
  const listChanged = projects.listedAs(id) !== listed;
  return { ...withdrawnOf(changes), listChanged, pagesChanged: true };
}

/** Its page may have been rendered anew for other settings although upstream could not be asked. */
function writeKept({ projects, buckets }: CommitTables, kept: KeptProject): WaveEffects {
  const nothing = { filesWithdrawn: 0, bytesWithdrawn: 0, listChanged: false, pagesChanged: false };
  const id = projects.id(kept.name);
  if (id === null) return nothing;
  const listed = projects.listedAs(id);
  const page = projects.pageDigest(kept.name);
  projects.keep(kept);
  const pagesChanged = projects.pageDigest(kept.name) !== page;
  if (pagesChanged) buckets.noteChange(bucketOf(kept.name));
  return { ...nothing, listChanged: projects.listedAs(id) !== listed, pagesChanged };
}

/** A project without a page from now on, and why. */
interface Leaving {
  readonly name: ProjectName;
  readonly why: string;
  /** Of the change that says so, when one does. */
  readonly serial: Serial | null;
  readonly reason: Reason;
  readonly write: (id: number) => void;
}

function goneLeaving(
  { projects, infos, selected }: CommitTables,
  { name, why, removed }: WaveCommit['withdrawn'][number],
  atMs: number,
): Leaving {
  const write = (id: number) => {
    projects.withdraw(id, why, removed, atMs);
    infos.remove(id);
    selected.forget(id);
  };
  return { name, why, serial: removed, reason: { why, urgent: false }, write };
}

function leftOutLeaving({ leftOut, selected }: CommitTables, one: LeftOut, atMs: number): Leaving {
  const why = dropText(one.drop);
  const reason = one.page?.status === 'quarantined' ? PROJECT_QUARANTINED : { why, urgent: false };
  const write = (id: number) => {
    leftOut.leaveOut(id, one, atMs);
    selected.set(id, { selectedMs: null, reviewMs: one.reviewMs });
  };
  return { name: one.name, why, serial: one.page?.serial ?? null, reason, write };
}

function writeLeaving(tables: CommitTables, leaving: Leaving, atMs: number): WaveEffects {
  const { projects, files, learned, audit } = tables;
  const { name, why, serial, reason, write } = leaving;
  const id = projects.idOrNew(name);
  const listChanged = projects.listedAs(id) !== null;
  const pagesChanged = projects.isPublished(name);
  if (projects.pageDigest(name) !== null) tables.buckets.noteChange(bucketOf(name));
  if (pagesChanged)
    audit.add({
      atMs,
      action: 'withdraw',
      project: name,
      filename: null,
      path: null,
      sha256: null,
      why,
      serial,
    });
  write(id);
  const changes = files.publish(id, [], atMs, serial, () => reason);
  noteChanges(tables, name, changes, serial, atMs, false);
  learned.replace(id, []);
  return { ...withdrawnOf(changes), listChanged, pagesChanged };
}

/** PEP 792: what is quarantined must not be offered. */
const PROJECT_QUARANTINED: Reason = { why: 'project quarantined', urgent: true };

/** Why a file that an update does not name leaves the page. */
function reasonOf({
  name,
  status,
  quarantinedVersions,
  leftOutFiles,
}: ProjectUpdate): (file: KnownFile) => Reason {
  if (status === 'quarantined') return () => PROJECT_QUARANTINED;
  const isQuarantined = anyOf(quarantinedVersions);
  return ({ filename }) => {
    const version = quarantinedVersions.length === 0 ? null : releaseOf(filename, name);
    if (version !== null && isQuarantined(version)) return { why: 'release quarantined', urgent: true };
    const drop = leftOutFiles?.get(filename);
    return { why: drop === undefined ? 'no longer on the page' : dropText(drop), urgent: false };
  };
}

/** The audit of what left the page and of what came back to it; what is published need not lie in the trash any more. */
function noteChanges(
  { audit, trash }: CommitTables,
  project: ProjectName,
  { left, came }: FileChanges,
  serial: Serial | null,
  atMs: number,
  looksInTrash: boolean,
): void {
  for (const { file, why } of left) {
    const { filename, path, sha256 } = file;
    audit.add({ atMs, action: 'withdraw', project, filename, path, sha256, why, serial });
  }
  for (const { file, wasGone } of came) {
    const { filename, path, sha256 } = file;
    const wasInTrash = looksInTrash && trash.publishedAgain(trashPath(sha256, filename));
    if (!wasInTrash && !wasGone) continue;
    audit.add({ atMs, action: 'restore', project, filename, path, sha256, why: 'published again', serial });
  }
}
