/** What an index on a stage holds: projects, files and a journal, without a protocol. */
import { createHash } from 'node:crypto';
import { normalizeName } from '../../src/pypi/names.ts';
import type { ChangelogRow, Serial } from '../../src/pypi/types.ts';

export interface ServedFile {
  readonly filename: string;
  readonly content: string;
  readonly sha256: string;
}

export interface ServedProject {
  readonly displayName: string;
  readonly files: ServedFile[];
  serial: Serial;
}

export interface World {
  readonly rows: readonly ChangelogRow[];
  /** By normalized name. */
  readonly projects: ReadonlyMap<string, ServedProject>;
  /** The newest serial; 0 before anything happened. */
  readonly head: Serial;
  file(filename: string): ServedFile | undefined;
  /** Adds a file to a project, which is made when it is not there; returns the serial. */
  publish(displayName: string, filename: string, content: string): Serial;
  remove(displayName: string): Serial;
}

export function createWorld(): World {
  const rows: ChangelogRow[] = [];
  const projects = new Map<string, ServedProject>();

  function append(name: string, action: string): Serial {
    // Gaps are normal (trap 6).
    const serial = (rows.at(-1)?.serial ?? 0) + 2;
    rows.push({ name, version: null, timestampS: 1_795_000_000, action, serial });
    return serial;
  }

  return {
    rows,
    projects,
    get head() {
      return rows.at(-1)?.serial ?? 0;
    },
    file: (filename) =>
      [...projects.values()].flatMap(({ files }) => files).find((file) => file.filename === filename),
    publish(displayName, filename, content) {
      const serial = append(displayName, `add source file ${filename}`);
      const name = normalizeName(displayName);
      const project = projects.get(name) ?? { displayName, serial, files: [] };
      project.serial = serial;
      const sha256 = createHash('sha256').update(content).digest('hex');
      project.files.push({ filename, content, sha256 });
      projects.set(name, project);
      return serial;
    },
    remove(displayName) {
      projects.delete(normalizeName(displayName));
      return append(displayName, 'remove project');
    },
  };
}
