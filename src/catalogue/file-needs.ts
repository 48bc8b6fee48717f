/** What files need, by their digests; kept for as long as there is a catalogue, because files do not change. */
import type { Sha256 } from '../pypi/types.ts';
import type { FileNeeds } from './contract.ts';
import type { CatalogueDatabase, Row } from './database.ts';
import { digestBytes, isReadable, text, textOrNull, textsOf } from './values.ts';

function needsOf(row: Row, sha256: Sha256): FileNeeds {
  return {
    sha256,
    source: text(row, 'source') as FileNeeds['source'],
    requiresDist: textsOf(row, 'requires_dist'),
    requiresPython: textOrNull(row, 'requires_python'),
    trouble: textOrNull(row, 'trouble'),
  };
}

/** What nothing could tell never stands in for what somebody told, unless that cannot be read. */
const NOTE_SQL = `INSERT INTO file_needs (sha256, source, requires_dist, requires_python, trouble) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (sha256) DO UPDATE SET source = excluded.source, requires_dist = excluded.requires_dist,
    requires_python = excluded.requires_python, trouble = excluded.trouble
  WHERE excluded.source <> 'unknown' OR file_needs.source = 'unknown' OR NOT json_valid(file_needs.requires_dist)`;

/** The part of the catalogue that knows what files need. */
export class FileNeedsTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  /** What cannot be read is not known: whoever asks finds it out anew. `integrity` tells of it. */
  of(sha256s: readonly Sha256[]): Map<Sha256, FileNeeds> {
    const known = new Map<Sha256, FileNeeds>();
    for (const sha256 of sha256s) {
      const row = this.#db.one('SELECT * FROM file_needs WHERE sha256 = ?', digestBytes(sha256));
      if (row !== null && isReadable(() => needsOf(row, sha256))) known.set(sha256, needsOf(row, sha256));
    }
    return known;
  }

  note(needs: readonly FileNeeds[]): void {
    this.#db.atomically(() => {
      for (const { sha256, source, requiresDist, requiresPython, trouble } of needs) {
        const list = JSON.stringify(requiresDist);
        this.#db.run(NOTE_SQL, digestBytes(sha256), source, list, requiresPython, trouble);
      }
    });
  }
}
