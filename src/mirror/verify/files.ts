/** Step files: each file that a page links to, and what lies beside it, is there with its size and its digest. */
import type { KnownFile } from '../../catalogue/contract.ts';
import { interrupted } from '../../clock.ts';
import { offeredFiles } from '../../pypi/detail.ts';
import { metadataPath, provenancePath } from '../../pypi/paths.ts';
import type { DistFile, DocrootPath, ProjectName, Sha256 } from '../../pypi/types.ts';
import { type DamageKind, type Finding, isOfOneThing, unreadable } from './damage.ts';
import { inOrder } from './in-order.ts';
import type { Look, VerifyDeps } from './options.ts';
import type { Rows } from './project.ts';

/** Files of a project that are looked at together, so that those who hash them always have enough of them (bench/verify.ts). */
const READS_AHEAD = 16;

export interface FilesReport {
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly bytes: number;
}

/** Something that must lie at a path. */
interface Wanted {
  readonly project: ProjectName;
  readonly path: DocrootPath;
  readonly sha256: Sha256;
  /** null: only the digest tells. */
  readonly sizeBytes: number | null;
  readonly kind: 'file' | 'sidecar';
}

export async function checkFiles(deps: VerifyDeps, rows: Rows, look: Look): Promise<FilesReport> {
  const wanted = wantedOf(rows);
  const findings: Finding[] = [];
  let bytes = 0;
  await inOrder(
    wanted,
    READS_AHEAD,
    look.signal,
    (thing, signal) => lookAt(deps, thing, { ...look, signal }),
    async (_thing, seen) => {
      if (seen.finding !== null) findings.push(seen.finding);
      bytes += seen.bytes;
    },
  );
  if (look.signal.aborted) throw interrupted();
  return { findings, files: wanted.filter(({ kind }) => kind === 'file').length, bytes };
}

/** What upstream said of a file counts more than its row: the two are held against each other elsewhere (rows.ts). */
function wantedOf({ known, detail, files }: Rows): Wanted[] {
  const offered = new Map(detail === null ? [] : offeredFiles(detail).map((file) => [file.filename, file]));
  return (files ?? []).flatMap((row) => wantedOfRow(known.name, row, offered.get(row.filename)));
}

function wantedOfRow(project: ProjectName, row: KnownFile, file: DistFile | undefined): Wanted[] {
  const { path } = row;
  const sidecar = { project, sizeBytes: null, kind: 'sidecar' } as const;
  const metadata = row.metadataSha256 && (file?.coreMetadata?.sha256 ?? row.metadataSha256);
  const sha256 = file?.sha256 ?? row.sha256;
  // A row with another digest has another size, too.
  const sizeBytes = file?.sizeBytes ?? (sha256 === row.sha256 ? row.sizeBytes : null);
  return [
    { project, path, sha256, sizeBytes, kind: 'file' },
    ...(metadata === null ? [] : [{ ...sidecar, path: metadataPath(path), sha256: metadata }]),
    ...(row.provenance === null
      ? []
      : [{ ...sidecar, path: provenancePath(path), sha256: row.provenance.sha256 }]),
  ];
}

interface Seen {
  readonly finding: Finding | null;
  /** Read. */
  readonly bytes: number;
}

async function lookAt(deps: VerifyDeps, wanted: Wanted, look: Look): Promise<Seen> {
  try {
    return await compare(deps, wanted, look);
  } catch (error) {
    if (!isOfOneThing(error)) throw error;
    return { finding: unreadable('files', wanted.project, wanted.path, error), bytes: 0 };
  }
}

async function compare({ store }: VerifyDeps, wanted: Wanted, { quick, pace, signal }: Look): Promise<Seen> {
  const { path, sha256, sizeBytes } = wanted;
  const digest = quick ? null : await store.digest(path, signal, pace);
  const size = digest?.sizeBytes ?? (quick ? await store.size(path) : null);
  const bytes = digest?.sizeBytes ?? 0;
  if (size === null) {
    // Tells a file that is not there from something else that is in its place.
    await store.read(path);
    return { finding: damage(wanted, 'missing', null), bytes };
  }
  if (sizeBytes !== null && size !== sizeBytes) return { finding: sizeDamage(wanted, size), bytes };
  const isRight = digest === null || digest.sha256 === sha256;
  return { finding: isRight ? null : damage(wanted, 'digest', digest.sha256), bytes };
}

function damage(
  { project, path, sha256, kind }: Wanted,
  what: 'missing' | 'digest',
  received: Sha256 | null,
): Finding {
  return {
    kind: `${kind}-${what}` satisfies DamageKind,
    step: 'files',
    project,
    path,
    expected: `sha256 ${sha256}`,
    received: received === null ? 'nothing' : `sha256 ${received}`,
  };
}

function sizeDamage({ project, path, sizeBytes }: Wanted, received: number): Finding {
  const [expected, there] = [`${sizeBytes} bytes`, `${received} bytes`];
  return { kind: 'file-size', step: 'files', project, path, expected, received: there };
}
