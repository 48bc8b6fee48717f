/** What a wave's commit writes of projects and files, and what it leaves for the audit, the trash and the proof. */
import { releaseOf } from '../pypi/filenames.ts';
import { bucketOf } from '../pypi/manifest.ts';
import { trashPath } from '../pypi/paths.ts';
import type { ProjectName, Serial } from '../pypi/types.ts';
import { anyOf } from '../pypi/versions.ts';
import type { AuditTable } from './audit.ts';
import type { BucketTable } from './buckets.ts';
import type { KnownFile, ProjectUpdate, WaveCommit } from './contract.ts';
import type { FileChanges, FileTable, Reason } from './files.ts';
import type { LearnedTable } from './learned.ts';
import type { ProjectTable } from './projects.ts';
import type { TrashTable } from './trash.ts';

export interface CommitTables {
  readonly audit: AuditTable;
  readonly buckets: BucketTable;
  readonly files: FileTable;
  readonly learned: LearnedTable;
  readonly projects: ProjectTable;
  readonly trash: TrashTable;
}

/** Inside the commit's transaction. `listChanged`: the root index lists something else than before. */
export function writeProjects(
  tables: CommitTables,
  wave: WaveCommit,
): { readonly filesWithdrawn: number; readonly listChanged: boolean } {
  const { projects, files, learned } = tables;
  // A first sync commits millions of files: none of them is looked for in an empty trash.
  const looksInTrash = tables.trash.isInUse();
  let filesWithdrawn = 0;
  let listChanged = false;
  for (const update of wave.updates) {
    const id = projects.idOrNew(update.name);
    const listed = projects.listedAs(id);
    const page = projects.pageDigest(update.name);
    projects.publish(id, update, wave.atMs);
    listChanged ||= projects.listedAs(id) !== listed;
    if (update.pageSha256 !== page) tables.buckets.noteChange(bucketOf(update.name));
    const changes = files.publish(id, update.files, wave.atMs, update.serial, reasonOf(update));
    noteChanges(tables, update.name, changes, update.serial, wave.atMs, looksInTrash);
    filesWithdrawn += changes.left.length;
    learned.replace(id, update.learned);
  }
  for (const name of wave.unchanged) projects.validated(name, wave.atMs);
  for (const { name, why, removed } of wave.withdrawn) {
    const id = projects.idOrNew(name);
    listChanged ||= projects.listedAs(id) !== null;
    if (projects.pageDigest(name) !== null) tables.buckets.noteChange(bucketOf(name));
    if (projects.isPublished(name)) {
      const none = { filename: null, path: null, sha256: null };
      tables.audit.add({ atMs: wave.atMs, action: 'withdraw', project: name, ...none, why, serial: removed });
    }
    projects.withdraw(id, why, removed, wave.atMs);
    const changes = files.publish(id, [], wave.atMs, removed, () => ({ why, urgent: false }));
    noteChanges(tables, name, changes, removed, wave.atMs, looksInTrash);
    filesWithdrawn += changes.left.length;
    learned.replace(id, []);
  }
  return { filesWithdrawn, listChanged };
}

/** Why a file that an update does not name leaves the page. PEP 792: what is quarantined must not be offered. */
function reasonOf({ name, status, quarantinedVersions }: ProjectUpdate): (file: KnownFile) => Reason {
  if (status === 'quarantined') return () => ({ why: 'project quarantined', urgent: true });
  const isQuarantined = anyOf(quarantinedVersions);
  return ({ filename }) => {
    const version = quarantinedVersions.length === 0 ? null : releaseOf(filename, name);
    return version !== null && isQuarantined(version)
      ? { why: 'release quarantined', urgent: true }
      : { why: 'no longer on the page', urgent: false };
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
