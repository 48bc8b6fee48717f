/** What jubjub never writes of the selection: reasons, metadata, needs and reserved names that cannot be read. */
import type { Check } from './integrity.ts';

const DIGEST_BYTES = 32;

/** CASE, because what is no JSON ends a query that looks into it. */
const isList = (column: string) =>
  `CASE WHEN json_valid(${column}) THEN json_type(${column}) = 'array' ELSE 0 END`;
const isText = (key: string) => `json_type(left_out, '$.${key}') IS 'text'`;

/** PEP 503: is this what `normalizeName` never returns? */
export const notNormalized = (column: string): string =>
  `(${column} = '' OR ${column} GLOB '*[^a-z0-9-]*' OR ${column} GLOB '*--*' OR ${column} GLOB '-*' OR ${column} GLOB '*-')`;

/** @param limit what ends each query */
export const selectionChecks = (limit: string): readonly Check[] => [
  {
    sql: `SELECT name FROM project INDEXED BY project_left_out WHERE left_out IS NOT NULL
      AND NOT CASE WHEN json_valid(left_out) THEN ${['rule', 'value', 'why'].map(isText).join(' AND ')} ELSE 0 END ${limit}`,
    line: ({ name }) => `why ${name} is left out cannot be read`,
  },
  {
    sql: `SELECT name, state FROM project INDEXED BY project_left_out
      WHERE left_out IS NOT NULL AND state <> 'withdrawn' ${limit}`,
    line: ({ name, state }) => `${name} is left out and ${state}`,
  },
  {
    sql: `SELECT name FROM info JOIN project ON project.id = project_id
      WHERE NOT CASE WHEN json_valid(info) THEN json_type(info) = 'object' ELSE 0 END ${limit}`,
    line: ({ name }) => `the metadata of ${name} cannot be read`,
  },
  {
    sql: `SELECT lower(hex(sha256)) AS sha256 FROM file_needs
      WHERE length(sha256) <> ${DIGEST_BYTES} OR NOT ${isList('requires_dist')} ${limit}`,
    line: ({ sha256 }) => `what the file ${sha256} needs cannot be read`,
  },
  {
    sql: `SELECT name, needed_by FROM need
      WHERE ${notNormalized('name')} OR ${notNormalized('needed_by')} OR NOT ${isList('extras')} ${limit}`,
    line: ({ name, needed_by: by }) => `what ${by} needs of ${name} cannot be read`,
  },
  {
    sql: `SELECT name FROM reserved WHERE ${notNormalized('name')} ${limit}`,
    line: ({ name }) => `a reserved name is not normalized: ${JSON.stringify(name)}`,
  },
];
