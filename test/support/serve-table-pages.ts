/** Serve cases: pages in all their representations, their twins, redirects to them, the JSON API, reports. */
import { BUCKET_TEXT, detailHtml, detailJson, listHtml, listJson } from './docroot.ts';
import {
  apiJson,
  PROJECTS,
  type ServeCase,
  TULGEY,
  TULGEY_TWINS,
  V1_HTML,
  V1_JSON,
} from './serve-docroot.ts';

function page(
  type: string,
  body: string | Buffer,
  serial: number,
  contentEncoding: string | null = null,
): Pick<ServeCase, 'status' | 'answerHeaders' | 'body'> {
  return {
    status: 200,
    body,
    answerHeaders: {
      'content-type': type,
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'max-age=600, public',
      vary: 'Accept, Accept-Encoding',
      etag: /^"[\w-]{32}-(?:text|html|json)"$/,
      'x-pypi-last-serial': String(serial),
      'last-modified': null,
      'content-encoding': contentEncoding,
    },
  };
}

export function pageCases(): ServeCase[] {
  const html = page('text/html', detailHtml(TULGEY), 42);
  const v1Html = page(V1_HTML, detailHtml(TULGEY), 42);
  const json = page(V1_JSON, detailJson(TULGEY), 42);
  const target = '/simple/tulgey-wood/';
  const devpi = `${V1_HTML};q=0.2, ${V1_JSON}, text/html;q=0.01`;
  return [
    { name: 'a page without Accept is text/html', target, ...html, plainServerToo: true },
    { name: 'a page for */* is text/html', target, headers: { accept: '*/*' }, ...html },
    { name: 'an unknown type gets text/html, never 406', target, headers: { accept: 'image/png' }, ...html },
    {
      name: 'application/json gets text/html, as on PyPI',
      target,
      headers: { accept: 'application/json' },
      ...html,
    },
    { name: 'v1+json is answered exactly so', target, headers: { accept: V1_JSON }, ...json },
    { name: 'v1+html is answered exactly so', target, headers: { accept: V1_HTML }, ...v1Html },
    { name: 'devpi gets JSON', target, headers: { accept: devpi }, ...json },
    {
      name: 'latest+json is answered with the concrete type',
      target,
      headers: { accept: 'application/vnd.pypi.simple.latest+json' },
      ...json,
    },
    {
      name: '?format= beats Accept',
      target: `${target}?format=${V1_JSON}`,
      headers: { accept: V1_HTML },
      ...json,
    },
    {
      name: 'HEAD has the headers and no body',
      method: 'HEAD',
      target,
      ...html,
      body: '',
      plainServerToo: true,
    },
    {
      name: 'the project list as HTML',
      target: '/simple/',
      ...page('text/html', listHtml(PROJECTS), 42),
      plainServerToo: true,
    },
    {
      name: 'the project list as JSON',
      target: '/simple/',
      headers: { accept: V1_JSON },
      ...page(V1_JSON, listJson(PROJECTS), 42),
    },
    {
      name: 'absolute-form targets are understood',
      target: 'http://mirror.example/simple/tulgey-wood/',
      ...html,
      plainServerToo: true,
    },
  ];
}

/** A page with twins in one, which accepts gzip; the same of a page without. */
export function twinCases(): ServeCase[] {
  const target = '/simple/tulgey-wood/';
  const html = page('text/html', TULGEY_TWINS.html, 42, 'gzip');
  const json = page(V1_JSON, TULGEY_TWINS.json, 42, 'gzip');
  const plain = page('text/html', detailHtml(TULGEY), 42);
  const accepting = (encoding: string, accept = '*/*') => ({
    headers: { accept, 'accept-encoding': encoding },
  });
  return [
    { name: 'a page goes out gzipped', target, ...accepting('gzip'), ...html },
    { name: 'a JSON page goes out gzipped', target, ...accepting('gzip, deflate, br', V1_JSON), ...json },
    { name: 'HEAD of a gzipped page', method: 'HEAD', target, ...accepting('gzip'), ...html, body: '' },
    { name: 'gzip at a lower quality is gzip', target, ...accepting('br;q=1.0, gzip;q=0.8'), ...html },
    { name: 'gzip in capitals is gzip', target, ...accepting('GZIP'), ...html },
    { name: 'gzip refused by its quality', target, ...accepting('gzip;q=0, br'), ...plain },
    { name: 'gzip not named', target, ...accepting('br, deflate'), ...plain },
    { name: 'gzip not named, but all', target, ...accepting('*'), ...html, serveOnly: true },
    {
      name: 'the plain bytes liked better than gzip',
      target,
      ...accepting('gzip;q=0.5, identity'),
      ...plain,
      serveOnly: true,
    },
    {
      name: 'a page without a twin goes out as it is, and says that it may vary',
      target: '/simple/',
      ...accepting('gzip'),
      ...page('text/html', listHtml(PROJECTS), 42),
    },
    { name: 'a twin is no page', target: '/simple/tulgey-wood/index.html.gz', status: 404 },
  ];
}

/** The JSON API (protocol §3). Its serial may be above the page's, never below. */
export function apiCases(): ServeCase[] {
  const document = {
    status: 200,
    body: apiJson(TULGEY),
    answerHeaders: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(apiJson(TULGEY))),
      'cache-control': 'max-age=900, public',
      vary: null,
      'x-pypi-last-serial': '43',
      'last-modified': null,
      'content-encoding': null,
    },
  };
  const missing = {
    status: 404,
    answerHeaders: { 'content-type': 'application/json', 'x-pypi-last-serial': null, etag: null },
    body: '{"message": "Not Found"}',
  };
  return [
    { name: 'a JSON API document', target: '/pypi/tulgey-wood/json', ...document, plainServerToo: true },
    {
      name: 'HEAD of a JSON API document',
      method: 'HEAD',
      target: '/pypi/tulgey-wood/json',
      ...document,
      body: '',
      plainServerToo: true,
    },
    { name: 'a JSON API document by another spelling', target: '/pypi/Tulgey_Wood/json', ...document },
    {
      name: 'a JSON API document to one who takes gzip',
      target: '/pypi/tulgey-wood/json',
      headers: { 'accept-encoding': 'gzip' },
      ...document,
    },
    { name: 'a JSON API document that is not there', target: '/pypi/snark/json', ...missing },
    { name: 'a JSON API document of no name at all', target: '/pypi/-/json', ...missing, serveOnly: true },
    {
      name: 'a JSON API document of one release',
      target: '/pypi/tulgey-wood/1.0/json',
      ...missing,
      serveOnly: true,
    },
    {
      name: 'a JSON API document with a slash',
      target: '/pypi/Tulgey_Wood/json/',
      status: 301,
      answerHeaders: { location: '/pypi/tulgey-wood/json' },
      serveOnly: true,
    },
    { name: 'no page for people', target: '/pypi/tulgey-wood/', status: 404 },
  ];
}

export function redirectCases(): ServeCase[] {
  const to = (location: string) => ({
    status: 301,
    answerHeaders: { location, 'x-pypi-last-serial': null, vary: null },
  });
  return [
    { name: '/simple gets its slash', target: '/simple', ...to('/simple/') },
    { name: 'a project gets its slash', target: '/simple/snark', ...to('/simple/snark/') },
    { name: 'a name is normalized', target: '/simple/Tulgey_Wood/', ...to('/simple/tulgey-wood/') },
    {
      name: 'a name is normalized and gets its slash',
      target: '/simple/Tulgey.-_Wood',
      ...to('/simple/tulgey-wood/'),
    },
    { name: 'a redirect keeps the query', target: '/simple/Snark?a=b&c', ...to('/simple/snark/?a=b&c') },
  ];
}

export function reportCases(): ServeCase[] {
  const report = (type: string) => ({
    'content-type': type,
    'cache-control': 'no-cache',
    'x-pypi-last-serial': null,
    vary: null,
  });
  return [
    {
      name: 'last-modified',
      target: '/last-modified',
      status: 200,
      answerHeaders: report('text/plain'),
      body: '2026-01-01T00:00:00Z\n',
      plainServerToo: true,
    },
    {
      name: 'status.json',
      target: '/status.json',
      status: 200,
      answerHeaders: report('application/json'),
      body: '{"serial":7}\n',
      plainServerToo: true,
    },
    {
      name: 'manifest.json',
      target: '/manifest.json',
      status: 200,
      answerHeaders: report('application/json'),
      body: '{"version":1}\n',
      plainServerToo: true,
    },
    {
      name: 'a bucket of the completeness proof',
      target: '/manifest/0a3.sha256',
      status: 200,
      answerHeaders: report('text/plain'),
      body: BUCKET_TEXT,
      plainServerToo: true,
    },
    {
      name: 'a bucket without projects',
      target: '/manifest/0a4.sha256',
      status: 404,
      answerHeaders: { 'content-type': 'text/plain', etag: null },
      body: '404 Not Found',
    },
    { name: 'no listing of buckets', target: '/manifest/', status: 404 },
    { name: 'the welcome', target: '/', status: 200, answerHeaders: { 'content-type': 'text/plain' } },
  ];
}
