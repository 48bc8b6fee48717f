/**
 * Adaptive concurrency: 64 connections are allowed, and the server can do with few of them. One that answers whatever it is asked should be
 * given all; one that lets the others wait little more than it works on; one that refuses them should have to refuse few.
 */
import { normalizeName } from '../src/pypi/names.ts';
import { type Bench, type BenchContext, numberOption, type Row } from './support/bench.ts';
import { alternate, shownSpread, spread } from './support/measure.ts';
import { type Beyond, type ServerCount, startSmallServer } from './support/small-server.ts';
import { openUpstream } from './support/upstream.ts';

/** So much longer than a client that knew how many to ask for, and needed no time of its own. */
const SLOWER_MAX = 2;
const REFUSED_SHARE_MAX = 0.1;
/** A timer and a loopback round trip besides what an answer is told to take. */
const ANSWER_MS_MORE = 1.5;

interface Candidate {
  readonly what: string;
  readonly workers: number;
  readonly beyond: Beyond;
}

interface Outcome extends ServerCount {
  readonly seconds: number;
}

export const bench: Bench = {
  name: 'adaptive',
  goal: `many connections allowed: at most ${SLOWER_MAX} times as long as with as many as the server can do with`,
  rounds: 3,
  options: { pages: '1000', connections: '64', workers: '8', ms: '20' },
  async run(context) {
    const [connections, workers] = [numberOption(context, 'connections'), numberOption(context, 'workers')];
    const candidates: Candidate[] = [
      { what: `a server that does all ${connections} at a time`, workers: connections, beyond: 'waits' },
      { what: `a server that does ${workers}, the others wait`, workers, beyond: 'waits' },
      { what: `a server that does ${workers}, and refuses the others`, workers, beyond: 'refuses' },
    ];
    const rows: Row[] = [];
    for (const candidate of candidates) rows.push(await measure(context, candidate));
    return rows;
  },
};

async function measure(context: BenchContext, { what, workers, beyond }: Candidate): Promise<Row> {
  const [pages, ms] = [numberOption(context, 'pages'), numberOption(context, 'ms')];
  const server = await startSmallServer(workers, ms, beyond);
  const fetchAll = async (): Promise<Outcome> => {
    const upstream = openUpstream(server.url, { pageConnections: numberOption(context, 'connections') });
    await server.takeCount();
    const startedMs = performance.now();
    try {
      const { signal } = new AbortController();
      const names = Array.from({ length: pages }, (_, at) => normalizeName(`p${at}`));
      await Promise.all(
        names.map((name) => upstream.detail({ name, validator: null, encoding: 'gzip' }, signal)),
      );
    } finally {
      await upstream.close();
    }
    const seconds = (performance.now() - startedMs) / 1000;
    return { seconds, ...(await server.takeCount()) };
  };
  try {
    const { all } = await alternate({ all: fetchAll }, context.rounds, { say: context.say });
    const idealSeconds = (pages * (ms + ANSWER_MS_MORE)) / workers / 1000;
    const slower = spread(all.map(({ seconds }) => seconds / idealSeconds));
    const refused = Math.max(...all.map((one) => one.refused / (one.answered + one.refused)));
    const most = Math.max(...all.map(({ mostAtOnce }) => mostAtOnce));
    const shown = shownSpread(spread(all.map(({ seconds }) => seconds)));
    return {
      what: `${pages} pages of ${ms} ms from ${what}`,
      measured: `${shown} s, at most ${most} at a time, ${(refused * 100).toFixed(1)} % refused`,
      against: `as many at a time as it does: ${idealSeconds.toFixed(2)} s, computed`,
      ratio: shownSpread(slower),
      peakMb: null,
      goal: `<= ${SLOWER_MAX}, refused <= ${REFUSED_SHARE_MAX * 100} %`,
      holds: slower.median <= SLOWER_MAX && refused <= REFUSED_SHARE_MAX,
    };
  } finally {
    await server.close();
  }
}
