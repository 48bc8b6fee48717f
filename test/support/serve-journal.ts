/** A journal in memory, for servers under test: it tells who has it open, and can break in the middle of a list. */
import type { ChangelogRow } from '../../src/pypi/types.ts';
import type { JournalSource, JournalView, ListedSerial } from '../../src/serve/journal.ts';

export interface MemoryJournal extends JournalSource {
  /** Views that were opened and not closed. */
  readonly openViews: number;
  readonly opened: number;
}

export interface JournalContent {
  /** null: no mirror yet. @default 9 */
  readonly serial?: number | null;
  /** @default true */
  readonly hasSerials?: boolean;
  readonly projects?: readonly (readonly ListedSerial[])[];
  readonly rows?: readonly (readonly ChangelogRow[])[];
  /** Waited for before each page. */
  readonly gate?: () => Promise<void>;
  /** Thrown when the journal is opened, or behind the pages. */
  readonly failure?: { readonly when: 'opened' | 'behind'; readonly error: Error };
}

/** A journal that always has the same content; `null` is a mirror that is not there yet. */
export function memoryJournal(content: JournalContent | null): MemoryJournal {
  let openViews = 0;
  let opened = 0;
  async function* pages<T>(all: readonly (readonly T[])[] = []): AsyncGenerator<readonly T[]> {
    for (const page of all) {
      await content?.gate?.();
      yield page;
    }
    if (content?.failure?.when === 'behind') throw content.failure.error;
  }
  const view = ({ serial = 9, hasSerials = true, projects, rows }: JournalContent): JournalView => ({
    lastSerial: () => serial,
    hasSerials: () => hasSerials,
    projects: () => pages(projects),
    since: (since, limit) =>
      pages(rows?.map((page) => page.filter((row) => row.serial > since).slice(0, limit))),
    close: () => {
      openViews -= 1;
    },
  });
  return {
    get openViews() {
      return openViews;
    },
    get opened() {
      return opened;
    },
    open: () => {
      if (content === null) return null;
      if (content.failure?.when === 'opened') throw content.failure.error;
      opened += 1;
      openViews += 1;
      return view(content);
    },
  };
}
