/**
 * Goal 8: `jubjub serve` answers 10,000 small pages a second on one core, and a gigabyte of large files; how far from nginx that is.
 *
 * Both serve the same docroot, each kept on the first core; what asks is kept on the second: wrk for pages (all of them in turn, as pip
 * asks, gzip accepted), curl for files. nginx has one worker and gzip_static, and sends what is simplest for it: one form of each page,
 * no negotiation, no digest as ETag. Rates are told as they were measured, and per second of the server's CPU time: on a machine that
 * does other things, too, only the second says what one core can do, and it is the second that is judged.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Bench, type BenchContext, numberOption, type Row } from './support/bench.ts';
import { isInstalled, run, shownSpread, spread } from './support/measure.ts';
import { startNginx } from './support/nginx.ts';
import { profiling, sayProfile } from './support/profile.ts';

const PAGES_PER_SECOND_MIN = 10_000;
const BYTES_PER_SECOND_MIN = 1e9;
const CONNECTIONS = 16;
const LARGE_BYTES = 256 * 1024 * 1024;
const LARGE_PATH = '/packages/aa/bb/large.whl';
const TICKS_PER_SECOND = 100;
const PROGRAM = fileURLToPath(new URL('../bin/jubjub.js', import.meta.url));

export const bench: Bench = {
  name: 'serve',
  goal: 'serve answers 10,000 small pages a second on one core, and large files at 1 GB/s',
  rounds: 3,
  options: { projects: '1000', seconds: '4', gib: '1' },
  run: measureServe,
};

/** A server that is running: where, and its process. */
interface Subject {
  readonly url: string;
  readonly pid: number;
}

interface Rates {
  /** Requests, or bytes, per second of time and of the server's CPU time. */
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

async function measureServe(context: BenchContext): Promise<readonly Row[]> {
  const mirror = join(context.directory, 'mirror');
  const docroot = join(mirror, 'web');
  makeDocroot(docroot, numberOption(context, 'projects'));
  const config = join(context.directory, 'mirror.toml');
  writeFileSync(config, 'directory = "./mirror"\n\n[upstream]\nurl = "http://127.0.0.1:9"\n');
  const nginx = isInstalled('nginx', '-v')
    ? await nginxOver(docroot, join(context.directory, 'nginx'))
    : null;
  if (nginx === null) context.say('nginx is not installed: nothing to hold it against');
  const jubjub = await startJubjub(context, config);
  try {
    const subjects = nginx === null ? { jubjub } : { jubjub, nginx };
    const rows = [await measureLarge(context, subjects)];
    const pages = await measurePages(context, subjects);
    return pages === null ? rows : [pages, ...rows];
  } finally {
    await jubjub.close();
    await nginx?.close();
    if (context.profile) sayProfile(join(context.directory, 'profile'), context.say);
  }
}

type Subjects = Readonly<{ jubjub: Subject; nginx?: Subject }>;

async function measurePages(context: BenchContext, subjects: Subjects): Promise<Row | null> {
  if (!isInstalled('wrk')) {
    context.say('wrk is not installed: pages are not measured');
    return null;
  }
  const [projects, seconds] = [numberOption(context, 'projects'), numberOption(context, 'seconds')];
  const script = join(context.directory, 'pages.lua');
  const path = `"/simple/project-" .. (n % ${projects}) .. "/"`;
  writeFileSync(
    script,
    `local n = 0\nrequest = function() n = n + 1; return wrk.format("GET", ${path}) end\n`,
  );
  const ask = async ({ url }: Subject) => {
    const args = [
      '-t1',
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      '-H',
      'Accept-Encoding: gzip',
      '-s',
      script,
      url,
    ];
    const said = await output('wrk', args);
    const failed = /(?:Non-2xx|Socket errors).*/.exec(said)?.[0];
    if (failed !== undefined) throw new Error(`wrk met ${failed}`);
    return Number(/(\d+) requests in/.exec(said)?.[1]);
  };
  const shown = (value: number) => Math.round(value).toLocaleString('en');
  const rates = await rounds(context, subjects, ask);
  return rowOf(`serve, ${projects.toLocaleString('en')} small pages, gzipped`, rates, {
    shown,
    unit: 'pages/s',
    min: PAGES_PER_SECOND_MIN,
    peakMb: peakMb(subjects.jubjub),
  });
}

async function measureLarge(context: BenchContext, subjects: Subjects): Promise<Row> {
  const times = Math.max(1, Math.round((numberOption(context, 'gib') * 1024 ** 3) / LARGE_BYTES));
  const ask = async ({ url }: Subject) => {
    for (let time = 0; time < times; time++)
      await output('curl', ['-sSf', '-o', '/dev/null', url + LARGE_PATH]);
    return times * LARGE_BYTES;
  };
  const rates = await rounds(context, subjects, ask);
  return rowOf(`serve, a file of ${LARGE_BYTES / 1024 ** 2} MiB, one client`, rates, {
    shown: (value) => (value / 1e9).toFixed(2),
    unit: 'GB/s',
    min: BYTES_PER_SECOND_MIN,
    peakMb: peakMb(subjects.jubjub),
  });
}

/** Each server in turn, once to warm up and then round by round. */
async function rounds(
  context: BenchContext,
  subjects: Subjects,
  ask: (subject: Subject) => Promise<number>,
): Promise<Readonly<Record<'jubjub' | 'nginx', readonly Rates[]>>> {
  const all = { jubjub: [] as Rates[], nginx: [] as Rates[] };
  for (let round = 0; round <= context.rounds; round++) {
    for (const name of ['jubjub', 'nginx'] as const) {
      const subject = subjects[name];
      if (subject === undefined) continue;
      const [cpuBefore, startedMs] = [cpuSeconds(subject), performance.now()];
      const count = await ask(subject);
      const seconds = (performance.now() - startedMs) / 1000;
      const cpu = Math.max(cpuSeconds(subject) - cpuBefore, 1 / TICKS_PER_SECOND);
      if (round > 0) all[name].push({ perSecond: count / seconds, perCpuSecond: count / cpu });
    }
  }
  return all;
}

interface Showing {
  readonly shown: (value: number) => string;
  readonly unit: string;
  readonly min: number;
  readonly peakMb: number | null;
}

function rowOf(
  what: string,
  { jubjub, nginx }: Readonly<Record<'jubjub' | 'nginx', readonly Rates[]>>,
  { shown, unit, min, peakMb }: Showing,
): Row {
  const rate = (rates: readonly Rates[]) => {
    const cpu = spread(rates.map(({ perCpuSecond }) => perCpuSecond));
    const seen = spread(rates.map(({ perSecond }) => perSecond)).median;
    const range = `${shown(cpu.median)} (${shown(cpu.min)}-${shown(cpu.max)})`;
    return { median: cpu.median, text: `${range} ${unit} of CPU time; ${shown(seen)} ${unit} seen` };
  };
  const ours = rate(jubjub);
  const hasPeer = nginx.length > 0;
  const shares = jubjub.map(({ perCpuSecond }, at) => perCpuSecond / (nginx[at]?.perCpuSecond ?? Number.NaN));
  return {
    what,
    measured: ours.text,
    against: hasPeer ? `nginx, one worker: ${rate(nginx).text}` : '',
    ratio: hasPeer ? shownSpread(spread(shares)) : '',
    peakMb,
    goal: `≥ ${shown(min)} ${unit} a core`,
    holds: ours.median >= min,
  };
}

/** Pages of five files each, in both forms and packed, and one large file. */
function makeDocroot(docroot: string, projects: number): void {
  for (let at = 0; at < projects; at++) {
    const name = `project-${at}`;
    const directory = join(docroot, 'simple', name);
    mkdirSync(directory, { recursive: true });
    const hex = (length: number) => String(at).padEnd(length, '0');
    const files = [0, 1, 2, 3, 4].map((version) => `${name}-${version}.0-py3-none-any.whl`);
    const links = files.map(
      (file) => `<a href="../../packages/aa/bb/${hex(60)}/${file}#sha256=${hex(64)}">${file}</a><br />`,
    );
    const html = `<!DOCTYPE html>\n<html><body>\n${links.join('\n')}\n</body></html>\n<!--SERIAL ${at}-->\n`;
    const json = JSON.stringify({ meta: { 'api-version': '1.4', '_last-serial': at }, name, files });
    for (const [file, text] of [
      ['index.html', html],
      ['index.v1_json', json],
    ] as const) {
      writeFileSync(join(directory, file), text);
      writeFileSync(join(directory, `${file}.gz`), gzipSync(text));
    }
  }
  mkdirSync(join(docroot, 'packages/aa/bb'), { recursive: true });
  writeFileSync(join(docroot, LARGE_PATH), Buffer.alloc(LARGE_BYTES, 'jubjub'));
}

/** Keeps a command on a core, where there is more than one and a program to do it. */
function pinned(core: number, command: string, args: readonly string[]): [string, readonly string[]] {
  if (availableParallelism() < 2 || !isInstalled('taskset')) return [command, args];
  return ['taskset', ['-c', String(core), command, ...args]];
}

const SERVER_CORE = 0;
const CLIENT_CORE = 1;

async function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(...pinned(CLIENT_CORE, command, args), { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (status !== 0) throw new Error(`${command} ended with ${String(status)}`);
  return said;
}

async function startJubjub(
  context: BenchContext,
  config: string,
): Promise<Subject & { close(): Promise<void> }> {
  const directory = join(context.directory, 'profile');
  const flags = context.profile ? profiling(directory) : [];
  const args = [...flags, PROGRAM, 'serve', '-q', '--port', '0', '-c', config];
  const [command, all] = pinned(SERVER_CORE, process.execPath, args);
  const child = spawn(command, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(line.trim()));
    child.once('close', () => reject(new Error('serve ended before it began')));
  });
  const close = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { url, pid: child.pid ?? 0, close };
}

async function nginxOver(docroot: string, directory: string): Promise<Subject & { close(): Promise<void> }> {
  const server = `root "${docroot}"; gzip_static on; index index.html; etag on; access_log off;`;
  const http = 'open_file_cache off;';
  const nginx = await startNginx({ directory, server, http, workers: 1 });
  const main = readFileSync(join(directory, 'nginx.pid'), 'utf8').trim();
  const [worker = ''] = readFileSync(`/proc/${main}/task/${main}/children`, 'utf8').trim().split(' ');
  if (isInstalled('taskset') && availableParallelism() > 1)
    run('taskset', ['-cp', String(SERVER_CORE), worker]);
  return { url: nginx.url, pid: Number(worker), close: () => nginx.close() };
}

function cpuSeconds({ pid }: Subject): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function peakMb({ pid }: Subject): number {
  const found = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(found) / 1024);
}
