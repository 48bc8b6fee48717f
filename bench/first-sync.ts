/**
 * Goal 1: a first sync, with hashing and flushing on, is faster than curl fetches the same addresses.
 *
 * bandersnatch 8 took 5.9 s for the same tree where curl took 2.3 s (measured on a machine of two cores like this one), so that five
 * times faster than bandersnatch is a ratio to curl of 0.51.
 */
import { join } from 'node:path';
import { type Bench, type BenchContext, linesOption, numberOption, type Row } from './support/bench.ts';
import { comparisonRows } from './support/compare.ts';
import { alternate, type Measured, ratios, type Series, shownSpread } from './support/measure.ts';
import { BenchMirror, mustEndWell } from './support/mirror.ts';
import { type RunningNginx, serveTree } from './support/nginx.ts';
import { type FetchJob, installedPeers } from './support/peers.ts';
import { jubjub, jubjubProfiled } from './support/program.ts';
import { makeTree, type UpstreamTree } from './support/tree.ts';

/** Seconds of bandersnatch over seconds of curl, as above. */
const BANDERSNATCH_TO_CURL = 5.9 / 2.3;
const TIMES_FASTER = 5;

export const bench: Bench = {
  name: 'first-sync',
  goal: 'a first sync is faster than curl fetches the same addresses, and five times faster than bandersnatch',
  rounds: 5,
  options: {
    projects: '1000',
    versions: '2',
    bytes: '20000',
    peers: 'curl,wget,aria2c',
    /** bin/jubjub.js of another checkout that has been built: it is one more peer. */
    base: '',
    /** "yes": two processes at once, each with half of it, are one more peer: more than a second thread could bring. */
    halves: '',
    /** Lines for [upstream], separated by semicolons. */
    upstream: '',
    /** Lines of tables after it: "[store]; flush = false". */
    settings: '',
  },
  run: measureFirstSync,
};

async function measureFirstSync(context: BenchContext): Promise<readonly Row[]> {
  const [projects, versions] = [numberOption(context, 'projects'), numberOption(context, 'versions')];
  const fileBytes = numberOption(context, 'bytes');
  const tree = makeTree(join(context.directory, 'upstream'), { projects, versions, sdists: true, fileBytes });
  const nginx = await serveTree(tree, join(context.directory, 'nginx'));
  try {
    const halves = context.options['halves'] === 'yes' ? await serveHalves(context) : null;
    const { series, requests } = await compare(context, tree, nginx, halves).finally(halves?.close);
    const kb = (tree.bytes / tree.files.length / 1000).toFixed(0);
    const what = `first sync, ${projects.toLocaleString('en')} projects x ${versions * 2} files of ${kb} KB`;
    return rowsOf(what, series, requests);
  } finally {
    await nginx.close();
  }
}

function mirrorAt(context: BenchContext, url: string, name = 'mirror'): BenchMirror {
  const settings = {
    url,
    upstream: linesOption(context, 'upstream'),
    more: linesOption(context, 'settings'),
  };
  return new BenchMirror(join(context.directory, name), settings);
}

interface Halves {
  /** Both at once, by as many processes. */
  readonly sync: () => Promise<Measured>;
  readonly close: () => Promise<void>;
}

/** Two upstreams with half of the projects each. What two processes need for both no thread of one can do faster. */
async function serveHalves(context: BenchContext): Promise<Halves> {
  const [projects, versions] = [numberOption(context, 'projects') / 2, numberOption(context, 'versions')];
  const fileBytes = numberOption(context, 'bytes');
  const served = await Promise.all(
    ['half-1', 'half-2'].map((name) => {
      const tree = makeTree(join(context.directory, `${name}-upstream`), {
        projects,
        versions,
        sdists: true,
        fileBytes,
      });
      return serveTree(tree, join(context.directory, `${name}-nginx`));
    }),
  );
  const sync = async (): Promise<Measured> => {
    const runs = served.map(async ({ url }, at) => {
      const mirror = mirrorAt(context, url, `half-${at}`);
      return mustEndWell('jubjub sync', await jubjub(['sync', '-q', '-c', mirror.config]));
    });
    const all = await Promise.all(runs);
    const longest = all.reduce((one, other) => (one.seconds > other.seconds ? one : other));
    return { ...longest, cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) };
  };
  const close = async () => {
    for (const nginx of served) await nginx.close();
  };
  return { sync, close };
}

async function compare(
  context: BenchContext,
  tree: UpstreamTree,
  nginx: RunningNginx,
  halves: Halves | null,
): Promise<{ readonly series: Readonly<Partial<Series>>; readonly requests: number }> {
  const paths = [tree.list, ...tree.pages, ...tree.files];
  const job: FetchJob = { url: nginx.url, paths, directory: join(context.directory, 'peer') };
  let mirror = mirrorAt(context, nginx.url);
  let requests = 0;
  const sync = async (program?: string) => {
    mirror.remove();
    mirror = mirrorAt(context, nginx.url);
    nginx.takeRequests();
    const measured = await jubjub(['sync', '-q', '-c', mirror.config], {}, program);
    requests = nginx.takeRequests().length;
    return mustEndWell('jubjub sync', measured);
  };
  const names = (context.options['peers'] ?? '').split(',').filter((name) => name !== '');
  const peers = installedPeers(names, context.say);
  const { base = '' } = context.options;
  const candidates = Object.fromEntries([
    ...(base === '' ? [] : [['base', () => sync(base)] as const]),
    ['jubjub', () => sync()] as const,
    ...(halves === null ? [] : [['two jubjubs, half each', halves.sync] as const]),
    ...Object.entries(peers).map(([name, peer]) => [name, () => peer(job)] as const),
  ]);
  if (context.profile) {
    mirror = mirrorAt(context, nginx.url);
    mustEndWell('jubjub sync', await jubjubProfiled(context, ['sync', '-c', mirror.config, '-q']));
  }
  const series = await alternate(candidates, context.rounds, { say: context.say });
  await mirror.verify();
  const linked = mirror.checkLinks();
  if (linked !== tree.files.length)
    throw new Error(`the mirror's pages link to ${linked} files of ${tree.files.length}`);
  mirror.remove();
  return { series, requests };
}

function rowsOf(what: string, series: Readonly<Partial<Series>>, requests: number): Row[] {
  const rows = comparisonRows(series, {
    what,
    told: `${requests.toLocaleString('en')} requests`,
    own: 'jubjub',
    judged: { peer: 'curl', goal: '< 1', holds: (ratio) => ratio < 1 },
  });
  const { jubjub: own = [], curl } = series;
  if (curl === undefined) return rows;
  const ratio = ratios(own, curl);
  const times = (toCurl: number) => BANDERSNATCH_TO_CURL / toCurl;
  return [
    ...rows,
    {
      what: `${what}: times faster than bandersnatch 8`,
      measured: shownSpread({ median: times(ratio.median), min: times(ratio.max), max: times(ratio.min) }, 1),
      against: `computed: it took ${BANDERSNATCH_TO_CURL.toFixed(2)} times as long as curl`,
      ratio: '',
      peakMb: null,
      goal: `>= ${TIMES_FASTER}`,
      holds: times(ratio.median) >= TIMES_FASTER,
    },
  ];
}
