/** What is wrong with the catalogue itself: SQLite's own checks, and what jubjub never writes. */
import { asJubjubError } from '../errors.ts';
import type { CatalogueDatabase, Row } from './database.ts';
import { notNormalized, selectionChecks } from './integrity-selection.ts';

/** Lines told of each check, so that a catalogue that is broken throughout is told in a page. */
const LINES_PER_CHECK_MAX = 20;

export interface Check {
  /** One row too many is asked for, to say that there is more. Its columns are read by `line`. */
  readonly sql: string;
  readonly line: (row: Row) => string | null;
}

const LIMIT = `LIMIT ${LINES_PER_CHECK_MAX + 1}`;
const DIGEST_BYTES = 32;

const CHECKS: readonly Check[] = [
  {
    sql: `PRAGMA integrity_check(${LINES_PER_CHECK_MAX + 1})`,
    line: (row) => (row['integrity_check'] === 'ok' ? null : `SQLite: ${row['integrity_check']}`),
  },
  {
    sql: `SELECT "table" AS child, rowid AS id, parent FROM pragma_foreign_key_check ${LIMIT}`,
    line: ({ child, id, parent }) => `a row of ${child} (${id}) belongs to a ${parent} that is not there`,
  },
  {
    sql: `SELECT name FROM project WHERE ${notNormalized('name')} ${LIMIT}`,
    line: ({ name }) => `a project's name is not normalized: ${JSON.stringify(name)}`,
  },
  {
    sql: `SELECT name FROM project WHERE state = 'published' AND detail IS NULL ${LIMIT}`,
    line: ({ name }) => `${name} is published and has no detail`,
  },
  {
    sql: `SELECT name, files, linked FROM (
        SELECT name, files,
          (SELECT count(*) FROM file WHERE project_id = project.id AND state = 'published') AS linked
        FROM project)
      WHERE files <> linked ${LIMIT}`,
    line: ({ name, files, linked }) => `${name} has ${files} files on its page and ${linked} rows of them`,
  },
  {
    sql: `SELECT name, path FROM file JOIN project ON project.id = project_id
      WHERE length(sha256) <> ${DIGEST_BYTES} OR length(metadata_sha256) <> ${DIGEST_BYTES}
        OR length(provenance_sha256) <> ${DIGEST_BYTES} OR size < 0 ${LIMIT}`,
    line: ({ name, path }) => `a file of ${name} has a digest or a size that is none: ${path}`,
  },
  {
    // Out of the index first: few paths have two rows.
    sql: `SELECT one.path, project.name FROM (SELECT path_key FROM file GROUP BY path_key HAVING count(*) > 1) AS key
      CROSS JOIN file AS one ON one.path_key = key.path_key
      CROSS JOIN file AS other ON other.path_key = key.path_key AND other.path = one.path AND other.id > one.id
        AND (other.project_id = one.project_id
          OR one.state = 'published' AND other.state = 'published' AND other.sha256 <> one.sha256)
      CROSS JOIN project ON project.id = one.project_id ${LIMIT}`,
    line: ({ name, path }) => `a file of ${name} has a second row for its path: ${path}`,
  },
  {
    sql: `SELECT name FROM project WHERE length(page_sha256) <> ${DIGEST_BYTES} ${LIMIT}`,
    line: ({ name }) => `the digest of ${name}'s page is none`,
  },
  {
    sql: `SELECT path FROM trash WHERE length(sha256) <> ${DIGEST_BYTES}
      OR length(metadata_sha256) <> ${DIGEST_BYTES} OR size < 0 ${LIMIT}`,
    line: ({ path }) => `a file in the trash has a digest or a size that is none: ${path}`,
  },
  {
    sql: `SELECT id, projects, has FROM (
        SELECT id, projects, (SELECT count(*) FROM project INDEXED BY project_by_bucket
          WHERE bucket = bucket.id AND state = 'published' AND page_sha256 IS NOT NULL) AS has
        FROM bucket WHERE changed = 0)
      WHERE projects <> has ${LIMIT}`,
    line: ({ id, projects, has }) =>
      `bucket ${id} of the proof has ${projects} projects and should have ${has}`,
  },
  {
    sql: `SELECT projects, files, bytes, has.* FROM published, (SELECT count(*) AS has_projects,
        coalesce(sum(files), 0) AS has_files, coalesce(sum(bytes), 0) AS has_bytes FROM project WHERE state = 'published') AS has
      WHERE projects <> has_projects OR published.files <> has_files OR published.bytes <> has_bytes`,
    line: ({ projects, has_projects: has }) =>
      `the published projects, or their files, were counted wrong: ${projects} projects, and ${has} are there`,
  },
  {
    sql: `SELECT name FROM due WHERE NOT json_valid(takedowns) ${LIMIT}`,
    line: ({ name }) => `what is owed to ${name} cannot be read`,
  },
  {
    sql: `SELECT committed.value AS serial, discovered.value AS discovered
      FROM meta AS committed LEFT JOIN meta AS discovered ON discovered.key = 'discovered'
      WHERE committed.key = 'serial' AND (typeof(committed.value) <> 'integer'
        OR committed.value > coalesce(discovered.value, -1))`,
    line: ({ serial, discovered }) =>
      `the committed serial is ${serial}, and only ${discovered ?? 'nothing'} was discovered`,
  },
  ...selectionChecks(LIMIT),
];

/** Every check, each by itself: one that cannot be finished is a finding too. Bounded in lines; takes as long as it takes. */
export function findDamage(db: CatalogueDatabase): string[] {
  return CHECKS.flatMap((check) => {
    try {
      const rows = db.all(check.sql);
      const lines = rows.slice(0, LINES_PER_CHECK_MAX).flatMap((row) => check.line(row) ?? []);
      return rows.length > LINES_PER_CHECK_MAX ? [...lines, 'and more of this kind'] : lines;
    } catch (error) {
      return [asJubjubError(error).message];
    }
  });
}
