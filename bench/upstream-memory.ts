/**
 * Measures the peak of resident memory while upstream sends the largest answers that are let in, honest and hostile.
 *
 *     node bench/upstream-memory.ts [part of a scenario's name]
 *
 * The server is in this process; each answer is read by a child of its own, whose peak the kernel reports (Linux only).
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { systemClock } from '../src/clock.ts';
import { silent } from '../src/events.ts';
import { normalizeName } from '../src/pypi/names.ts';
import type { Upstream } from '../src/upstream/contract.ts';
import { createUpstream } from '../src/upstream/index.ts';

const MIB = 1024 * 1024;
const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const HTML_TYPE = 'text/html';
const never = new AbortController().signal;

type Pieces = Generator<string, void, undefined>;

/** A list with commas between its items, as one large piece per thousand. */
function* joined(count: number, item: (index: number) => string): Pieces {
  for (let from = 0; from < count; from += 1000) {
    const items = Array.from({ length: Math.min(1000, count - from) }, (_, index) => item(from + index));
    yield (from > 0 ? ',' : '') + items.join(',');
  }
}

function* page(inner: Pieces, key: string): Pieces {
  yield `{"meta":{"api-version":"1.4"},"name":"foo",${key === 'files' ? '' : '"files":[],'}"${key}":[`;
  yield* inner;
  yield ']}';
}

function* changelog(since: number): Pieces {
  yield "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n";
  for (let serial = since + 1; since === 0 && serial <= 50_000; serial++)
    yield `<value><array><data>\n<value><string>project-${serial}</string></value>\n<value><string>1.0.${serial}</string></value>\n<value><int>1795000000</int></value>\n<value><string>add py3 file project_${serial}-1.0-py3-none-any.whl</string></value>\n<value><int>${serial}</int></value>\n</data></array></value>\n`;
  yield '</data></array></value>\n</param>\n</params>\n</methodResponse>\n';
}

function* list(): Pieces {
  yield '{"meta":{"_last-serial":1,"api-version":"1.4"},"projects":[';
  yield* joined(800_000, (index) => `{"_last-serial":${index},"name":"Project.${index}"}`);
  yield ']}';
}

const hex = (index: number) => index.toString(16).padStart(64, '0');

/** As long as PyPI's entries, all keys present. */
function fileEntry(index: number): string {
  const filename = `foo-1.${index}-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`;
  const sha256 = `{"sha256":"${hex(index)}"}`;
  return `{"core-metadata":${sha256},"data-dist-info-metadata":${sha256},"filename":"${filename}","hashes":${sha256},"provenance":null,"requires-python":">=3.9","size":${index},"upload-time":"2026-01-01T00:00:00.000000Z","url":"https://files.example/packages/aa/bb/${hex(index)}/${filename}","yanked":false}`;
}

function* html(inner: Pieces): Pieces {
  yield '<!DOCTYPE html><html><head><title>Simple index</title></head><body>';
  yield* inner;
  yield '</body></html>';
}

function* times(count: number, item: (index: number) => string): Pieces {
  for (let from = 0; from < count; from += 1000)
    yield Array.from({ length: Math.min(1000, count - from) }, (_, index) => item(from + index)).join('');
}

const listLink = (index: number) => `<a href="/simple/project-${index}/">Project.${index}</a><br/>\n`;

/** As PyPI writes it. */
function fileLink(index: number): string {
  const filename = `foo-1.${index}-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`;
  const href = `https://files.example/packages/aa/bb/${hex(index)}/${filename}#sha256=${hex(index)}`;
  return `<a href="${href}" data-requires-python="&gt;=3.9" data-core-metadata="sha256=${hex(index)}">${filename}</a><br />\n`;
}

/** As long as PyPI's entries in the JSON API. */
function apiEntry(index: number): string {
  const filename = `foo-1.${index}-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`;
  const digests = `{"blake2b_256":"${hex(index)}","md5":"${hex(index)}","sha256":"${hex(index)}"}`;
  return `{"comment_text":null,"core-metadata":false,"digests":${digests},"downloads":-1,"filename":"${filename}","has_sig":false,"md5_digest":"${hex(index)}","packagetype":"bdist_wheel","python_version":"cp313","requires_python":">=3.9","size":${index},"upload_time":"2026-01-01T00:00:00","upload_time_iso_8601":"2026-01-01T00:00:00.000000Z","url":"https://files.example/packages/aa/bb/${hex(index)}/${filename}","yanked":false,"yanked_reason":null}`;
}

interface Scenario {
  readonly name: string;
  /** @default JSON of the Simple API */
  readonly type?: string;
  readonly pieces: () => Pieces;
  readonly read: (upstream: Upstream) => Promise<unknown>;
}

const detail = (upstream: Upstream) =>
  upstream.detail({ name: normalizeName('foo'), validator: null, encoding: 'identity' }, never);

async function count(batches: AsyncIterable<readonly unknown[]>): Promise<number> {
  let total = 0;
  for await (const batch of batches) total += batch.length;
  return total;
}

const listed = async (upstream: Upstream) => count((await upstream.projects(never)).batches);

const api = (upstream: Upstream) =>
  upstream.document(
    { what: 'json-api', name: normalizeName('foo'), validator: null, encoding: 'identity' },
    never,
  );

const changes = (upstream: Upstream) => count(upstream.changes(0, never));

const SCENARIOS: readonly Scenario[] = [
  { name: 'nothing', pieces: () => changelog(50_000), read: async () => 0 },
  { name: 'a changelog answer of 50,000 rows', pieces: () => changelog(0), read: changes },
  { name: 'a list of 800,000 projects', pieces: list, read: listed },
  {
    name: 'a list of 800,000 projects in HTML',
    type: HTML_TYPE,
    pieces: () => html(times(800_000, listLink)),
    read: listed,
  },
  {
    name: 'a page of 20,000 files in HTML',
    type: HTML_TYPE,
    pieces: () => html(times(20_000, fileLink)),
    read: detail,
  },
  {
    name: 'a JSON API document of 20,000 files',
    pieces: () => page(joined(20_000, apiEntry), 'x'),
    read: api,
  },
  { name: 'a page of 10,000 files', pieces: () => page(joined(10_000, fileEntry), 'files'), read: detail },
  { name: 'a page of 23,000 files', pieces: () => page(joined(23_000, fileEntry), 'files'), read: detail },
  {
    name: 'six pages of 10,000 files at once, all kept',
    pieces: () => page(joined(10_000, fileEntry), 'files'),
    read: (upstream) => Promise.all(Array.from({ length: 6 }, () => detail(upstream))),
  },
  {
    name: 'hostile: 15 MiB of text',
    pieces: () =>
      page(
        joined(1, () => `"${'é'.repeat(7.5 * MIB)}"`),
        'x',
      ),
    read: detail,
  },
  {
    name: 'hostile: 7.9 Mi characters beyond Latin-1',
    pieces: () =>
      page(
        joined(1, () => `"${'x'.repeat(7.9 * MIB)}\u4e2d"`),
        'x',
      ),
    read: detail,
  },
  {
    name: 'hostile: an escape that would double 7.9 MiB',
    pieces: () =>
      page(
        joined(1, () => `"${'x'.repeat(7.9 * MIB)}\\u4e2d"`),
        'x',
      ),
    read: detail,
  },
  {
    name: 'hostile: as many [] as pass',
    pieces: () =>
      page(
        joined(195_000, () => '[]'),
        'x',
      ),
    read: detail,
  },
  {
    name: 'hostile: as many {} as pass',
    pieces: () =>
      page(
        joined(195_000, () => '{}'),
        'x',
      ),
    read: detail,
  },
  {
    name: 'hostile: as many {"k":[]} as pass',
    pieces: () =>
      page(
        joined(130_000, (index) => `{"${index}":[]}`),
        'x',
      ),
    read: detail,
  },
  {
    name: 'hostile: as many numbers as pass',
    pieces: () =>
      page(
        joined(395_000, () => '1.5'),
        'x',
      ),
    read: detail,
  },
  {
    name: 'hostile: as many {} as pass in the JSON API',
    pieces: () =>
      page(
        joined(299_000, () => '{}'),
        'x',
      ),
    read: api,
  },
  {
    name: 'hostile: 23 MiB of text in the JSON API',
    pieces: () =>
      page(
        joined(1, () => `"${'é'.repeat(11.5 * MIB)}"`),
        'x',
      ),
    read: api,
  },
  {
    name: 'hostile: as many tags as pass in HTML',
    type: HTML_TYPE,
    pieces: () => html(times(399_000, () => '<a href=x>')),
    read: detail,
  },
  {
    name: 'hostile: 15 MiB of attributes in HTML',
    type: HTML_TYPE,
    pieces: function* () {
      yield '<html><a ';
      yield* times(2_000_000, (index) => `${index.toString(36)} `);
    },
    read: detail,
  },
  {
    name: 'hostile: a list in HTML that never ends a tag',
    type: HTML_TYPE,
    pieces: function* () {
      yield '<html><a ';
      for (;;) yield* times(1_000_000, (index) => `${index.toString(36)}=">" `);
    },
    read: listed,
  },
  {
    name: 'hostile: a list in HTML of links within links',
    type: HTML_TYPE,
    pieces: () => html(times(4_000_000, (index) => `<b><a href=p${index}>`)),
    read: listed,
  },
];

async function send(response: ServerResponse, pieces: Pieces): Promise<void> {
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await new Promise((go) => response.once('drain', go));
  }
  response.end();
}

/** In a thread of its own, for the main one waits for its children. */
function serve(): void {
  const server = createServer((request, response) => {
    const scenario = SCENARIOS[Number(/^\/(\d+)\//.exec(request.url ?? '')?.[1])];
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const rpc = request.method === 'POST';
      response.writeHead(200, { 'content-type': rpc ? 'text/xml' : (scenario?.type ?? JSON_TYPE) });
      const since = Number(/<int>(\d+)/.exec(body)?.[1] ?? 0);
      void send(response, rpc ? changelog(since) : (scenario?.pieces() ?? changelog(1)));
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
}

async function read(index: number, port: number): Promise<void> {
  setFlagsFromString('--optimize-for-size'); // As bin/jubjub.js does.
  const upstream = createUpstream(
    {
      url: `http://127.0.0.1:${port}/${index}`,
      changes: SCENARIOS[index]?.type === HTML_TYPE ? 'poll' : 'changelog',
      contact: '',
      connectTo: null,
      proxy: null,
      caFile: null,
      fileHosts: [],
      allowHttp: false,
      expiryMs: 0,
      pageConnections: 6,
      fileConnections: 4,
      http2: true,
      rateBytesPerSecond: null,
      timeoutMs: 30_000,
    },
    { clock: systemClock, emit: silent, version: '0' },
  );
  await upstream.recognize({ kind: 'poll', index: '/simple/' }, never);
  const outcome = await SCENARIOS[index]?.read(upstream).then(
    () => 'read',
    (error: { code: string }) => error.code,
  );
  await upstream.close();
  const peakKb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  process.stdout.write(`${Math.round(peakKb / 1024)} MiB, ${outcome}`);
}

if (!isMainThread) serve();
else if (process.argv[3] !== undefined) await read(Number(process.argv[2]), Number(process.argv[3]));
else {
  const self = fileURLToPath(import.meta.url);
  const worker = new Worker(self);
  const [port] = (await once(worker, 'message')) as [number];
  const wanted = process.argv[2] ?? '';
  for (const [index, { name }] of SCENARIOS.entries()) {
    if (!name.includes(wanted)) continue;
    const child = spawnSync(process.execPath, [self, String(index), String(port)], { encoding: 'utf8' });
    process.stdout.write(`${name.padEnd(48)} ${child.stdout}${child.stderr}\n`);
  }
  await worker.terminate();
}
