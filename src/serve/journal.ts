/** What a server must be told to answer other mirrors in serials; who starts it brings the catalogue along. */
import type { ChangelogRow, Serial } from '../pypi/types.ts';

/** A project as it is listed. */
export interface ListedSerial {
  readonly displayName: string;
  readonly serial: Serial;
}

/** The journal at one moment; for one request, which closes it. */
export interface JournalView {
  /** The committed serial; null before the first sync has come to its end. */
  lastSerial(): Serial | null;
  /** False for the mirror of an upstream that gives none. */
  hasSerials(): boolean;
  /** Every project with a serial, in pages; others may use the process between two of them. */
  projects(): AsyncIterable<readonly ListedSerial[]>;
  /** At most `limit` rows above `serial`, ascending, in pages. */
  since(serial: Serial, limit: number): AsyncIterable<readonly ChangelogRow[]>;
  close(): void;
}

export interface JournalSource {
  /** null while there is no mirror yet. @throws JubjubError when there is one that cannot be read */
  open(): JournalView | null;
}
