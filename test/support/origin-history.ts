/** What the origin showed of each project after every transaction: the truth that a mirror is held against. */
import type { IndexState } from '../../src/demo/index-state.ts';
import { detailJson, type OriginUrls } from '../../src/demo/render-json.ts';
import { effectOf } from '../../src/pypi/changelog.ts';
import { offeredFiles, parseDetailText } from '../../src/pypi/detail.ts';
import { fieldOf } from '../../src/pypi/fields.ts';
import { normalizeName, tryNormalizeName } from '../../src/pypi/names.ts';
import type { ChangelogRow, Detail, ProjectName } from '../../src/pypi/types.ts';

/** A page's content as one text, without what a mirror may change: links, serials, and which sidecars it has. */
export type Shown = string;

/** What a detail tells an installer. */
export function shownBy(detail: Detail): Shown {
  const files = offeredFiles(detail).map((file) => ({
    filename: file.filename,
    sha256: file.sha256,
    sizeBytes: file.sizeBytes,
    // Whether there is any: where it lies is the mirror's to say.
    hasProvenance: file.provenance !== null,
    requiresPython: file.requiresPython,
    yanked: file.yanked,
    uploadTime: fieldOf(file.raw, 'upload-time') ?? null,
  }));
  return JSON.stringify({ status: detail.status, versions: fieldOf(detail.raw, 'versions'), files }, null, 1);
}

interface ShownFields {
  readonly status: string;
  readonly files: readonly { readonly filename: string }[];
}

export function isQuarantined(shown: Shown | null): boolean {
  return shown !== null && (JSON.parse(shown) as ShownFields).status === 'quarantined';
}

/** Does this offer every file that all of these views have, and none that none of them has? */
export function hasWhatStayed(shown: Shown, views: readonly (Shown | null)[]): boolean {
  const filenames = (text: Shown | null) =>
    text === null ? [] : (JSON.parse(text) as ShownFields).files.map(({ filename }) => filename);
  const offered = filenames(shown);
  const all = views.map((view) => new Set(filenames(view)));
  const stayed = [...(all[0] ?? [])].filter((filename) => all.every((view) => view.has(filename)));
  return (
    stayed.every((filename) => offered.includes(filename)) &&
    offered.every((filename) => all.some((view) => view.has(filename)))
  );
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
  readonly #rows = new Map<ProjectName, ChangelogRow[]>();

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
      this.#rows.set(name, [...(this.#rows.get(name) ?? []), ...rows]);
    });
  }

  get names(): ReadonlySet<ProjectName> {
    return new Set([...this.#views.keys(), ...this.#changes.keys()]);
  }

  /** The last change of a project's page at or before a serial; null when there is none. */
  lastChange(name: ProjectName, serial: number): number | null {
    return this.#changes.get(name)?.findLast((change) => change <= serial) ?? null;
  }

  /** Everything that the origin has shown of a project since the change with that serial. */
  shownSince(name: ProjectName, change: number): (Shown | null)[] {
    return (this.#views.get(name) ?? []).filter(({ serial }) => serial >= change).map(({ shown }) => shown);
  }

  /** Files that a row up to `serial` took down, alone or with their release; on PyPI, a filename never comes back. */
  takenDown(name: ProjectName, serial: number): ReadonlySet<string> {
    const down = new Set<string>();
    const versions = new Map<string, string | null>();
    for (const row of this.#rows.get(name) ?? []) {
      if (row.serial > serial) break;
      const added = /^add \S+ file (.+)$/.exec(row.action ?? '')?.[1];
      if (added !== undefined) versions.set(added, row.version);
      const effect = effectOf(row);
      if (effect.kind === 'remove-file') down.add(effect.filename);
      if (effect.kind !== 'remove-release') continue;
      for (const [filename, version] of versions) if (version === effect.version) down.add(filename);
    }
    return down;
  }

  /** Is this docroot path a page of a project that is quarantined now? */
  isQuarantinedPage(path: string): boolean {
    const name = /^simple\/([^/]+)\/index/.exec(path)?.[1];
    return name !== undefined && this.#state.project(name)?.status === 'quarantined';
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
