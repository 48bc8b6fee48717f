/** The catalogue as what `serve` answers other mirrors from: opened for each call, read while a sync may be running. */
import { accessSync } from 'node:fs';
import { type Journal, openJournal } from '../catalogue/journal.ts';
import type { Clock } from '../clock.ts';
import type { JournalSource, JournalView } from '../serve/journal.ts';
import { errnoOf, storeError } from '../store/fs-errors.ts';

/** Rows between which other requests get their turn; reading so many takes a few milliseconds. */
const PAGE_ROWS = 1_000;

/**
 * The journal of a catalogue that need not exist yet. Opening it takes a millisecond, so that each call does: a file that
 * was replaced, or migrated by a newer jubjub, is noticed, and between calls nothing holds on to it.
 */
export function journalOf(catalogueFile: string, clock: Clock): JournalSource {
  return {
    open: () => (isThere(catalogueFile) ? viewOf(openJournal(catalogueFile, clock.now()), clock) : null),
  };
}

/** @throws JubjubError STORE_* when that cannot be known */
function isThere(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw storeError(error, 'could not open the catalogue', file);
  }
}

function viewOf(journal: Journal, clock: Clock): JournalView {
  return {
    lastSerial: () => journal.lastSerial(),
    hasSerials: () => journal.hasSerials(),
    projects: () => pagesOf(journal.projects(), clock),
    since: (serial, limit) => pagesOf(journal.since(serial, limit), clock),
    close: () => journal.close(),
  };
}

/** SQLite is read without waiting; so this waits between two pages, and a long list keeps nobody from being served. */
async function* pagesOf<T>(items: Iterable<T>, clock: Clock): AsyncGenerator<readonly T[]> {
  const { signal } = new AbortController();
  let page: T[] = [];
  for (const item of items) {
    page.push(item);
    if (page.length < PAGE_ROWS) continue;
    yield page;
    page = [];
    await clock.sleep(0, signal);
  }
  yield page;
}
