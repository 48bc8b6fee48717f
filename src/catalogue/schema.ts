/** The catalogue's schema: one entry a version, applied in order; never edited once released, only added to. */
import { VERSION_3 } from './schema-3.ts';
import { VERSION_4 } from './schema-4.ts';
import { VERSION_5 } from './schema-5.ts';

const VERSION_1 = `
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

-- Times of serials, for the replay window: the changelog's own, and ours when we read it.
CREATE TABLE mark (
  serial      INTEGER PRIMARY KEY,
  timestamp_s INTEGER NOT NULL,
  seen_ms     INTEGER NOT NULL
) STRICT;

CREATE TABLE project (
  id           INTEGER PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,
  display_name TEXT,
  -- new: planned, never published; published; withdrawn
  state        TEXT NOT NULL CHECK (state IN ('new', 'published', 'withdrawn')),
  serial       INTEGER,
  status       TEXT NOT NULL DEFAULT 'active',
  etag         TEXT,
  encoding     TEXT,
  -- gzip of the detail's JSON, as upstream said it: SELECT writefile('x.gz', detail) … and gunzip it
  detail       BLOB,
  files        INTEGER NOT NULL DEFAULT 0,
  bytes        INTEGER NOT NULL DEFAULT 0,
  missing      INTEGER NOT NULL DEFAULT 0,
  changed_ms   INTEGER,
  validated_ms INTEGER,
  withdrawn_ms INTEGER,
  why          TEXT,
  -- the serial of its last removal: a page older than that is a ghost from a cache
  removed      INTEGER
) STRICT;
-- The counts stand behind the details otherwise, which are gigabytes.
CREATE INDEX project_counts ON project (state, files, bytes);

CREATE TABLE file (
  id              INTEGER PRIMARY KEY,
  project_id      INTEGER NOT NULL REFERENCES project (id),
  path            TEXT NOT NULL,
  -- 48 bits of the path's hash: an index on it is a tenth of one on the path
  path_key        INTEGER NOT NULL,
  filename        TEXT NOT NULL,
  sha256          BLOB NOT NULL,
  size            INTEGER NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('intended', 'published', 'withdrawn')),
  metadata_sha256 BLOB,
  since_ms        INTEGER NOT NULL,
  why             TEXT
) STRICT;
CREATE INDEX file_by_project ON file (project_id);
CREATE INDEX file_by_path ON file (path_key);
CREATE INDEX file_withdrawn ON file (since_ms) WHERE state = 'withdrawn';
CREATE INDEX file_intended ON file (id) WHERE state = 'intended';

-- Projects that a change asks us to look at; attempts > 0: tried, failed, pending.
CREATE TABLE due (
  name         TEXT PRIMARY KEY,
  display_name TEXT,
  first        INTEGER NOT NULL,
  required     INTEGER NOT NULL,
  removed      INTEGER,
  takedowns    TEXT NOT NULL DEFAULT '[]',
  replan       INTEGER NOT NULL DEFAULT 0,
  source       TEXT NOT NULL,
  attempts     INTEGER NOT NULL DEFAULT 0,
  -- the round in which it failed last: each is tried once a round
  round        INTEGER NOT NULL DEFAULT 0,
  since_ms     INTEGER,
  next_try_ms  INTEGER,
  code         TEXT,
  message      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX due_in_order ON due (attempts = 0, first);
CREATE INDEX due_removals ON due (name) WHERE removed IS NOT NULL OR source IN ('unlisted', 'selection');

CREATE TABLE run (
  id          INTEGER PRIMARY KEY,
  started_ms  INTEGER NOT NULL,
  finished_ms INTEGER,
  exit_status INTEGER,
  -- ended with 0, and had read the changelog
  complete    INTEGER NOT NULL DEFAULT 0,
  from_serial INTEGER,
  to_serial   INTEGER
) STRICT;

-- For people with the sqlite3 shell.
CREATE VIEW pending AS
  SELECT name,
         CASE WHEN max(required, coalesce(removed, 0)) > 0 THEN max(required, coalesce(removed, 0))
              ELSE (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'discovered') END AS serial,
         attempts, strftime('%Y-%m-%dT%H:%M:%SZ', since_ms / 1000, 'unixepoch') AS since,
         strftime('%Y-%m-%dT%H:%M:%SZ', next_try_ms / 1000, 'unixepoch') AS next_try, code, message
  FROM due WHERE attempts > 0 ORDER BY since_ms;
CREATE VIEW projects AS
  SELECT name, display_name, serial, status, files, bytes, missing, strftime('%Y-%m-%dT%H:%M:%SZ', changed_ms / 1000, 'unixepoch') AS changed,
         strftime('%Y-%m-%dT%H:%M:%SZ', validated_ms / 1000, 'unixepoch') AS validated
  FROM project WHERE state = 'published';
CREATE VIEW files AS
  SELECT project.name AS project, filename, path, lower(hex(sha256)) AS sha256, size, file.state,
         lower(hex(metadata_sha256)) AS metadata_sha256
  FROM file JOIN project ON project.id = project_id;
CREATE VIEW withdrawn_files AS
  SELECT path, project.name AS project, size, strftime('%Y-%m-%dT%H:%M:%SZ', since_ms / 1000, 'unixepoch') AS since, file.why
  FROM file JOIN project ON project.id = project_id
  WHERE file.state = 'withdrawn' AND NOT EXISTS (
    SELECT 1 FROM file AS other
    WHERE other.path_key = file.path_key AND other.path = file.path AND other.state = 'published');
CREATE VIEW runs AS
  SELECT strftime('%Y-%m-%dT%H:%M:%SZ', started_ms / 1000, 'unixepoch') AS started, (finished_ms - started_ms) / 1000.0 AS seconds,
         exit_status, from_serial, to_serial
  FROM run ORDER BY id DESC;
CREATE VIEW status AS
  SELECT (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'serial') AS serial,
         (SELECT value FROM meta WHERE key = 'identity') AS upstream,
         (SELECT count(*) FROM project WHERE state = 'published') AS projects,
         (SELECT coalesce(sum(files), 0) FROM project WHERE state = 'published') AS files,
         (SELECT coalesce(sum(bytes), 0) FROM project WHERE state = 'published') AS bytes,
         (SELECT count(*) FROM due WHERE attempts > 0) AS pending;
`;

const VERSION_2 = `
-- What makes the next request for the project's JSON API document conditional, and its own serial.
ALTER TABLE project ADD COLUMN api_etag TEXT;
ALTER TABLE project ADD COLUMN api_encoding TEXT;
ALTER TABLE project ADD COLUMN api_serial INTEGER;
-- The attestations beside a file (PEP 740).
ALTER TABLE file ADD COLUMN provenance_sha256 BLOB;
ALTER TABLE file ADD COLUMN provenance_etag TEXT;
ALTER TABLE file ADD COLUMN provenance_encoding TEXT;
-- Projects revalidated although no change asked for it, and those that had changed all the same.
ALTER TABLE run ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN drifted INTEGER NOT NULL DEFAULT 0;

-- Digests that upstream does not give: what the bytes were when they were last asked for.
CREATE TABLE learned (
  url        TEXT PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES project (id),
  sha256     BLOB NOT NULL,
  size       INTEGER NOT NULL,
  etag       TEXT,
  encoding   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX learned_by_project ON learned (project_id);

-- For the reconcile sweep, which takes those first that were validated longest ago.
CREATE INDEX project_by_validation ON project (validated_ms, name) WHERE state = 'published';
-- For followers that ask for what has changed since a serial.
CREATE INDEX project_by_serial ON project (serial) WHERE state = 'published';
CREATE INDEX project_by_removal ON project (removed) WHERE state = 'withdrawn';

-- Catalogues from before kinds of upstream were told apart.
INSERT INTO meta SELECT 'dialect', '{"kind":"changelog","index":"/simple/"}'
  WHERE EXISTS (SELECT 1 FROM meta WHERE key = 'discovered');
`;

/** Each statement block takes a catalogue from the version of its index to the next one. */
export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];
