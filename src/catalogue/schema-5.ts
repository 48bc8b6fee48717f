/** Version 5 of the catalogue's schema: what every run asks for takes as long whether the mirror has a thousand projects or a million. */

export const VERSION_5 = `
-- All that the root index says, in its order. Out of the rows, each thousand names would be looked for among all projects.
CREATE INDEX project_listed ON project (name, display_name, serial, status) WHERE state = 'published';
-- It served to count, and led astray whoever asked for published projects by name.
DROP INDEX project_counts;

-- What is published, counted as it changes: status.json tells it after every run.
CREATE TABLE published (
  only     INTEGER PRIMARY KEY CHECK (only = 1),
  projects INTEGER NOT NULL,
  files    INTEGER NOT NULL,
  bytes    INTEGER NOT NULL
) STRICT;
INSERT INTO published SELECT 1, count(*), coalesce(sum(files), 0), coalesce(sum(bytes), 0)
  FROM project WHERE state = 'published';

CREATE TRIGGER published_comes AFTER INSERT ON project WHEN NEW.state = 'published' BEGIN
  UPDATE published SET projects = projects + 1, files = files + NEW.files, bytes = bytes + NEW.bytes;
END;
CREATE TRIGGER published_goes AFTER DELETE ON project WHEN OLD.state = 'published' BEGIN
  UPDATE published SET projects = projects - 1, files = files - OLD.files, bytes = bytes - OLD.bytes;
END;
CREATE TRIGGER published_changes AFTER UPDATE OF state, files, bytes ON project
  WHEN (NEW.state = 'published' OR OLD.state = 'published')
    AND (NEW.state <> OLD.state OR NEW.files <> OLD.files OR NEW.bytes <> OLD.bytes) BEGIN
  UPDATE published SET
    projects = projects + (NEW.state = 'published') - (OLD.state = 'published'),
    files = files + NEW.files * (NEW.state = 'published') - OLD.files * (OLD.state = 'published'),
    bytes = bytes + NEW.bytes * (NEW.state = 'published') - OLD.bytes * (OLD.state = 'published');
END;

DROP VIEW status;
CREATE VIEW status AS
  SELECT (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'serial') AS serial,
         (SELECT value FROM meta WHERE key = 'identity') AS upstream,
         projects, files, bytes,
         (SELECT count(*) FROM due WHERE attempts > 0) AS pending,
         (SELECT count(*) FROM project INDEXED BY project_left_out WHERE left_out IS NOT NULL) AS left_out,
         (SELECT count(*) FROM reserved) AS reserved
  FROM published;
`;
