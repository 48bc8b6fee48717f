/** A mirror that a bench makes: its configuration, and the proof that it has become what its upstream has. */
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allLinks } from '../../test/support/docroot-pages.ts';
import type { Measured } from './measure.ts';
import { jubjub } from './program.ts';

export interface MirrorSettings {
  readonly url: string;
  /** Lines for `[upstream]`: `page-connections = 10`. */
  readonly upstream?: readonly string[];
  /** Tables after it. */
  readonly more?: readonly string[];
}

export class BenchMirror {
  readonly directory: string;
  readonly config: string;
  readonly docroot: string;

  /** Nothing of an earlier mirror in this directory is left. */
  constructor(directory: string, settings: MirrorSettings) {
    this.directory = directory;
    this.config = join(directory, 'mirror.toml');
    this.docroot = join(directory, 'm', 'web');
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const upstream = ['[upstream]', `url = "${settings.url}"`, ...(settings.upstream ?? [])];
    const lines = ['directory = "m"', ...upstream, ...(settings.more ?? [])];
    writeFileSync(this.config, `${lines.join('\n')}\n`);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** `jubjub verify` says that nothing is wrong. */
  async verify(): Promise<void> {
    const { status, stdout } = await jubjub(['verify', '-q', '-c', this.config]);
    if (status !== 0) throw new Error(`jubjub verify ended with ${status}: ${stdout.slice(-1_000)}`);
  }

  /** P1, by other means than the program's: every link of every page, in both forms. @returns how many files they lead to */
  checkLinks(): number {
    const paths = globSync('simple/*/index.{html,v1_json}', { cwd: this.docroot });
    const pages = new Map(paths.map((path) => [path, readFileSync(join(this.docroot, path))]));
    const checked = new Map<string, string>();
    const check = (target: string | null, sha256: string | null) => {
      if (target === null || sha256 === null) throw new Error(`a link leads nowhere: ${target}`);
      if (!checked.has(target)) {
        const bytes = readFileSync(join(this.docroot, target));
        checked.set(target, createHash('sha256').update(bytes).digest('hex'));
      }
      if (checked.get(target) !== sha256) throw new Error(`a link leads to other bytes: ${target}`);
    };
    const files = new Set<string | null>();
    for (const { target, sha256, metadataSha256 } of allLinks(pages)) {
      check(target, sha256);
      if (metadataSha256 !== null) check(`${target}.metadata`, metadataSha256);
      files.add(target);
    }
    return files.size;
  }
}

/** Throws unless the run ended well. */
export function mustEndWell(what: string, measured: Measured): Measured {
  if (measured.status === 0) return measured;
  throw new Error(`${what} ended with ${measured.status}: ${measured.stdout.slice(-1_000)}`);
}
