/** What everybody can install and compare with: curl, wget and aria2 fetch the same addresses into the same paths. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, type Measured, measureChild } from './measure.ts';

export interface FetchJob {
  /** Without a slash at its end. */
  readonly url: string;
  /** Paths below it; what ends with a slash is kept as `index.json` there. */
  readonly paths: readonly string[];
  /** Made anew, removed afterwards. */
  readonly directory: string;
  /** @default what the client takes by itself */
  readonly connections?: number;
  readonly caFile?: string | null;
}

export type Peer = (job: FetchJob) => Promise<Measured>;

const targetOf = (path: string) => `${path.slice(1)}${path.endsWith('/') ? 'index.json' : ''}`;

const ACCEPT = 'Accept: application/vnd.pypi.simple.v1+json';

/** A list for the program beside a directory for what it fetches. */
async function fetching(
  job: FetchJob,
  list: string,
  command: string,
  args: (listFile: string, into: string) => readonly string[],
): Promise<Measured> {
  const into = join(job.directory, 'fetched');
  rmSync(job.directory, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  const listFile = join(job.directory, 'list');
  writeFileSync(listFile, list);
  const measured = await measureChild(command, args(listFile, into), { cwd: into, stderr: 'ignore' });
  rmSync(job.directory, { recursive: true, force: true });
  if (measured.status !== 0) throw new Error(`${command} ended with ${measured.status}`);
  return measured;
}

/** One process, 50 transfers at a time unless it is told otherwise, into the paths of the addresses. */
export const curl: Peer = (job) => {
  const list = job.paths.map((path) => `url = "${job.url}${path}"\noutput = "${targetOf(path)}"\n`).join('');
  const many = job.connections === undefined ? [] : ['--parallel-max', String(job.connections)];
  const ca = job.caFile == null ? [] : ['--cacert', job.caFile];
  const args = ['--parallel', ...many, ...ca, '--http1.1', '--fail', '-sS', '--create-dirs', '-H', ACCEPT];
  return fetching(job, list, 'curl', (file) => [...args, '-K', file]);
};

/** One connection. */
export const wget: Peer = (job) => {
  const list = job.paths.map((path) => `${job.url}${path}\n`).join('');
  const args = ['-q', '-x', '-nH', '--default-page=index.json', '--header', ACCEPT];
  return fetching(job, list, 'wget', (file) => [...args, '-i', file]);
};

/** 16 files at a time, one connection each. */
export const aria2: Peer = (job) => {
  const list = job.paths.map((path) => `${job.url}${path}\n out=${targetOf(path)}\n`).join('');
  const many = job.connections ?? 16;
  const args = ['-q', '-j', String(many), '-x', '1', '--file-allocation=none', '--header', ACCEPT];
  return fetching(job, list, 'aria2c', (file, into) => [...args, '-d', into, '-i', file]);
};

const PEERS: Readonly<Record<string, { readonly peer: Peer; readonly command: string }>> = {
  curl: { peer: curl, command: 'curl' },
  wget: { peer: wget, command: 'wget' },
  aria2c: { peer: aria2, command: 'aria2c' },
};

/** Those that are on this machine; says which are not. */
export function installedPeers(
  names: readonly string[],
  say: (line: string) => void,
): Readonly<Record<string, Peer>> {
  const found: Record<string, Peer> = {};
  for (const name of names) {
    const known = PEERS[name];
    if (known === undefined) throw new Error(`no peer is called ${name}`);
    if (isInstalled(known.command)) found[name] = known.peer;
    else say(`${name} is not installed: nothing is compared with it`);
  }
  return found;
}
