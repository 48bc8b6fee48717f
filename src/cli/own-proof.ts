/** The completeness proof of our own mirror, from its catalogue, beside a sync that may be going on. */
import type { Catalogue } from '../catalogue/contract.ts';
import type { ProofSource } from '../inspect/proof.ts';
import { sha256OfPieces } from '../mirror/check-root.ts';
import { bucketDocument, manifestOver } from '../mirror/manifest.ts';
import { listDocuments } from '../mirror/root-index.ts';
import { sha256Of } from '../pypi/digests.ts';
import { bucketOf, type Manifest, type PageDigest, renderBucket } from '../pypi/manifest.ts';
import { ROOT_PATHS } from '../pypi/paths.ts';
import type { ProjectName, Sha256 } from '../pypi/types.ts';

/** What people read. */
const TITLE = 'this mirror';

export class CatalogueProof implements ProofSource {
  readonly title = TITLE;
  readonly #catalogue: Catalogue;
  #manifest: Manifest | null = null;
  #moved = false;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  get moved(): boolean {
    return this.#moved;
  }

  /** Published projects whose pages have no digest yet: they are in no proof. */
  get unproven(): number {
    return this.#catalogue.publishedCount() - this.#read().projects;
  }

  async manifest(): Promise<Manifest> {
    this.#manifest ??= this.#read();
    return this.#manifest;
  }

  async bucket(id: string): Promise<readonly PageDigest[]> {
    const entries = this.#catalogue.bucketEntries(id);
    const promised = (await this.manifest()).buckets.get(id);
    if (promised !== (entries.length === 0 ? undefined : sha256Of(renderBucket(entries)))) this.#readAgain();
    return entries;
  }

  async pageNow(name: ProjectName): Promise<Sha256 | null> {
    const entries = this.#catalogue.bucketEntries(bucketOf(name));
    return entries.find((entry) => entry.name === name)?.pageSha256 ?? null;
  }

  /** The digests of the two forms of the project list as they must be now. */
  list(): { readonly html: Sha256; readonly json: Sha256 } {
    const { serial } = this.#catalogue.progress();
    const digests = new Map(
      listDocuments({ catalogue: this.#catalogue }, serial).map(([path, render]) => [
        path,
        sha256OfPieces(render()),
      ]),
    );
    const digestOf = (path: (typeof ROOT_PATHS)['html']) => digests.get(path) ?? sha256OfPieces([]);
    return { html: digestOf(ROOT_PATHS.html), json: digestOf(ROOT_PATHS.json) };
  }

  #readAgain(): void {
    const before = this.#manifest;
    this.#manifest = this.#read();
    this.#moved ||= before !== null && before.digest !== this.#manifest.digest;
  }

  /** As it is committed, whether or not its documents have been written since: a first sync does that at its end. */
  #read(): Manifest {
    const deps = { catalogue: this.#catalogue };
    return this.#catalogue.atomically(() => {
      const known = new Map(this.#catalogue.buckets().map((bucket) => [bucket.id, bucket]));
      for (const id of this.#catalogue.changedBuckets()) known.set(id, bucketDocument(deps, id).bucket);
      const buckets = [...known.values()].filter(({ projects }) => projects > 0);
      return manifestOver(deps, this.#catalogue.progress().serial, buckets);
    });
  }
}
