/** A copy of the checkout in which mutants are made, so that the working tree is never touched. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyMutant, type Mutant } from './mutant.ts';

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
/** What the tests read of a checkout. */
const COPIED = [
  'src',
  'test',
  'bin',
  'build',
  'docs',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
/** Where programs that are ended in their middle may leave what they were working on. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
/** A mutant may leave behind what nobody uses any more. */
const LENIENT = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false', '--allowUnreachableCode'];

export interface Finished {
  /** null: it was ended by us. */
  readonly status: number | null;
  readonly output: string;
}

export class Workshop {
  readonly root: string;
  readonly run: Runs;
  readonly #scratch: string;

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'jubjub-mutants-'));
    this.#scratch = mkdtempSync(join(SCRATCH, 'jubjub-mutants-'));
    for (const name of COPIED) cpSync(join(CHECKOUT, name), join(this.root, name), { recursive: true });
    symlinkSync(join(CHECKOUT, 'node_modules'), join(this.root, 'node_modules'));
    // Also when somebody has had enough of it.
    process.once('exit', () => this.close());
    this.run = runIn(this.root, { TMPDIR: this.#scratch, JUBJUB_SCRATCH: this.#scratch });
  }

  close(): void {
    for (const folder of [this.root, this.#scratch]) rmSync(folder, { recursive: true, force: true });
  }

  /** Does something while the copy is a mutant. */
  async asMutant<T>(mutant: Mutant, action: () => Promise<T>): Promise<T> {
    const undo = applyMutant(this.root, mutant);
    try {
      return await action();
    } finally {
      undo();
    }
  }

  /** Builds the copy, for tests that run the program; returns what the compiler has against it, or null. */
  async build(): Promise<string | null> {
    const tsc = join(this.root, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['-p', 'tsconfig.build.json', ...LENIENT];
    for (const command of [[tsc, ...options], ['build/bundle.ts']]) {
      const { status, output } = await this.run(command, { limitMs: 120_000 });
      if (status !== 0) return output;
    }
    return null;
  }
}

interface RunOptions {
  readonly limitMs: number;
  readonly env?: Readonly<Record<string, string>>;
  /** @default never */
  readonly isEnough?: (output: string) => boolean;
}

/**
 * Runs a script with node, and ends it with all that it started when `isEnough` says so of its output, or its time is over.
 */
export type Runs = (args: readonly string[], options: RunOptions) => Promise<Finished>;

/** Runs scripts in a folder. */
export function runIn(folder: string, always: Readonly<Record<string, string>>): Runs {
  return (args, { limitMs, env = {}, isEnough = () => false }) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, {
        cwd: folder,
        // A group of its own, so that what it starts can be ended with it.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        // Nothing of it is a test of whoever plays it.
        env: { ...process.env, ...always, ...env, NODE_TEST_CONTEXT: undefined },
      });
      let output = '';
      const end = () => endGroup(child.pid);
      // It is in a group of its own: nobody else ends it.
      process.once('exit', end);
      const timer = setTimeout(end, limitMs);
      const hear = (chunk: Buffer) => {
        output += chunk.toString();
        if (isEnough(output)) end();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('error', reject);
      child.once('close', (status) => {
        clearTimeout(timer);
        end();
        process.off('exit', end);
        resolve({ status, output });
      });
    });
}

/** Ends a process and what it has started; what is gone already is in order. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
