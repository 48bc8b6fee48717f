/** One file of an old tree: whether it is what its page promises, and what is to be brought in for it. */
import type { KnownFile } from '../catalogue/contract.ts';
import { isJubjubError, type JubjubError } from '../errors.ts';
import { sha256Of } from '../pypi/digests.ts';
import { metadataPath } from '../pypi/paths.ts';
import type { DistFile, DocrootPath, ProjectName, Sha256 } from '../pypi/types.ts';
import type { Digest, OldFile, OldTree } from '../store/contract.ts';
import { placeInTree } from './adopt-page.ts';
import type { LeftOutReason, TakingMode } from './adopt-report.ts';
import type { MirrorDeps } from './deps.ts';

export interface Adoption {
  readonly deps: MirrorDeps;
  readonly tree: OldTree;
  readonly mode: TakingMode;
  /** Believe a file whose size is the one that its page tells; read none of these. */
  readonly trustSize: boolean;
  /** Look at sizes only, and change nothing. */
  readonly dryRun: boolean;
  /** What lies at the paths that the batch has taken and that are not committed yet: one path, one content. */
  readonly claims: Map<DocrootPath, Sha256>;
}

export type FileVerdict =
  /** Ours; `before`: an earlier run had taken it. `bring`: it, and its sidecar, are to come into our docroot. */
  | {
      readonly kind: 'taken';
      readonly row: KnownFile;
      readonly before: boolean;
      readonly bring: readonly DocrootPath[];
      readonly others: number;
    }
  | {
      readonly kind: 'left-out';
      readonly reason: LeftOutReason;
      readonly message: string | null;
      readonly others: number;
    };

/** `known`: what an earlier run took over of the project, by path. @throws INTERRUPTED, STORE_* of our own store */
export async function takeFile(
  adoption: Adoption,
  name: ProjectName,
  file: DistFile,
  known: ReadonlyMap<DocrootPath, KnownFile>,
  signal: AbortSignal,
): Promise<FileVerdict> {
  const path = placeInTree(file);
  if (path === null) return leftOut('elsewhere');
  const { catalogue, store } = adoption.deps;
  const row = known.get(path);
  if (row !== undefined && row.state === 'published' && agrees(file.sha256, row.sha256)) {
    // Believed by its size, as every published file is: what an earlier run has hashed is not hashed again.
    if ((await store.size(path)) === row.sizeBytes)
      return { kind: 'taken', row, before: true, bring: [], others: 0 };
  }
  const theirs = adoption.claims.get(path) ?? catalogue.digestAt(path, name);
  if (theirs !== null && !agrees(file.sha256, theirs)) return leftOut('conflict');
  try {
    const verdict = await takeFound(adoption, file, path, signal);
    if (verdict.kind === 'taken') adoption.claims.set(path, verdict.row.sha256);
    return verdict;
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return leftOut('unreadable', 0, error.reason.message);
  }
}

async function takeFound(
  adoption: Adoption,
  file: DistFile,
  path: DocrootPath,
  signal: AbortSignal,
): Promise<FileVerdict> {
  const found = await reading(() => adoption.tree.file(path));
  const { others } = found;
  if (found.kind !== 'file') return leftOut(found.kind === 'link' ? 'not-a-file' : 'missing', others);
  if (file.sizeBytes !== null && file.sizeBytes !== found.sizeBytes) {
    return leftOut('damaged', others, `expected ${file.sizeBytes} bytes, received ${found.sizeBytes}`);
  }
  const digest = await digestOf(adoption, file, path, found, signal);
  if (digest === null || !agrees(file.sha256, digest.sha256)) {
    const received = digest === null ? 'nothing' : `sha256 ${digest.sha256}`;
    return leftOut('damaged', others, `expected sha256 ${file.sha256}, received ${received}`);
  }
  const sidecar = await takeSidecar(adoption, file, path, found, signal);
  const row: KnownFile = {
    path,
    filename: file.filename,
    sha256: digest.sha256,
    sizeBytes: digest.sizeBytes,
    state: 'published',
    metadataSha256: sidecar.advertised,
    provenance: null,
  };
  const bring = adoption.mode === 'in-place' ? [] : [path, ...(sidecar.isWanted ? [metadataPath(path)] : [])];
  return { kind: 'taken', row, before: false, bring, others };
}

/** In a dry run, and where sizes are trusted, what the page says; else what the bytes say. */
async function digestOf(
  adoption: Adoption,
  { sha256, sizeBytes }: DistFile,
  path: DocrootPath,
  found: OldFile,
  signal: AbortSignal,
): Promise<Digest | null> {
  // Nothing is kept of a dry run, so that any digest will do.
  if (adoption.dryRun) return { sha256: sha256 ?? sha256Of(''), sizeBytes: found.sizeBytes };
  if (adoption.trustSize && sha256 !== null && sizeBytes !== null) return { sha256, sizeBytes };
  return bytesOf(adoption, path, sha256, signal);
}

interface Sidecar {
  /** The digest that the page advertises, when these bytes have it. */
  readonly advertised: Sha256 | null;
  /** It is to come along: upstream may advertise it, and then the first sync hashes it. */
  readonly isWanted: boolean;
}

const NO_SIDECAR: Sidecar = { advertised: null, isWanted: false };

async function takeSidecar(
  adoption: Adoption,
  file: DistFile,
  path: DocrootPath,
  found: OldFile,
  signal: AbortSignal,
): Promise<Sidecar> {
  if (!found.hasMetadata || !adoption.deps.settings.mirrorMetadata || adoption.dryRun) return NO_SIDECAR;
  const advertised = file.coreMetadata?.sha256 ?? null;
  // Its size is told nowhere, so that only its bytes could prove it: those are left to the first sync.
  const isRead = adoption.mode === 'copy' || (advertised !== null && !adoption.trustSize);
  if (!isRead) return { advertised: null, isWanted: true };
  const digest = await bytesOf(adoption, metadataPath(path), advertised, signal);
  if (digest === null || !agrees(advertised, digest.sha256)) return NO_SIDECAR;
  return { advertised, isWanted: true };
}

/** The digest of the bytes in the old tree; with `copy` they are in staging then, if they are the wanted ones. */
async function bytesOf(
  { deps, tree, mode }: Adoption,
  path: DocrootPath,
  wanted: Sha256 | null,
  signal: AbortSignal,
): Promise<Digest | null> {
  if (mode !== 'copy') return reading(() => tree.digest(path, signal));
  const writer = await deps.store.stage(path);
  try {
    // Left by a run that was killed; staged bytes are hashed when they are opened.
    if (wanted === null || writer.digest().sha256 !== wanted) {
      await writer.restart();
      for await (const chunk of readingEach(tree.read(path, signal))) await writer.write(chunk);
    }
  } catch (error) {
    await writer.discard();
    throw error;
  }
  const digest = writer.digest();
  if (agrees(wanted, digest.sha256)) await writer.finish();
  else await writer.discard();
  return digest;
}

function agrees(wanted: Sha256 | null, received: Sha256): boolean {
  return wanted === null || wanted === received;
}

function leftOut(reason: LeftOutReason, others = 0, message: string | null = null): FileVerdict {
  return { kind: 'left-out', reason, message, others };
}

/** Something of the old tree cannot be read: no reason to stop, unlike the same of our own store. */
export class Unreadable extends Error {
  readonly reason: JubjubError;

  constructor(reason: JubjubError) {
    super(reason.message, { cause: reason });
    this.reason = reason;
  }
}

/** Runs something that reads the old tree. @throws Unreadable, INTERRUPTED */
export async function reading<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw isUnreadable(error) ? new Unreadable(error) : error;
  }
}

async function* readingEach(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw isUnreadable(error) ? new Unreadable(error) : error;
  }
}

function isUnreadable(error: unknown): error is JubjubError {
  return isJubjubError(error, 'STORE_IO', 'STORE_NOT_WRITABLE');
}
