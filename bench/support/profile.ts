/** Reads what V8's CPU profiler wrote: where the time of a run went, by function and by package. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FUNCTIONS_SHOWN = 25;
const MODULES_SHOWN = 25;

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber?: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

/** The part of the format of `.cpuprofile` that is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface Share {
  readonly what: string;
  readonly ms: number;
}

export interface ProfileShares {
  /** Without idle time. */
  readonly totalMs: number;
  readonly idleMs: number;
  readonly functions: readonly Share[];
  readonly modules: readonly Share[];
}

/** The options of node that write profiles into the directory, one for each thread. */
export function profiling(directory: string): string[] {
  return ['--cpu-prof', '--cpu-prof-dir', directory];
}

/** A file as people know it: below dist/, a package's name, a module of Node. */
function moduleOf({ url, functionName }: CallFrame): string {
  const ofPackage = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (ofPackage !== undefined) return `package ${ofPackage}`;
  const own = /\/(?:dist|src)\/([^?]+?)\.[jt]s$/.exec(url)?.[1];
  if (own !== undefined) return own;
  if (url.startsWith('node:')) return url;
  // (garbage collector), (program): what V8 and native code did by themselves.
  return functionName.startsWith('(') ? functionName : 'native';
}

function functionOf(frame: CallFrame): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
  if (frame.url === '') return name;
  const file = frame.url.split('/').at(-1) ?? '';
  const where = frame.url.includes('/node_modules/') ? `${moduleOf(frame)} ${file}` : moduleOf(frame);
  return `${name}  ${where}:${frame.lineNumber + 1}`;
}

/**
 * Each node as people know it. What is native, such as `open`, says nothing without who called it: the first caller of the program's
 * own or of a package.
 */
function namesOf(nodes: readonly ProfileNode[]): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const nameOf = ({ id, callFrame }: ProfileNode): string => {
    const name = functionOf(callFrame);
    if (callFrame.url !== '' || callFrame.functionName.startsWith('(')) return name;
    let caller = byId.get(callers.get(id) ?? -1);
    while (caller !== undefined && !caller.callFrame.url.startsWith('file:'))
      caller = byId.get(callers.get(caller.id) ?? -1);
    return caller === undefined ? name : `${name}  < ${functionOf(caller.callFrame)}`;
  };
  return new Map(nodes.map((node) => [node.id, nameOf(node)]));
}

/** Self times, the largest first. */
export function sharesOf(profiles: readonly CpuProfile[]): ProfileShares {
  const functions = new Map<string, number>();
  const modules = new Map<string, number>();
  let [totalMs, idleMs] = [0, 0];
  const add = (sums: Map<string, number>, key: string, ms: number) =>
    sums.set(key, (sums.get(key) ?? 0) + ms);
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    const names = namesOf(nodes);
    for (const [at, id] of samples.entries()) {
      const frame = frames.get(id);
      const ms = (timeDeltas[at] ?? 0) / 1000;
      if (frame === undefined) continue;
      if (frame.functionName === '(idle)') {
        idleMs += ms;
        continue;
      }
      totalMs += ms;
      add(functions, names.get(id) ?? '', ms);
      add(modules, moduleOf(frame), ms);
    }
  }
  const ordered = (sums: Map<string, number>) =>
    [...sums].map(([what, ms]) => ({ what, ms })).toSorted((a, b) => b.ms - a.ms);
  return { totalMs, idleMs, functions: ordered(functions), modules: ordered(modules) };
}

/** As people read it. */
export function profileLines({ totalMs, idleMs, functions, modules }: ProfileShares): string[] {
  const line = ({ what, ms }: Share) =>
    `${ms.toFixed(0).padStart(8)} ms ${((100 * ms) / totalMs).toFixed(1).padStart(5)} %  ${what}`;
  return [
    `profile: ${totalMs.toFixed(0)} ms busy, ${idleMs.toFixed(0)} ms idle`,
    'the heaviest functions by self time:',
    ...functions.slice(0, FUNCTIONS_SHOWN).map(line),
    'by module and package:',
    ...modules.slice(0, MODULES_SHOWN).map(line),
  ];
}

/** What stands in the bundle as it stood in the sources, so that its functions are told by the files that people know. */
function inSources({ nodes, ...times }: CpuProfile): CpuProfile {
  const maps = new Map<string, SourceMap | null>();
  const mapOf = (url: string): SourceMap | null => {
    const file = url.endsWith('.cjs') ? `${fileURLToPath(url)}.map` : '';
    return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null;
  };
  const found = (frame: CallFrame): CallFrame => {
    const { url, lineNumber, columnNumber = 0 } = frame;
    if (!maps.has(url)) maps.set(url, mapOf(url));
    const entry = maps.get(url)?.findEntry(lineNumber, columnNumber);
    if (entry === undefined || !('originalSource' in entry)) return frame;
    return { ...frame, url: new URL(entry.originalSource, url).href, lineNumber: entry.originalLine };
  };
  return { nodes: nodes.map((node) => ({ ...node, callFrame: found(node.callFrame) })), ...times };
}

/** Tells what the profiles of a directory say, and removes them. */
export function sayProfile(directory: string, say: (line: string) => void): void {
  const files = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'));
  const read = (name: string) =>
    inSources(JSON.parse(readFileSync(join(directory, name), 'utf8')) as CpuProfile);
  for (const line of profileLines(sharesOf(files.map(read)))) say(line);
  rmSync(directory, { recursive: true, force: true });
}
