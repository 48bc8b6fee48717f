/** A changelog of PyPI's proportions, as an upstream over loopback that answers `changelog_since_serial` with gzip. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { ChangelogRow } from '../../src/pypi/types.ts';
import { type Prng, seeded } from '../../test/support/prng.ts';
import { askedSince, rowsXml, valueXml } from '../../test/support/upstream-xml.ts';

/** The limit of PyPI's own answers. */
export const ROWS_PER_ANSWER = 50_000;
/** Two rows a second or so, as in 2025. */
const ROWS_PER_S = 2;
const STARTED_S = 1_795_000_000;

/** Of a thousand rows, so many begin with this; the rest are uploads (a new release, then its files). */
const RARE: readonly (readonly [perMille: number, action: string, hasVersion: boolean])[] = [
  [12, 'create', false],
  [12, 'add Owner alice', false],
  [9, 'remove release', true],
  [6, 'yank release', true],
  [5, 'remove project', false],
  [3, 'change Maintainer bob to Owner', false],
  [3, 'project quarantined', false],
  [2, 'invite Maintainer carol', false],
];

/** Rows of serials from `first` on: uploads of a wheel and an sdist for the most part, names from a few ten thousand projects. */
export function changelogRows(count: number, first: number, seed = 1): ChangelogRow[] {
  const prng = seeded(seed);
  const rows: ChangelogRow[] = [];
  const add = (name: string, version: string | null, action: string) => {
    const timestampS = STARTED_S + Math.floor(rows.length / ROWS_PER_S);
    rows.push({ name, version, timestampS, action, serial: first + rows.length * 2 });
  };
  while (rows.length < count) addOne(prng, add);
  return rows.slice(0, count);
}

type Add = (name: string, version: string | null, action: string) => void;

function addOne(prng: Prng, add: Add): void {
  const name = projectName(prng);
  const version = `${prng.int(30)}.${prng.int(40)}.${prng.int(10)}`;
  let draw = prng.int(1000);
  for (const [perMille, action, hasVersion] of RARE) {
    draw -= perMille;
    if (draw < 0) {
      add(name, hasVersion ? version : null, action);
      return;
    }
  }
  const file = name.replaceAll(/[-.]+/g, '_').toLowerCase();
  add(name, version, 'new release');
  add(name, version, `add py3 file ${file}-${version}-py3-none-any.whl`);
  add(name, version, `add source file ${file}-${version}.tar.gz`);
}

const SYLLABLES = ['py', 'Data', 'flow', 'kit', 'ml', 'API', 'cloud', 'test', 'lib', 'auto', 'Net', 'graph'];

function projectName(prng: Prng): string {
  const part = () => prng.pick(SYLLABLES);
  return [part(), `${part()}${part()}`, prng.int(40)].join(prng.chance(0.25) ? '_' : '-');
}

/** Serves these rows on a free port; answers from memory, so that a client alone is measured. */
export async function serveChangelog(rows: readonly ChangelogRow[]): Promise<{ url: string; close(): void }> {
  const head = rows.at(-1)?.serial ?? 0;
  const answers = new Map<number, Buffer>();
  let since = (rows[0]?.serial ?? 1) - 1;
  for (let at = 0; at < rows.length; at += ROWS_PER_ANSWER) {
    const part = rows.slice(at, at + ROWS_PER_ANSWER);
    answers.set(since, gzipSync(rowsXml(part)));
    since = part.at(-1)?.serial ?? since;
  }
  const empty = gzipSync(rowsXml([]));
  const headAnswer = gzipSync(valueXml(head));
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const asksHead = body.includes('changelog_last_serial');
    const answer = asksHead ? headAnswer : (answers.get(askedSince(body)) ?? empty);
    response.writeHead(200, { 'content-type': 'text/xml', 'content-encoding': 'gzip' }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
