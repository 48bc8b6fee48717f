/** Version 4 of the catalogue's schema: what the selection leaves out, and what it has to know to decide. */

export const VERSION_4 = `
-- Why the selection leaves out a project that upstream has: {"rule":…,"value":…,"why":…}. Its state is withdrawn; its detail, serial and
-- validator stay as long as they are up to date.
ALTER TABLE project ADD COLUMN left_out TEXT;
CREATE INDEX project_left_out ON project (name) WHERE left_out IS NOT NULL;
-- Those whose detail is up to date, too.
CREATE INDEX project_left_out_known ON project (name) WHERE left_out IS NOT NULL AND detail IS NOT NULL;
CREATE INDEX project_left_out_by_validation ON project (validated_ms, name)
  WHERE left_out IS NOT NULL AND detail IS NOT NULL;

-- The time for which a project's files were selected, and when time alone will change what is. Not in its row, for then each change of a
-- time would write the whole detail again.
CREATE TABLE selected (
  project_id INTEGER PRIMARY KEY REFERENCES project (id),
  at_ms      INTEGER,
  review_ms  INTEGER
) STRICT;
CREATE INDEX selected_by_review ON selected (review_ms) WHERE review_ms IS NOT NULL;

-- The JSON API's info, without the description, for rules about metadata.
CREATE TABLE info (
  project_id INTEGER PRIMARY KEY REFERENCES project (id),
  serial     INTEGER,
  info       TEXT NOT NULL
) STRICT;

-- What a file needs (PEP 508), by its digest: files do not change.
CREATE TABLE file_needs (
  sha256          BLOB PRIMARY KEY,
  source          TEXT NOT NULL CHECK (source IN ('metadata', 'json-api', 'unknown')),
  -- a JSON list of requirements, as written
  requires_dist   TEXT NOT NULL,
  requires_python TEXT,
  trouble         TEXT
) STRICT, WITHOUT ROWID;

-- What kept releases of one project (needed_by) need of another.
CREATE TABLE need (
  name      TEXT NOT NULL,
  needed_by TEXT NOT NULL,
  release   TEXT NOT NULL,
  specifier TEXT NOT NULL,
  -- a JSON list, sorted
  extras    TEXT NOT NULL,
  PRIMARY KEY (name, needed_by, release, specifier, extras)
) STRICT, WITHOUT ROWID;

-- Names that are reserved here and that upstream has.
CREATE TABLE reserved (
  name    TEXT PRIMARY KEY,
  seen_ms INTEGER NOT NULL,
  serial  INTEGER,
  -- a run has ended with 3 because of it
  told    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE VIEW left_out AS
  SELECT name, CASE WHEN json_valid(left_out) THEN left_out ->> 'rule' END AS rule,
         CASE WHEN json_valid(left_out) THEN left_out ->> 'value' END AS value,
         CASE WHEN json_valid(left_out) THEN left_out ->> 'why' END AS why, serial, detail IS NOT NULL AS known,
         strftime('%Y-%m-%dT%H:%M:%SZ', review_ms / 1000, 'unixepoch') AS review
  FROM project INDEXED BY project_left_out LEFT JOIN selected ON project_id = id WHERE left_out IS NOT NULL;
CREATE VIEW needs AS
  SELECT name, needed_by, release, specifier, extras FROM need;
CREATE VIEW reserved_names AS
  SELECT name, strftime('%Y-%m-%dT%H:%M:%SZ', seen_ms / 1000, 'unixepoch') AS seen, serial, told FROM reserved;
DROP VIEW status;
CREATE VIEW status AS
  SELECT (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'serial') AS serial,
         (SELECT value FROM meta WHERE key = 'identity') AS upstream,
         (SELECT count(*) FROM project WHERE state = 'published') AS projects,
         (SELECT coalesce(sum(files), 0) FROM project WHERE state = 'published') AS files,
         (SELECT coalesce(sum(bytes), 0) FROM project WHERE state = 'published') AS bytes,
         (SELECT count(*) FROM due WHERE attempts > 0) AS pending,
         (SELECT count(*) FROM project INDEXED BY project_left_out WHERE left_out IS NOT NULL) AS left_out,
         (SELECT count(*) FROM reserved) AS reserved;
`;
