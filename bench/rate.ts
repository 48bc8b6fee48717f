/** The limit on bytes a second: files over several connections come as fast as it says, and no faster. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, numberOption } from './support/bench.ts';
import {
  alternate,
  isInstalled,
  type Measured,
  measureChild,
  shownSpread,
  spread,
} from './support/measure.ts';
import { startNginx } from './support/nginx.ts';
import { openUpstream } from './support/upstream.ts';

const MB = 1e6;
/** What may be had ahead, and the pieces on their way. */
const TOLERANCE = 0.1;

export const bench: Bench = {
  name: 'rate',
  goal: `files over several connections come at the rate that is set, within ${TOLERANCE * 100} %`,
  rounds: 3,
  options: { mb: '100', rate: '20', connections: '4' },
  async run(context) {
    const [mb, rate, connections] = [
      numberOption(context, 'mb'),
      numberOption(context, 'rate'),
      numberOption(context, 'connections'),
    ];
    const root = join(context.directory, 'files');
    mkdirSync(root);
    writeFileSync(join(root, 'part'), Buffer.alloc(Math.round((mb * MB) / (2 * connections))));
    writeFileSync(join(root, 'whole'), Buffer.alloc(Math.round(mb * MB)));
    const nginx = await startNginx({
      directory: join(context.directory, 'nginx'),
      server: `root "${root}";`,
    });
    const urls = Array.from({ length: 2 * connections }, () => `${nginx.url}/part`);
    const ours = async (): Promise<Pick<Measured, 'seconds'>> => {
      const settings = { fileConnections: connections, rateBytesPerSecond: rate * MB };
      const upstream = openUpstream(nginx.url, settings);
      const startedMs = performance.now();
      const fetchOne = async (url: string) => {
        const { signal } = new AbortController();
        const request = { url, offsetBytes: 0, bodyBytesMax: mb * MB };
        const { chunks } = await upstream.file(request, signal);
        for await (const _ of chunks);
      };
      try {
        await Promise.all(urls.map(fetchOne));
      } finally {
        await upstream.close();
      }
      return { seconds: (performance.now() - startedMs) / 1000 };
    };
    const limited = ['--limit-rate', String(rate * MB), '-o', '/dev/null', `${nginx.url}/whole`];
    const curl = () => measureChild('curl', ['-sf', ...limited]);
    try {
      const peers = isInstalled('curl') ? { curl } : {};
      const series: Record<string, readonly Pick<Measured, 'seconds'>[]> = await alternate<
        string,
        Pick<Measured, 'seconds'>
      >({ jubjub: ours, ...peers }, context.rounds, { say: context.say });
      const rates = (name: string) => spread((series[name] ?? []).map(({ seconds }) => mb / seconds));
      const ratio = spread((series['jubjub'] ?? []).map(({ seconds }) => mb / seconds / rate));
      return [
        {
          what: `${mb} MB over ${connections} connections with rate = "${rate}MB/s"`,
          measured: `${shownSpread(rates('jubjub'), 1)} MB/s`,
          against:
            'curl' in peers ? `curl --limit-rate, one connection: ${shownSpread(rates('curl'), 1)} MB/s` : '',
          ratio: shownSpread(ratio),
          peakMb: null,
          goal: `1 within ${TOLERANCE * 100} %`,
          holds: Math.abs(ratio.median - 1) <= TOLERANCE,
        },
      ];
    } finally {
      await nginx.close();
    }
  },
};
