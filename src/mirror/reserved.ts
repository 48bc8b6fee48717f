/** Reserved names, the guard against dependency confusion: notes that upstream has one, and that it has it no longer. */
import type { ProjectName, Serial } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';

/** Collects what rows or a list say of reserved names, until it is written down. */
export class ReservedWatch {
  readonly #deps: Pick<MirrorDeps, 'selection' | 'catalogue' | 'clock' | 'emit'>;
  /** The serial of the row that told of it, or null; `gone`: a row said that upstream has removed it. */
  readonly #said = new Map<ProjectName, Serial | null | 'gone'>();

  constructor(deps: Pick<MirrorDeps, 'selection' | 'catalogue' | 'clock' | 'emit'>) {
    this.#deps = deps;
  }

  /** Upstream has this name; `serial` of the row that says so. */
  seen(name: ProjectName, serial: Serial | null): void {
    if (this.#deps.selection.isReserved(name)) this.#said.set(name, serial);
  }

  gone(name: ProjectName): void {
    if (this.#deps.selection.isReserved(name)) this.#said.set(name, 'gone');
  }

  /** What upstream has of them, as far as it was said since the last `flush`. */
  get names(): ReadonlySet<ProjectName> {
    return new Set([...this.#said].flatMap(([name, serial]) => (serial === 'gone' ? [] : [name])));
  }

  flush(): void {
    if (this.#said.size === 0) return;
    const { catalogue, clock, emit } = this.#deps;
    const known = new Set(catalogue.reserved().map(({ name }) => name));
    const seen: { readonly name: ProjectName; readonly serial: Serial | null }[] = [];
    const gone: ProjectName[] = [];
    for (const [name, serial] of this.#said) {
      if (serial !== 'gone') seen.push({ name, serial });
      else if (known.has(name)) gone.push(name);
    }
    const news = seen.filter(({ name }) => !known.has(name));
    catalogue.atomically(() => {
      catalogue.noteReserved(news, clock.now());
      catalogue.forgetReserved(gone);
    });
    for (const { name, serial } of news) emit({ type: 'reserved', name, serial });
    this.#said.clear();
  }
}

/** What a list that is believed does not have upstream has no longer, but for what a row told of that is newer. */
export function forgetLost(
  { catalogue }: Pick<MirrorDeps, 'catalogue'>,
  onList: ReadonlySet<ProjectName>,
  listSerial: Serial | null,
): void {
  const lost = catalogue.reserved().flatMap(({ name, serial }) => {
    const isNewer = serial !== null && (listSerial === null || serial > listSerial);
    return onList.has(name) || isNewer ? [] : [name];
  });
  catalogue.forgetReserved(lost);
}

/** The operator changed the list of reserved names: one that is no longer on it is nobody's concern. */
export function forgetUnreserved({
  catalogue,
  selection,
}: Pick<MirrorDeps, 'selection' | 'catalogue'>): void {
  const names = catalogue.reserved().map(({ name }) => name);
  catalogue.forgetReserved(names.filter((name) => !selection.isReserved(name)));
}
