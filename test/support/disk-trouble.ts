/**
 * Loaded into the program before it starts: makes the process die, hang or stop right before one chosen step on disk.
 *
 * So a kill hits the same instant on every machine. Nothing else is changed: up to that step the built program runs as
 * it is, and what it leaves behind is what a SIGKILL at that step leaves behind.
 */
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const options = new URL(import.meta.url).searchParams;
const deed = options.get('deed');
const pattern = new RegExp(options.get('step') ?? '');
let left = Number(options.get('nth'));

/** True when the step is the one that must never happen. */
function isDue(step: string): boolean {
  if (!pattern.test(step)) return false;
  left -= 1;
  return left === 0;
}

function hang(): Promise<never> {
  process.stderr.write('disk trouble: hanging\n');
  return new Promise(() => {
    // Something must be outstanding, as a system call would be, or the process would end by itself.
    setInterval(() => {}, 1_000_000);
  });
}

function dieOrStop(): void {
  if (deed === 'stop') process.stderr.write('disk trouble: stopping\n');
  process.kill(process.pid, deed === 'stop' ? 'SIGSTOP' : 'SIGKILL');
}

const { openSync, renameSync } = fs;
// A small file is made and written at once; it dies or stops there, for a call that blocks the process cannot be left hanging.
fs.openSync = (path, flags, mode) => {
  if (flags === 'wx' && isDue(`write ${path}`)) dieOrStop();
  return openSync(path, flags, mode);
};
fs.renameSync = (from, to) => {
  if (isDue(`rename ${to}`)) dieOrStop();
  renameSync(from, to);
};

const { open, rename, unlink, rmdir } = promises;
// Not called `rename`: that is a file on its way into the docroot; this is one into the trash, out of it, or inside staging.
promises.rename = async (from, to) => {
  if (isDue(`move ${to}`)) await (deed === 'hang' ? hang() : dieOrStop());
  await rename(from, to);
};
promises.unlink = async (path) => {
  if (isDue(`unlink ${path}`)) await (deed === 'hang' ? hang() : dieOrStop());
  await unlink(path);
};
promises.rmdir = async (path) => {
  if (isDue(`rmdir ${path}`)) await (deed === 'hang' ? hang() : dieOrStop());
  await rmdir(path);
};
promises.open = async (path, flags, mode) => {
  if (flags === 'r' && isDue(`open ${path}`)) await (deed === 'hang' ? hang() : dieOrStop());
  return open(path, flags, mode);
};
syncBuiltinESMExports();
