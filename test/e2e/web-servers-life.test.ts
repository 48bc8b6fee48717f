/**
 * Goal: what the printed configurations do over time and in other places: validators, pages that are replaced and taken
 * down, a path before the docroot, gzipped twins that are not to be used, directories with odd names.
 * Method: each server over a docroot of its own, which the test changes as publishing does, by rename.
 */
import assert from 'node:assert/strict';
import { renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { startServer } from '../../src/serve/server.ts';
import { type BuiltDocroot, detailHtml, detailJson } from '../support/docroot.ts';
import { ask } from '../support/http-ask.ts';
import { buildTableDocroot, TULGEY, V1_HTML, V1_JSON, WHEEL } from '../support/serve-docroot.ts';
import { serveTable } from '../support/serve-table.ts';
import { freePort } from '../support/server-child.ts';
import { withTempDir } from '../support/temp.ts';
import { formatRequests, nameRequests } from '../support/web-server-cases.ts';
import { differences } from '../support/web-server-compare.ts';
import {
  printedConfiguration,
  startConfigured,
  WEB_SERVERS_UNDER_TEST,
  type WebServerUnderTest,
  writeMirrorToml,
} from '../support/web-servers.ts';

const PAGE = '/simple/tulgey-wood/';
const EVERYTHING = 'json-api = true\nprecompress = true';

interface Started {
  readonly url: string;
  readonly docroot: BuiltDocroot;
  readonly place: string;
}

async function started(
  t: TestContext,
  server: WebServerUnderTest,
  pages = EVERYTHING,
  name = 'mirror',
): Promise<Started> {
  const parent = withTempDir(t);
  const place = path.join(parent, name);
  const toml = writeMirrorToml(place, pages);
  const docroot = buildTableDocroot(place);
  const running = await startConfigured(server, toml, parent);
  t.after(() => running.close());
  return { url: running.url, docroot, place };
}

/** Puts a page where it belongs as publishing does; `second` is its modification time. */
function publish(docroot: BuiltDocroot, docrootPath: string, content: string, second: number): void {
  const file = path.join(docroot.directory, docrootPath);
  writeFileSync(`${file}.new`, content);
  utimesSync(`${file}.new`, second, second);
  renameSync(`${file}.new`, file);
}

for (const server of WEB_SERVERS_UNDER_TEST) {
  describe(`${server.name} as configured`, { skip: server.missing }, () => {
    test('a page, its twin and the JSON API are asked for again by their ETags, not by dates', async (t) => {
      const { url } = await started(t, server);
      const conditions = [
        { accept: V1_JSON },
        { accept: V1_HTML },
        { accept: V1_JSON, 'accept-encoding': 'gzip' },
        { accept: 'text/html', 'accept-encoding': 'gzip' },
      ];
      const requests = [
        ...conditions.map((headers) => ({ target: PAGE, headers })),
        { target: '/pypi/tulgey-wood/json', headers: {} },
        { target: '/status.json', headers: {} },
      ];
      const tags: string[] = [];
      for (const { target, headers } of requests) {
        const first = await ask(url, { target, headers });
        const etag = String(first.headers.etag);
        tags.push(etag);
        for (const tag of [etag, `"x", ${etag}`, '*']) {
          const again = await ask(url, { target, headers: { ...headers, 'if-none-match': tag } });
          assert.equal(again.status, 304, `${target} ${tag}`);
          assert.equal(again.body.length, 0);
          assert.equal(again.headers.etag, etag);
          assert.equal(again.headers['cache-control'], first.headers['cache-control']);
          assert.equal(again.headers.vary, first.headers.vary);
        }
        const since = { ...headers, 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' };
        assert.equal((await ask(url, { target, headers: since })).status, 200);
        const other = { ...headers, 'if-none-match': '"other"' };
        assert.equal((await ask(url, { target, headers: other })).status, 200);
      }
      // Protocol trap 17: what is gzipped and what is not are different, as JSON and HTML are.
      const [json, html, jsonGzip, htmlGzip] = tags;
      assert.equal(new Set([json, html, jsonGzip, htmlGzip]).size, 4, tags.join(' '));
    });

    test('documents that are replaced have no ranges', async (t) => {
      const { url } = await started(t, server);
      for (const target of [PAGE, '/pypi/tulgey-wood/json', '/status.json']) {
        const answer = await ask(url, { target, headers: { range: 'bytes=0-3' } });
        assert.equal(answer.status, 200, target);
        assert.equal(answer.headers['accept-ranges'], undefined, target);
      }
    });

    test('a file is asked for again by its ETag or its date, and resumed by If-Range', async (t) => {
      const { url, docroot } = await started(t, server);
      const file = path.join(docroot.directory, docroot.paths.get(WHEEL) ?? '');
      // Old enough for a strong ETag (RFC 9110 §8.8.2.2).
      utimesSync(file, 1_700_000_000, 1_700_000_000);
      const target = `/${docroot.paths.get(WHEEL)}`;
      const { headers } = await ask(url, { target });
      const etag = String(headers.etag);
      const since = String(headers['last-modified']);
      assert.equal((await ask(url, { target, headers: { 'if-none-match': etag } })).status, 304);
      assert.equal((await ask(url, { target, headers: { 'if-modified-since': since } })).status, 304);
      assert.equal((await ask(url, { target, headers: { 'if-match': '"other"' } })).status, 412);
      const rest = await ask(url, { target, headers: { range: 'bytes=10-', 'if-range': etag } });
      assert.equal(rest.status, 206);
      assert.equal(rest.body.toString(), 'abcdefghij');
    });

    test('a page that is replaced or taken down is seen at once', async (t) => {
      const { url, docroot } = await started(t, server);
      const asked = { target: PAGE, headers: { accept: V1_JSON } };
      const tags = new Set<unknown>();
      for (const serial of [43, 44, 45]) {
        const page = detailJson({ ...TULGEY, serial });
        publish(docroot, 'simple/tulgey-wood/index.v1_json', page, 1_700_000_000 + serial);
        const answer = await ask(url, asked);
        assert.equal(answer.body.toString(), page);
        tags.add(answer.headers.etag);
      }
      assert.equal(tags.size, 3, 'the ETag changes with the page');
      rmSync(path.join(docroot.directory, 'simple/tulgey-wood'), { recursive: true });
      assert.equal((await ask(url, asked)).status, 404);
    });

    test('a page whose twin is missing goes out as it is', async (t) => {
      const { url, docroot } = await started(t, server);
      rmSync(path.join(docroot.directory, 'simple/tulgey-wood/index.html.gz'));
      const answer = await ask(url, { target: PAGE, headers: { 'accept-encoding': 'gzip' } });
      assert.equal(answer.headers['content-encoding'], undefined);
      assert.equal(answer.body.toString(), detailHtml(TULGEY));
    });

    test('without precompress and json-api, twins and documents that are there are not sent', async (t) => {
      const { url } = await started(t, server, '');
      for (const accept of [V1_JSON, V1_HTML, '*/*']) {
        const answer = await ask(url, { target: PAGE, headers: { accept, 'accept-encoding': 'gzip' } });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers['content-encoding'], undefined);
        assert.match(answer.body.toString(), /tulgey_wood-1\.0/);
      }
      const document = await ask(url, { target: '/pypi/tulgey-wood/json' });
      assert.equal(document.status, 404);
      assert.equal(document.body.toString(), '{"message": "Not Found"}');
    });

    test('below a path, everything is as without it, and nothing is outside', async (t) => {
      const prefix = '/pypi.mirror/~one';
      const pages = `${EVERYTHING}\nbase-url = "http://127.0.0.1${prefix}/"`;
      const { url, docroot } = await started(t, server, pages);
      const serve = await startServer({ docroot: docroot.directory, host: '127.0.0.1', port: 0 });
      t.after(() => serve.close());
      const simple = serveTable(docroot).filter(
        ({ target, serveOnly, name }) =>
          serveOnly !== true &&
          /^\/(?:simple|packages|pypi|status|last)/.test(target) &&
          !/link|range beyond|UTF-8|NUL|escape|HEAD of a gzipped/.test(name),
      );
      for (const one of [...simple, ...nameRequests(), ...formatRequests()]) {
        const plain = await ask(serve.url, one);
        const expected = {
          ...plain,
          headers: plain.headers.location
            ? { ...plain.headers, location: `${prefix}${plain.headers.location}` }
            : plain.headers,
        };
        const answer = await ask(url, { ...one, target: `${prefix}${one.target}` });
        assert.deepEqual(differences(expected, answer), {}, one.name);
      }
      const bare = await ask(url, { target: prefix });
      assert.deepEqual([bare.status, bare.headers.location], [301, `${prefix}/`]);
      assert.match((await ask(url, { target: `${prefix}/` })).body.toString(), /--index-url/);
      for (const target of [
        '/',
        PAGE,
        '/simple',
        '/status.json',
        '/pypiXmirror/~one/simple/',
        `${prefix}x/simple/`,
      ])
        assert.equal((await ask(url, { target })).status, 404, target);
    });

    test('a directory with blanks, quotation marks and semicolons is served', async (t) => {
      const { url } = await started(t, server, EVERYTHING, `a "b"; c'd #e & (f) ü`);
      for (const target of [PAGE, '/status.json', '/pypi/tulgey-wood/json'])
        assert.equal((await ask(url, { target })).status, 200, target);
    });

    test('the docroot may be a symbolic link', async (t) => {
      const place = path.join(withTempDir(t), 'mirror');
      const toml = writeMirrorToml(place, EVERYTHING);
      const { directory } = buildTableDocroot(place);
      renameSync(directory, path.join(place, 'really'));
      symlinkSync(path.join(place, 'really'), directory);
      const running = await startConfigured(server, toml);
      t.after(() => running.close());
      assert.equal((await ask(running.url, { target: PAGE })).status, 200);
    });

    test('its own check finds no fault with any variant', async (t) => {
      const place = withTempDir(t);
      const bases = [
        '',
        'http://pypi.example.org:8080',
        'https://pypi.example.org:8443/pypi-mirror',
        'http://[::1]/',
      ];
      for (const base of bases) {
        for (const options of ['', 'json-api = true', 'precompress = true', EVERYTHING]) {
          const toml = writeMirrorToml(place, `base-url = "${base}"\n${options}`);
          buildTableDocrootOnce(place);
          const text = await printedConfiguration(server.name, toml, '--port', String(await freePort()));
          const { status, said } = server.check(path.join(place, server.name), text);
          assert.equal(status, 0, `${base} ${options}: ${said}\n${text}`);
          assert.doesNotMatch(said, /\[warn\]|not formatted/);
        }
      }
    });
  });
}

const built = new Set<string>();

function buildTableDocrootOnce(place: string): void {
  if (!built.has(place)) buildTableDocroot(place);
  built.add(place);
}
