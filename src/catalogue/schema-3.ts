/** Version 3 of the catalogue's schema: withdrawn files and the trash, the audit's outbox, the completeness proof. */

export const VERSION_3 = `
-- Of a withdrawn file: the serial of the change that withdrew it; quarantined, to be hidden without delay.
ALTER TABLE file ADD COLUMN serial INTEGER;
ALTER TABLE file ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
-- The operator keeps it when no page links to it; published again, it keeps the mark.
ALTER TABLE file ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
-- Planned, and no committed page has ever linked to it.
ALTER TABLE file ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0;
UPDATE file SET fresh = 1 WHERE state = 'intended';

-- Digest of the JSON page as it is published, and the bucket that the name falls into; both null while there is none.
ALTER TABLE project ADD COLUMN page_sha256 BLOB;
ALTER TABLE project ADD COLUMN bucket TEXT;
-- Digest of the JSON API document as it lies there.
ALTER TABLE project ADD COLUMN api_sha256 BLOB;
CREATE INDEX project_by_bucket ON project (bucket, name, page_sha256)
  WHERE state = 'published' AND page_sha256 IS NOT NULL;

-- What was moved out of the docroot. Two projects may have had one file: then both have a row for the same path.
CREATE TABLE trash (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  path            TEXT NOT NULL,
  docroot_path    TEXT NOT NULL,
  -- null: found by a sweep, nobody's
  project_id      INTEGER REFERENCES project (id),
  filename        TEXT NOT NULL,
  sha256          BLOB,
  size            INTEGER NOT NULL,
  metadata_sha256 BLOB,
  hidden_ms       INTEGER NOT NULL,
  why             TEXT NOT NULL,
  serial          INTEGER,
  urgent          INTEGER NOT NULL DEFAULT 0,
  -- published again, or restored: what is left of it here may go
  returned        INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX trash_once ON trash (path, coalesce(project_id, 0));
CREATE INDEX trash_by_age ON trash (hidden_ms);
CREATE INDEX trash_by_project ON trash (project_id);
CREATE INDEX trash_returned ON trash (id) WHERE returned = 1;

-- What state/audit.jsonl does not have yet. No number is ever given twice.
CREATE TABLE audit (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms    INTEGER NOT NULL,
  action   TEXT NOT NULL CHECK (action IN ('withdraw', 'hide', 'restore', 'release', 'delete')),
  project  TEXT,
  filename TEXT,
  path     TEXT,
  sha256   BLOB,
  why      TEXT NOT NULL,
  serial   INTEGER
) STRICT;

-- The documents of the completeness proof; the digest is null while there is none.
CREATE TABLE bucket (
  id       TEXT PRIMARY KEY,
  sha256   BLOB,
  projects INTEGER NOT NULL DEFAULT 0,
  changed  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

DROP VIEW withdrawn_files;
CREATE VIEW withdrawn_files AS
  SELECT path, project.name AS project, size, strftime('%Y-%m-%dT%H:%M:%SZ', since_ms / 1000, 'unixepoch') AS since, file.why,
         file.serial, urgent, held
  FROM file JOIN project ON project.id = project_id
  WHERE file.state = 'withdrawn' AND NOT EXISTS (
    SELECT 1 FROM file AS other
    WHERE other.path_key = file.path_key AND other.path = file.path AND other.state = 'published');
CREATE VIEW held_files AS
  SELECT path, project.name AS project, size, strftime('%Y-%m-%dT%H:%M:%SZ', since_ms / 1000, 'unixepoch') AS since, file.why,
         file.serial
  FROM file JOIN project ON project.id = project_id
  WHERE file.state = 'withdrawn' AND held = 1;
CREATE VIEW trashed_files AS
  SELECT 'state/trash/' || path AS path, project.name AS project, filename, docroot_path, lower(hex(sha256)) AS sha256, size,
         strftime('%Y-%m-%dT%H:%M:%SZ', hidden_ms / 1000, 'unixepoch') AS hidden, trash.why, trash.serial, returned
  FROM trash LEFT JOIN project ON project.id = project_id;
`;
