/** Compares two mirrors by their completeness proofs: only the buckets that differ are read. */
import type { Manifest, PageDigest } from '../pypi/manifest.ts';
import type { ProjectName, Sha256 } from '../pypi/types.ts';
import type { ProofSource } from './proof.ts';

/** Buckets read at the same time, from both sides. */
const BUCKETS_AT_ONCE = 8;

export type DifferenceKind = 'only-here' | 'only-there' | 'different';

/** A project in which two mirrors differ. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly name: ProjectName;
}

export interface Comparison {
  /** As they were in the end. */
  readonly here: Manifest;
  readonly there: Manifest;
  readonly same: boolean;
  readonly counts: Readonly<Record<DifferenceKind, number>>;
  /** Buckets that had to be read. */
  readonly bucketsRead: number;
  /** One of the two changed while they were compared: the counts are of no single moment. */
  readonly moved: boolean;
}

/**
 * Tells each project that differs, in the order of buckets and then of names. Memory holds a few buckets at a time.
 *
 * @throws what the sources throw
 */
export async function compareProofs(
  here: ProofSource,
  there: ProofSource,
  onDifference: (difference: Difference) => void,
  signal: AbortSignal,
): Promise<Comparison> {
  const [ours, theirs] = [await here.manifest(signal), await there.manifest(signal)];
  const counts = { 'only-here': 0, 'only-there': 0, different: 0 };
  const ids = differingBuckets(ours, theirs);
  for (let at = 0; at < ids.length; at += BUCKETS_AT_ONCE) {
    const some = ids.slice(at, at + BUCKETS_AT_ONCE);
    const pairs = await Promise.all(
      some.map(async (id) => [await here.bucket(id, signal), await there.bucket(id, signal)] as const),
    );
    for (const [one, other] of pairs) {
      for (const difference of differences(one, other)) {
        counts[difference.kind] += 1;
        onDifference(difference);
      }
    }
  }
  const found = counts['only-here'] + counts['only-there'] + counts.different;
  return {
    here: await here.manifest(signal),
    there: await there.manifest(signal),
    same: found === 0,
    counts,
    bucketsRead: ids.length,
    moved: here.moved || there.moved,
  };
}

/** Those whose documents are not the same on both sides, in order. */
function differingBuckets(one: Manifest, other: Manifest): string[] {
  if (one.digest === other.digest) return [];
  const ids = new Set([...one.buckets.keys(), ...other.buckets.keys()]);
  return [...ids].filter((id) => one.buckets.get(id) !== other.buckets.get(id)).sort();
}

function* differences(here: readonly PageDigest[], there: readonly PageDigest[]): Generator<Difference> {
  const others = new Map<ProjectName, Sha256>(there.map(({ name, pageSha256 }) => [name, pageSha256]));
  const found: Difference[] = [];
  for (const { name, pageSha256 } of here) {
    const other = others.get(name);
    others.delete(name);
    if (other === undefined) found.push({ kind: 'only-here', name });
    else if (other !== pageSha256) found.push({ kind: 'different', name });
  }
  for (const name of others.keys()) found.push({ kind: 'only-there', name });
  yield* found.sort((one, other) => (one.name < other.name ? -1 : 1));
}
