/** Step 4, plan: from upstream's detail and what we have, which files to bring in and what the page will say. Pure. */
import type { KnownFile } from '../catalogue/contract.ts';
import { type ErrorCode, JubjubError } from '../errors.ts';
import { offeredFiles } from '../pypi/detail.ts';
import { absoluteUrl, digestFilePath, filePath, hrefFromDetail, provenancePath } from '../pypi/paths.ts';
import type { Place } from '../pypi/placement.ts';
import { quote } from '../pypi/quote.ts';
import type { Detail, DistFile, DocrootPath, Sha256 } from '../pypi/types.ts';
import { FILE_BYTES_MAX } from './deps.ts';
import { FirstFailures } from './first-failures.ts';

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
  /** The committed page links to it already. */
  readonly isPublished: boolean;
  /** null: not advertised, or not wanted. The digest is null when upstream advertises none. */
  readonly metadata: { readonly sha256: Sha256 | null } | null;
  /** Digest of the sidecar that is in the docroot; null when it has to be brought in. */
  readonly heldMetadata: Sha256 | null;
  /** Where its attestations are (PEP 740); null when there are none, or none are wanted. */
  readonly provenanceUrl: string | null;
  /** The attestations that lie beside it. */
  readonly heldProvenance: KnownFile['provenance'];
}

/** What of a file the mirror is to have. */
export interface Wants {
  readonly metadata: boolean;
  readonly provenance: boolean;
  mayLinkTo(url: string): boolean;
  /** Why the digest of a file without one could not be learnt, or null. */
  troubleOf(file: DistFile): JubjubError | null;
}

export interface ProjectPlan {
  readonly files: readonly PlannedFile[];
  /** One for each offered file that cannot be mirrored: the first with that reason. */
  readonly refused: readonly JubjubError[];
}

/** What the docroot and the catalogue have at the paths that a detail asks for. */
export interface Holdings {
  /** Where a file is to lie; null when no path is free for it, or it has no digest. */
  pathOf(file: DistFile): DocrootPath | null;
  /** Size of the verified file at a path, or null. */
  heldBytes(path: DocrootPath): number | null;
  /** Does the committed page link to a path? */
  isPublished(path: DocrootPath): boolean;
  /** Digest of the verified sidecar of a path, or null. */
  heldMetadata(path: DocrootPath): Sha256 | null;
  /** Another digest that another project's page advertises for the sidecar of a path, or null. */
  foreignMetadata(path: DocrootPath): Sha256 | null;
  /** The attestations beside a path, or null. */
  heldProvenance(path: DocrootPath): KnownFile['provenance'];
}

/**
 * Where a file is to lie: as upstream has it, unless other bytes have that path already (P1: they are linked to).
 * Null when neither that path nor the one after its own digest is free, or when it has no digest.
 */
export function pathOf(file: DistFile, digestAt: (path: DocrootPath) => Sha256 | null): DocrootPath | null {
  if (file.sha256 === null) return null;
  for (const path of [filePath(file), digestFilePath(file.sha256, file.filename)]) {
    const there = path === null ? undefined : digestAt(path);
    if (there === null || there === file.sha256) return path;
  }
  return null;
}

export function planProject(detail: Detail, holdings: Holdings, wants: Wants): ProjectPlan {
  const files: PlannedFile[] = [];
  const refused: JubjubError[] = [];
  const failures = new FirstFailures();
  for (const file of offeredFiles(detail)) {
    const path = holdings.pathOf(file);
    const refusal = refusalOf(detail, file, path, holdings, wants);
    if (refusal !== null) refused.push(failures.of(detail.name, refusal));
    else if (path !== null && file.sha256 !== null) {
      files.push(planFile(file, path, file.sha256, holdings, wants));
    }
  }
  return { files, refused };
}

function planFile(
  file: DistFile,
  path: DocrootPath,
  sha256: Sha256,
  holdings: Holdings,
  wants: Wants,
): PlannedFile {
  const held = holdings.heldMetadata(path);
  const metadata = wants.metadata ? metadataOf(file, holdings.foreignMetadata(path)) : null;
  const sidecarIsRight = held !== null && (metadata?.sha256 === null || metadata?.sha256 === held);
  return {
    path,
    filename: file.filename,
    url: file.url,
    sha256,
    sizeBytes: file.sizeBytes,
    heldBytes: holdings.heldBytes(path),
    isPublished: holdings.isPublished(path),
    metadata,
    heldMetadata: metadata !== null && sidecarIsRight ? held : null,
    // One on a host that may not be asked is somebody else's: its link stays as it is.
    provenanceUrl:
      wants.provenance && file.provenance !== null && wants.mayLinkTo(file.provenance)
        ? file.provenance
        : null,
    heldProvenance: holdings.heldProvenance(path),
  };
}

/** A path has one sidecar: where another page advertises other bytes for it, this one advertises none (P1). */
function metadataOf(file: DistFile, foreign: Sha256 | null): PlannedFile['metadata'] {
  if (file.coreMetadata === null) return null;
  const { sha256 } = file.coreMetadata;
  return foreign === null ? { sha256 } : null;
}

function refusalOf(
  detail: Detail,
  file: DistFile,
  path: DocrootPath | null,
  holdings: Holdings,
  wants: Wants,
): JubjubError | null {
  // P7: of what is here already nobody is asked, so that where it is said to lie takes nothing off its page.
  const isHeld = path !== null && holdings.heldBytes(path) !== null;
  if (!isHeld && !wants.mayLinkTo(file.url)) return foreignHost(detail, file);
  const trouble = wants.troubleOf(file);
  if (trouble !== null) return trouble;
  if (file.sha256 === null) {
    return refusal(detail, file, 'UPSTREAM_MALFORMED', 'a file without a sha256 cannot be verified', {
      expected: 'hashes.sha256',
      received: 'none',
    });
  }
  if (path === null) {
    return refusal(detail, file, 'UPSTREAM_MALFORMED', 'other bytes lie at the paths of a file already', {
      expected: 'one content for one path',
      received: `sha256 ${file.sha256}, and another project has another`,
    });
  }
  if (file.sizeBytes === null || file.sizeBytes <= FILE_BYTES_MAX) return null;
  return refusal(detail, file, 'UPSTREAM_TOO_LARGE', 'a file is too large', {
    expected: `at most ${FILE_BYTES_MAX} bytes`,
    received: `${file.sizeBytes} bytes`,
  });
}

function foreignHost(detail: Detail, file: DistFile): JubjubError {
  return refusal(detail, file, 'UPSTREAM_HOST_NOT_ALLOWED', 'a file lies on a host that may not be asked', {
    expected: "the upstream's own host, or one of [upstream] file-hosts",
    received: new URL(file.url).host,
    hint: 'add the host to [upstream] file-hosts if you trust it',
  });
}

function refusal(
  detail: Detail,
  file: DistFile,
  code: ErrorCode,
  message: string,
  facts: { readonly expected: string; readonly received: string; readonly hint?: string },
): JubjubError {
  const effect = `the file is not published; ${detail.name} is pending and will be tried again`;
  return new JubjubError(code, `${message}: ${quote(file.filename)}`, { url: file.url, effect, ...facts });
}

/** Is there anything to bring in for this file? */
export function wantsTransfer(file: PlannedFile): boolean {
  return file.heldBytes === null || (file.metadata !== null && file.heldMetadata === null);
}

/** The bytes that a plan will bring in, as far as upstream says; sidecars are not counted. */
export function plannedBytes(plan: ProjectPlan): number {
  return plan.files.reduce((sum, file) => sum + (file.heldBytes === null ? (file.sizeBytes ?? 0) : 0), 0);
}

/**
 * The rows that the catalogue is to remember before anything is transferred or linked to: those of files that lie there
 * already and are to come back, too, or prune would take them away behind a page that nobody lived to commit.
 */
export function intendedFiles(plan: ProjectPlan): KnownFile[] {
  return plan.files
    .filter((file) => !file.isPublished)
    .map((file) => ({
      path: file.path,
      filename: file.filename,
      sha256: file.sha256,
      sizeBytes: file.heldBytes ?? file.sizeBytes ?? 0,
      state: 'intended',
      metadataSha256: null,
      provenance: null,
    }));
}

/** How a page links to what was brought in; files that are not among `files` are left out. */
export function placeMirrored(files: readonly KnownFile[], baseUrl: string | null): Place {
  const byName = new Map(files.map((file) => [file.filename, file]));
  return (file) => {
    const ours = byName.get(file.filename);
    if (ours === undefined) return null;
    return {
      href: hrefFromDetail(ours.path),
      coreMetadata: ours.metadataSha256 !== null,
      // PEP 740 wants an absolute URL: without one of ours, upstream's stays.
      provenance:
        baseUrl === null || ours.provenance === null ? null : absoluteUrl(baseUrl, provenancePath(ours.path)),
    };
  };
}

/** `files.mirror = false`: the page links to upstream, whose sidecars lie beside its files; never to a host that is not allowed. */
export function placeUpstream(isLinked: (file: DistFile) => boolean): Place {
  return (file) => (isLinked(file) ? { href: file.url, coreMetadata: true, provenance: null } : null);
}

/** The plan of a project whose files stay upstream: nothing to bring in, but links may have to be refused. */
export function planLinks(detail: Detail, mayLinkTo: (url: string) => boolean): ProjectPlan {
  const foreign = offeredFiles(detail).filter((file) => !mayLinkTo(file.url));
  const failures = new FirstFailures();
  return { files: [], refused: foreign.map((file) => failures.of(detail.name, foreignHost(detail, file))) };
}
