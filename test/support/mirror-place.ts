/** A directory with a mirror.toml and the mirror that it describes, worked on by the built program. */
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SyncSummary } from '../../src/events.ts';
import type { StatusReport } from '../../src/mirror/status-report.ts';
import { sha256Hex } from './docroot-pages.ts';
import type { Tree } from './engine.ts';
import {
  type Ended,
  expectProgram,
  type Running,
  runProgram,
  type StartOptions,
  startProgram,
} from './program.ts';
import { expectCall } from './program-inside.ts';

type Hooks = Pick<TestContext, 'after'>;

/** What no promise covers: they tell of runs, not of the upstream (contract, "The promise"). */
const REPORTS = new Set(['status.json', 'last-modified']);

export interface Snapshot {
  /** By path; a directory's ends with a slash. */
  readonly [path: string]: string;
}

/** Stands for the bytes of a file, short enough for the message of a failed test. */
function fingerprint(file: string): string {
  const bytes = readFileSync(file);
  return `${bytes.length} bytes, sha256 ${sha256Hex(bytes)}`;
}

/** Every file and directory below a directory: with modification time and content, to be compared as a whole. */
export function snapshot(directory: string, except: (path: string) => boolean = () => false): Snapshot {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const entries = paths.flatMap((path) => {
    if (except(path)) return [];
    const file = join(directory, path);
    const stat = statSync(file, { bigint: true });
    if (stat.isDirectory()) return [[`${path}/`, String(stat.mtimeNs)]];
    return [[path, `${stat.mtimeNs} ${fingerprint(file)}`]];
  });
  return Object.fromEntries(entries);
}

export class MirrorPlace {
  /** Where mirror.toml is. */
  readonly directory: string;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.directory = directory;
  }

  get config(): string {
    return join(this.directory, 'mirror.toml');
  }

  get mirror(): string {
    return join(this.directory, 'mirror');
  }

  get web(): string {
    return join(this.mirror, 'web');
  }

  get catalogueFile(): string {
    return join(this.mirror, 'state', 'catalogue.db');
  }

  get staging(): string {
    return join(this.mirror, 'state', 'staging');
  }

  /** The size of the largest file that is set aside. */
  stagedBytesMax(): number {
    return Math.max(0, ...readdirSync(this.staging).map((name) => statSync(join(this.staging, name)).size));
  }

  /** Writes mirror.toml; `upstream` are more lines of that table, `more` follows it. */
  configure(url: string, { upstream = '', more = '' } = {}): this {
    const text = `directory = "./mirror"\n\n[upstream]\nurl = "${url}"\n${upstream}\n${more}`;
    writeFileSync(this.config, text);
    return this;
  }

  run(t: Hooks, argv: readonly string[], options: Partial<StartOptions> = {}): Promise<Ended> {
    return runProgram(t, argv, { cwd: this.directory, ...options });
  }

  start(t: Hooks, argv: readonly string[], options: Partial<StartOptions> = {}): Running {
    return startProgram(t, argv, { cwd: this.directory, ...options });
  }

  /** Runs a command, as a process, that must end with this status. */
  expect(t: Hooks, status: number, argv: readonly string[]): Promise<Ended> {
    return expectProgram(t, status, argv, { cwd: this.directory });
  }

  /** The same without a process of its own: for what a command does, not for how it ends. */
  call(t: Hooks, status: number, argv: readonly string[]): Promise<Ended> {
    return expectCall(t, status, argv, { cwd: this.directory });
  }

  /** Calls `sync --json`, which must end with this status. */
  async sync(t: Hooks, status = 0, ...more: string[]): Promise<SyncSummary> {
    const { stdout } = await this.call(t, status, ['sync', '--json', ...more]);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as SyncSummary;
  }

  /** Calls `status --json`. */
  async status(t: Hooks): Promise<StatusReport> {
    const { stdout } = await this.call(t, 0, ['status', '--json']);
    return JSON.parse(stdout) as StatusReport;
  }

  /** The docroot's files by path, as a web server finds them now; reports are left out. */
  tree(): Tree {
    const paths = readdirSync(this.web, { recursive: true, encoding: 'utf8' }).sort();
    const files = paths.filter((path) => !REPORTS.has(path) && statSync(join(this.web, path)).isFile());
    return new Map(files.map((path) => [path, readFileSync(join(this.web, path))]));
  }

  /** The docroot without modification times and reports, directories included: what two mirrors must agree on. */
  shape(): Record<string, string> {
    const paths = readdirSync(this.web, { recursive: true, encoding: 'utf8' }).sort();
    const kept = paths.filter((path) => !REPORTS.has(path));
    return Object.fromEntries(
      kept.map((path) => {
        const file = join(this.web, path);
        return statSync(file).isFile() ? [path, fingerprint(file)] : [`${path}/`, 'directory'];
      }),
    );
  }

  /** All of web/ with modification times, reports left out (P5). */
  webSnapshot(): Snapshot {
    return snapshot(this.web, (path) => REPORTS.has(path));
  }

  report(name: 'status.json' | 'last-modified'): string {
    return readFileSync(join(this.web, name), 'utf8');
  }

  lastModifiedMtimeNs(): bigint {
    return statSync(join(this.web, 'last-modified'), { bigint: true }).mtimeNs;
  }

  /** A copy that goes its own way; nothing may be running here. */
  copyTo(directory: string): MirrorPlace {
    cpSync(this.directory, directory, { recursive: true });
    return new MirrorPlace(directory);
  }
}
