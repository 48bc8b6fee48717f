/**
 * A process that works on several mirrors side by side: `node side-by-side.ts '[["/dir", ["sync"]], …]'`.
 *
 * Starting Node and loading the program takes longer than a run over a small index. With the built program's main() called
 * once for each mirror, one SIGKILL ends that many runs, each at another of its steps. What a run knows of its process is
 * its `Io`, so that it is the real program on the real disk; lock, catalogue and docroot are each mirror's own.
 */
import { Writable } from 'node:stream';
import { systemClock } from '../../../src/clock.ts';
import { BUILT } from '../program.ts';
import { BEGUN_LINE, type SideBySideEnd, type SideBySideJob } from './side-by-side-words.ts';

type Main = typeof import('../../../src/cli/main.ts').main;

class Kept extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

const jobs = JSON.parse(process.argv[2] ?? '[]') as SideBySideJob[];
const { main } = (await import(BUILT)) as { main: Main };
process.setMaxListeners(2 * jobs.length + 10);

async function work([cwd, argv]: SideBySideJob): Promise<void> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const { env, pid } = process;
  const exit = (code: number): never => process.exit(code);
  const io = { stdout, stderr, env, cwd, signals: process, clock: systemClock, pid, exit };
  const status = await main(argv, io);
  const end: SideBySideEnd = { cwd, argv, status, said: `${stdout.text}${stderr.text}` };
  process.stdout.write(`${JSON.stringify(end)}\n`);
}

process.stdout.write(`${BEGUN_LINE}\n`);
await Promise.all(jobs.map(work));
