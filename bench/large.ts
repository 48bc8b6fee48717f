/**
 * Goal 6: a large file comes in as fast as curl writes it, hashed and flushed; and after a kill in the middle, what has come in
 * already is not fetched again.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, type BenchContext, linesOption, numberOption, type Row } from './support/bench.ts';
import {
  alternate,
  cpuOf,
  type Measured,
  measureChild,
  peakMbOf,
  ratios,
  secondsOf,
  shownSeconds,
  shownSpread,
  spread,
} from './support/measure.ts';
import { BenchMirror, mustEndWell } from './support/mirror.ts';
import { type RunningNginx, serveTree } from './support/nginx.ts';
import { jubjub, jubjubProfiled } from './support/program.ts';
import { makeLargeTree, type UpstreamTree } from './support/tree.ts';

const RATE_MIN = 0.9;
/** What a kill may cost: what the mirror has not written yet, and what lies in the buffers of two sockets. */
const LOST_MB_MAX = 32;
const POLL_MS = 2;

export const bench: Bench = {
  name: 'large',
  goal: `a file of 1 GiB at >= ${RATE_MIN} of curl's rate; after a kill in the middle only the rest is fetched`,
  rounds: 5,
  options: {
    mb: '1024',
    upstream: '',
    /** bin/jubjub.js of another checkout that has been built, to compare with. */
    base: '',
  },
  async run(context) {
    const bytes = numberOption(context, 'mb') * 1024 * 1024;
    const tree = makeLargeTree(join(context.directory, 'upstream'), bytes);
    const nginx = await serveTree(tree, join(context.directory, 'nginx'));
    try {
      return [...(await compareRates(context, tree, nginx)), await interrupt(context, tree, nginx)];
    } finally {
      await nginx.close();
    }
  },
};

function mirrorAt(context: BenchContext, url: string): BenchMirror {
  const upstream = linesOption(context, 'upstream');
  return new BenchMirror(join(context.directory, 'mirror'), { url, upstream });
}

/** curl alone, then curl with what a mirror promises besides: the digest, and that it is on the disk. */
const SCRIPTS = {
  curl: 'curl -sf -o large "$0"',
  'curl, sync': 'curl -sf -o large "$0" && sync large',
  'curl, sha256sum, sync': 'curl -sf -o large "$0" && sha256sum large && sync large',
} as const;

async function compareRates(context: BenchContext, tree: UpstreamTree, nginx: RunningNginx): Promise<Row[]> {
  let mirror = mirrorAt(context, nginx.url);
  if (context.profile)
    mustEndWell('jubjub sync', await jubjubProfiled(context, ['sync', '-q', '-c', mirror.config]));
  const script = (text: string) => async () => {
    const target = join(context.directory, 'large');
    const args = ['-c', text.replaceAll(' large', ` '${target}'`), `${nginx.url}${tree.files[0]}`];
    return mustEndWell(text, await measureChild('sh', args));
  };
  const sync = (program?: string) => async () => {
    mirror = mirrorAt(context, nginx.url);
    return mustEndWell('jubjub sync', await jubjub(['sync', '-q', '-c', mirror.config], {}, program));
  };
  const { base = '' } = context.options;
  const bases: Record<string, () => Promise<Measured>> = base === '' ? {} : { base: sync(base) };
  const names = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];
  const peers = Object.fromEntries(names.map((name) => [name, script(SCRIPTS[name])]));
  const series = await alternate({ ...bases, jubjub: sync(), ...peers }, context.rounds, {
    say: context.say,
  });
  await mirror.verify();
  if (mirror.checkLinks() !== 1) throw new Error('the page links to more than the large file');
  const { jubjub: own = [], ...others } = series as Record<string, readonly Measured[]>;
  return Object.entries(others).map(([name, peer]) => rateRow(tree.bytes, own, name, peer));
}

function rateRow(bytes: number, own: readonly Measured[], name: string, peer: readonly Measured[]): Row {
  // A ratio of rates: above 1 is faster than the peer.
  const ratio = ratios(peer, own);
  const mb = bytes / 1024 / 1024;
  const rate = (runs: readonly Measured[]) =>
    `${spread(runs.map(({ seconds }) => mb / seconds)).median.toFixed(0)} MiB/s`;
  const judged = name === 'curl';
  return {
    what: `a file of ${mb} MiB, hashed and flushed`,
    measured: `${rate(own)}, ${shownSeconds(secondsOf(own))}, ${cpuOf(own).median.toFixed(2)} s of CPU`,
    against: `${name}: ${rate(peer)}, ${shownSeconds(secondsOf(peer))}`,
    ratio: shownSpread(ratio),
    peakMb: peakMbOf(own),
    goal: judged ? `>= ${RATE_MIN}` : '',
    holds: judged ? ratio.median >= RATE_MIN : null,
  };
}

/** Bytes that lie in staging. */
function stagedBytes(mirror: BenchMirror): number {
  const staging = join(mirror.directory, 'm', 'state', 'staging');
  try {
    return readdirSync(staging).reduce((sum, name) => sum + statSync(join(staging, name)).size, 0);
  } catch {
    return 0; // Not there yet, or moved meanwhile.
  }
}

/** Kills a run when half of the file is there, and looks at what the next one asks for. */
async function interrupt(context: BenchContext, tree: UpstreamTree, nginx: RunningNginx): Promise<Row> {
  const mirror = mirrorAt(context, nginx.url);
  nginx.takeRequests();
  let poll: NodeJS.Timeout | undefined;
  const killed = await jubjub(['sync', '-q', '-c', mirror.config], {
    onStart: (pid) => {
      poll = setInterval(() => {
        if (stagedBytes(mirror) >= tree.bytes / 2) process.kill(pid, 'SIGKILL');
      }, POLL_MS);
    },
  });
  clearInterval(poll);
  if (killed.status !== null) throw new Error('the run ended before it could be killed');
  const staged = stagedBytes(mirror);
  nginx.takeRequests();
  const resumed = mustEndWell('jubjub sync', await jubjub(['sync', '-q', '-c', mirror.config]));
  const [request] = nginx.takeRequests().filter(({ path }) => path === tree.files[0]);
  if (request === undefined) throw new Error('the run after the kill did not ask for the file');
  await mirror.verify();
  mirror.remove();
  const mb = (bytes: number) => Math.round(bytes / 1024 / 1024);
  const again = request.bodyBytes - (tree.bytes - staged);
  return {
    what: `the same, killed after ${mb(staged)} MiB and started again`,
    measured: `${mb(request.bodyBytes)} MiB asked for (Range: ${request.range}, If-Range: ${request.ifRange}), ${resumed.seconds.toFixed(2)} s`,
    against: `missing: ${mb(tree.bytes - staged)} MiB`,
    ratio: '',
    peakMb: peakMbOf([resumed]),
    goal: `at most ${LOST_MB_MAX} MiB again`,
    holds: request.status === 206 && again <= LOST_MB_MAX * 1024 * 1024,
  };
}
