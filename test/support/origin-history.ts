/** What the origin showed of each project after every transaction: the truth that a mirror is held against. */
import type { IndexState } from '../../src/demo/index-state.ts';
import { detailJson, type OriginUrls } from '../../src/demo/render-json.ts';
import { effectOf } from '../../src/pypi/changelog.ts';
import { offeredFiles, parseDetailText } from '../../src/pypi/detail.ts';
import { fieldOf } from '../../src/pypi/fields.ts';
import { normalizeName, tryNormalizeName } from '../../src/pypi/names.ts';
import type { Detail, ProjectName } from '../../src/pypi/types.ts';

/** A page's content as one text, without what a mirror changes: links and serials. */
export type Shown = string;

/** What a detail tells an installer. */
export function shownBy(detail: Detail): Shown {
  const files = offeredFiles(detail).map((file) => ({
    filename: file.filename,
    sha256: file.sha256,
    sizeBytes: file.sizeBytes,
    metadata: file.coreMetadata?.sha256 ?? null,
    provenance: file.provenance,
    requiresPython: file.requiresPython,
    yanked: file.yanked,
    uploadTime: fieldOf(file.raw, 'upload-time') ?? null,
  }));
  return JSON.stringify({ status: detail.status, versions: fieldOf(detail.raw, 'versions'), files }, null, 1);
}

interface View {
  /** The head serial when the origin began to show this. */
  readonly serial: number;
  /** null: there is no such project. */
  readonly shown: Shown | null;
}

export class OriginHistory {
  readonly #state: IndexState;
  readonly #urls: OriginUrls;
  readonly #views = new Map<ProjectName, View[]>();
  /** Names that a row says something about that can change a page, with the serials of these rows, ascending. */
  readonly #changes = new Map<ProjectName, number[]>();

  /** Watches from now on; what is there already counts as one view. */
  constructor(state: IndexState, urls: OriginUrls) {
    this.#state = state;
    this.#urls = urls;
    for (const { normalized } of state.projects) this.#look(normalizeName(normalized));
    state.onCommit(({ normalized, rows }) => {
      const name = tryNormalizeName(normalized);
      if (name === null) return;
      this.#look(name);
      const serials = rows.filter((row) => effectOf(row).kind !== 'none').map(({ serial }) => serial);
      this.#changes.set(name, [...(this.#changes.get(name) ?? []), ...serials]);
    });
  }

  get names(): ReadonlySet<ProjectName> {
    return new Set([...this.#views.keys(), ...this.#changes.keys()]);
  }

  /** The last change of a project's page at or before a serial; null when there is none. */
  lastChange(name: ProjectName, serial: number): number | null {
    return this.#changes.get(name)?.findLast((change) => change <= serial) ?? null;
  }

  /** Everything that the origin showed of a project from that serial on. */
  shownSince(name: ProjectName, serial: number): (Shown | null)[] {
    const views = this.#views.get(name) ?? [];
    // The view that held when `serial` was the head is the last one at or before it.
    const first = views.findLastIndex((view) => view.serial <= serial);
    const since = views.slice(Math.max(0, first)).map(({ shown }) => shown);
    return first === -1 ? [null, ...since] : since;
  }

  /** What it shows now. */
  shownNow(name: ProjectName): Shown | null {
    return this.#views.get(name)?.at(-1)?.shown ?? null;
  }

  #look(name: ProjectName): void {
    const project = this.#state.project(name);
    const shown =
      project === undefined
        ? null
        : shownBy(
            parseDetailText(detailJson(project, this.#urls), {
              name,
              url: `${this.#urls.site}/simple/${name}/`,
              headerSerial: null,
            }),
          );
    const views = this.#views.get(name) ?? [];
    views.push({ serial: this.#state.lastSerial ?? 0, shown });
    this.#views.set(name, views);
  }
}
