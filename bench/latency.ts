/**
 * Goal 2: over a line with latency, a first sync takes half the time of a client that makes one request at a time on each of as many
 * connections, for what other mirror programs ask for: the list, pages, files and the metadata beside the wheels.
 */
import { join } from 'node:path';
import { type Bench, type BenchContext, linesOption, numberOption, type Row } from './support/bench.ts';
import { comparisonRows } from './support/compare.ts';
import { type LatencyProxy, type ProxyCount, startLatencyProxy } from './support/latency-proxy.ts';
import { alternate, type Measured } from './support/measure.ts';
import { BenchMirror, mustEndWell } from './support/mirror.ts';
import { type RunningNginx, serveTree } from './support/nginx.ts';
import { installedPeers } from './support/peers.ts';
import { jubjub, jubjubProfiled } from './support/program.ts';
import { makeTree, type UpstreamTree } from './support/tree.ts';

const RATIO_MAX = 0.5;
/** One request at a time on each of as many connections, HTTP/1.1: what others ask for, and without what wheels have in them. */
const ALL = 'curl --parallel, metadata too';
const BARE = 'curl --parallel, without metadata';

export const bench: Bench = {
  name: 'latency',
  goal: `with latency, a first sync takes at most ${RATIO_MAX} of a client with one request at a time per connection`,
  rounds: 5,
  options: {
    projects: '200',
    bytes: '20000',
    /** The round trip. */
    ms: '20',
    /** In all; a mirror divides them between pages and files. */
    connections: '10',
    'page-connections': '6',
    /** "http", "https" (with HTTP/2 offered), or both. */
    over: 'http,https',
    /** bin/jubjub.js of another checkout that has been built, to compare with. */
    base: '',
    /** More lines for [upstream], separated by semicolons. */
    upstream: '',
  },
  async run(context) {
    const [projects, fileBytes] = [numberOption(context, 'projects'), numberOption(context, 'bytes')];
    const options = { projects, versions: 2, sdists: true, fileBytes };
    const tree = makeTree(join(context.directory, 'upstream'), options);
    const rows: Row[] = [];
    for (const scheme of (context.options['over'] ?? '').split(',')) {
      const nginx = await serveTree(tree, join(context.directory, scheme), { tls: scheme === 'https' });
      const proxy = await startLatencyProxy(nginx.port, numberOption(context, 'ms'));
      try {
        rows.push(...(await compare(context, tree, nginx, proxy)));
      } finally {
        await proxy.close();
        await nginx.close();
      }
    }
    return rows;
  },
};

async function compare(
  context: BenchContext,
  tree: UpstreamTree,
  nginx: RunningNginx,
  proxy: LatencyProxy,
): Promise<Row[]> {
  const url = nginx.url.replace(String(nginx.port), String(proxy.port));
  const connections = numberOption(context, 'connections');
  let mirror = mirrorAt(context, url, nginx.caFile);
  let requests = 0;
  let count: ProxyCount = { connections: 0, mostAtOnce: 0 };
  const sync = async (program?: string): Promise<Measured> => {
    mirror = mirrorAt(context, url, nginx.caFile);
    nginx.takeRequests();
    await proxy.takeCount();
    const measured = await jubjub(['sync', '-q', '-c', mirror.config], {}, program);
    requests = nginx.takeRequests().length;
    count = await proxy.takeCount();
    return mustEndWell('jubjub sync', measured);
  };
  const { curl } = installedPeers(['curl'], context.say);
  const paths = [tree.list, ...tree.pages, ...tree.files];
  const directory = join(context.directory, 'peer');
  const peer = (more: readonly string[]) => (): Promise<Measured> => {
    const job = { url, paths: [...paths, ...more], directory, connections, caFile: nginx.caFile };
    return curl === undefined ? Promise.reject(new Error('curl is not there')) : curl(job);
  };
  const { base = '' } = context.options;
  const curls = { [ALL]: peer(tree.metadata), [BARE]: peer([]) };
  const candidates: Record<string, () => Promise<Measured>> = {
    ...(base === '' ? {} : { base: () => sync(base) }),
    jubjub: () => sync(),
    ...(curl === undefined ? {} : curls),
  };
  if (context.profile)
    mustEndWell('jubjub sync', await jubjubProfiled(context, ['sync', '-q', '-c', mirror.config]));
  const series = await alternate(candidates, context.rounds, { say: context.say });
  await mirror.verify();
  mirror.remove();
  const { projects, ms } = context.options;
  const over = nginx.caFile === null ? 'http' : 'https, HTTP/2 offered';
  return comparisonRows(series, {
    what: `first sync with ${ms} ms of latency, ${projects} projects x 4 files, ${connections} connections, ${over}`,
    told: `${requests.toLocaleString('en')} requests, at most ${count.mostAtOnce} connections at once`,
    own: 'jubjub',
    judged: { peer: ALL, goal: `<= ${RATIO_MAX}`, holds: (ratio) => ratio <= RATIO_MAX },
  });
}

function mirrorAt(context: BenchContext, url: string, caFile: string | null): BenchMirror {
  const pages = numberOption(context, 'page-connections');
  const files = numberOption(context, 'connections') - pages;
  const upstream = [
    `page-connections = ${pages}`,
    `file-connections = ${files}`,
    ...(caFile === null ? [] : [`ca-file = "${caFile}"`]),
    ...linesOption(context, 'upstream'),
  ];
  return new BenchMirror(join(context.directory, 'mirror'), { url, upstream });
}
