/** Step 4, plan: from upstream's detail and what we have, which files to bring in and what the page will say. Pure. */
import type { KnownFile } from '../catalogue/contract.ts';
import { JubjubError } from '../errors.ts';
import { offeredFiles } from '../pypi/detail.ts';
import { digestFilePath, filePath, hrefFromDetail } from '../pypi/paths.ts';
import type { Place } from '../pypi/placement.ts';
import type { Detail, DistFile, DocrootPath, Sha256 } from '../pypi/types.ts';

/** One file that upstream offers, and where it stands with us. */
export interface PlannedFile {
  readonly path: DocrootPath;
  readonly filename: string;
  readonly url: string;
  readonly sha256: Sha256;
  /** As advertised; null when upstream does not say. */
  readonly sizeBytes: number | null;
  /** Its bytes are in the docroot, verified; the size they have. */
  readonly heldBytes: number | null;
  /** null: not advertised, or not wanted. The digest is null when upstream advertises none. */
  readonly metadata: { readonly sha256: Sha256 | null } | null;
  /** Digest of the sidecar that is in the docroot; null when it has to be brought in. */
  readonly heldMetadata: Sha256 | null;
}

export interface ProjectPlan {
  readonly files: readonly PlannedFile[];
  /** Offered files that cannot be mirrored, each with the reason. */
  readonly refused: readonly JubjubError[];
}

/** What the docroot and the catalogue have at the paths that a detail asks for. */
export interface Holdings {
  /** The sha256 that some project's file has at a path, whether or not it is ours. */
  digestAt(path: DocrootPath): Sha256 | null;
  /** Size of the verified file at a path, or null. */
  heldBytes(path: DocrootPath, sha256: Sha256): number | null;
  /** Digest of the verified sidecar of a path, or null. */
  heldMetadata(path: DocrootPath): Sha256 | null;
}

/** Where a file is to lie: as upstream has it, unless other bytes have that path already (P1: they are linked to). */
export function pathOf(file: DistFile, digestAt: (path: DocrootPath) => Sha256 | null): DocrootPath | null {
  const path = filePath(file);
  if (path === null || file.sha256 === null) return null;
  const there = digestAt(path);
  return there === null || there === file.sha256 ? path : digestFilePath(file.sha256, file.filename);
}

export function planProject(detail: Detail, holdings: Holdings, wantMetadata: boolean): ProjectPlan {
  const files: PlannedFile[] = [];
  const refused: JubjubError[] = [];
  for (const file of offeredFiles(detail)) {
    const path = pathOf(file, (at) => holdings.digestAt(at));
    if (path === null || file.sha256 === null) {
      refused.push(withoutDigest(detail, file));
      continue;
    }
    const held = holdings.heldMetadata(path);
    const metadata = wantMetadata && file.coreMetadata !== null ? { sha256: file.coreMetadata.sha256 } : null;
    const sidecarIsRight = held !== null && (metadata?.sha256 === null || metadata?.sha256 === held);
    files.push({
      path,
      filename: file.filename,
      url: file.url,
      sha256: file.sha256,
      sizeBytes: file.sizeBytes,
      heldBytes: holdings.heldBytes(path, file.sha256),
      metadata,
      heldMetadata: metadata !== null && sidecarIsRight ? held : null,
    });
  }
  return { files, refused };
}

function withoutDigest(detail: Detail, file: DistFile): JubjubError {
  return new JubjubError(
    'UPSTREAM_MALFORMED',
    `a file without a sha256 cannot be verified: ${file.filename}`,
    {
      url: file.url,
      expected: 'hashes.sha256',
      received: 'none',
      effect: `${detail.name} is published without it and is pending`,
      hint: 'nothing to do here: it is for the upstream to give one',
    },
  );
}

/** Is there anything to bring in for this file? */
export function wantsTransfer(file: PlannedFile): boolean {
  return file.heldBytes === null || (file.metadata !== null && file.heldMetadata === null);
}

/** The bytes that a plan will bring in, as far as upstream says; sidecars are not counted. */
export function plannedBytes(plan: ProjectPlan): number {
  return plan.files.reduce((sum, file) => sum + (file.heldBytes === null ? (file.sizeBytes ?? 0) : 0), 0);
}

/** The rows that the catalogue is to remember before anything is transferred. */
export function intendedFiles(plan: ProjectPlan): KnownFile[] {
  return plan.files
    .filter((file) => file.heldBytes === null)
    .map((file) => ({
      path: file.path,
      filename: file.filename,
      sha256: file.sha256,
      sizeBytes: file.sizeBytes ?? 0,
      state: 'intended',
      metadataSha256: null,
    }));
}

/** How a page links to what was brought in; files that are not among `files` are left out. */
export function placeMirrored(files: readonly KnownFile[]): Place {
  const byName = new Map(files.map((file) => [file.filename, file]));
  return (file) => {
    const ours = byName.get(file.filename);
    if (ours === undefined) return null;
    return { href: hrefFromDetail(ours.path), coreMetadata: ours.metadataSha256 !== null };
  };
}

/** `files.mirror = false`: the page links to upstream, whose sidecars lie beside its files. */
export const placeUpstream: Place = (file) => ({ href: file.url, coreMetadata: true });
