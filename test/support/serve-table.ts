/** Requests to a served docroot and what each must be answered with, as data for any server under test. */
import path from 'node:path';
import type { BuiltDocroot } from './docroot.ts';
import { SDIST, type ServeCase, WHEEL, WHEEL_BYTES } from './serve-docroot.ts';
import { apiCases, pageCases, redirectCases, reportCases, twinCases } from './serve-table-pages.ts';

const notFound = {
  status: 404,
  answerHeaders: { 'content-type': 'text/plain', etag: null },
  body: '404 Not Found',
} as const;
const badRequest = { status: 400, answerHeaders: { 'content-type': 'text/plain' } } as const;

function fileCases(docroot: BuiltDocroot): ServeCase[] {
  const target = `/${docroot.paths.get(WHEEL)}`;
  const immutable = 'max-age=365000000, immutable, public';
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': '20',
    'cache-control': immutable,
    'accept-ranges': 'bytes',
    etag: /^"[0-9a-f]+-[0-9a-f]+"$/,
    'last-modified': /GMT$/,
    vary: null,
    'content-encoding': null,
    'x-pypi-last-serial': null,
  };
  const part = (from: number, to: number) => ({
    status: 206,
    answerHeaders: {
      ...headers,
      'content-length': String(to - from + 1),
      'content-range': `bytes ${from}-${to}/20`,
    },
    body: WHEEL_BYTES.subarray(from, to + 1),
    plainServerToo: true as const,
  });
  return [
    { name: 'a wheel', target, status: 200, answerHeaders: headers, body: WHEEL_BYTES, plainServerToo: true },
    {
      name: 'a wheel, its plus escaped',
      target: target.replace('+', '%2B'),
      status: 200,
      body: WHEEL_BYTES,
      plainServerToo: true,
    },
    {
      name: 'a wheel with a query',
      target: `${target}?x=1`,
      status: 200,
      body: WHEEL_BYTES,
      plainServerToo: true,
    },
    {
      name: 'an sdist is not taken for gzip coding',
      target: `/${docroot.paths.get(SDIST)}`,
      status: 200,
      answerHeaders: { ...headers, 'content-length': '14' },
      body: 'no gzip at all',
      plainServerToo: true,
    },
    {
      name: 'HEAD of a wheel',
      method: 'HEAD',
      target,
      status: 200,
      answerHeaders: headers,
      body: '',
      plainServerToo: true,
    },
    {
      name: 'core metadata',
      target: `${target}.metadata`,
      status: 200,
      answerHeaders: { ...headers, 'content-length': '22' },
      body: 'Metadata-Version: 2.1\n',
      plainServerToo: true,
    },
    {
      name: 'attestations',
      target: `${target}.provenance`,
      status: 200,
      answerHeaders: {
        'content-type': 'application/vnd.pypi.integrity.v1+json',
        'cache-control': 'max-age=600, public',
      },
      body: '{"version":1}',
      plainServerToo: true,
    },
    { name: 'a range', target, headers: { range: 'bytes=2-5' }, ...part(2, 5) },
    { name: 'an open range', target, headers: { range: 'bytes=15-' }, ...part(15, 19) },
    { name: 'a suffix range', target, headers: { range: 'bytes=-4' }, ...part(16, 19) },
    {
      name: 'several ranges get the whole',
      target,
      headers: { range: 'bytes=0-1,5-6' },
      status: 200,
      body: WHEEL_BYTES,
    },
    {
      name: 'a range beyond the end',
      target,
      headers: { range: 'bytes=20-' },
      status: 416,
      answerHeaders: {
        'content-range': 'bytes */20',
        'content-type': 'text/plain',
        etag: null,
        'cache-control': null,
      },
    },
    {
      name: 'a range of another version gets the whole',
      target,
      headers: { range: 'bytes=2-5', 'if-range': '"other"' },
      status: 200,
      body: WHEEL_BYTES,
      plainServerToo: true,
    },
  ];
}

function refusedCases(docroot: BuiltDocroot): ServeCase[] {
  const wheel = `/${docroot.paths.get(WHEEL)}`;
  const notAllowed = { status: 405, answerHeaders: { allow: 'GET, HEAD' } };
  return [
    { name: 'an unknown project', target: '/simple/boojum/', ...notFound },
    { name: 'no project name at all', target: '/simple/-/', ...notFound },
    { name: 'the file behind a page', target: '/simple/snark/index.html', ...notFound },
    { name: 'an unknown file', target: `${wheel}.asc`, ...notFound },
    { name: 'a file as a directory', target: `${wheel}/`, ...notFound },
    { name: 'below a file', target: `${wheel}/x`, ...notFound },
    { name: 'no listing of packages', target: '/packages/', ...notFound },
    { name: 'no listing below packages', target: path.posix.dirname(path.posix.dirname(wheel)), ...notFound },
    { name: 'something else', target: '/pypi', ...notFound },
    { name: 'an empty segment', target: '//simple/', ...notFound },
    {
      name: 'a name longer than any file system takes',
      target: `/packages/${'x'.repeat(5000)}`,
      ...notFound,
    },
    { name: 'a dotfile', target: '/packages/.hidden', ...notFound },
    { name: 'a link out of the docroot', target: '/packages/way-out', ...notFound },
    { name: 'through a link out of the docroot', target: '/packages/way-out-too/catalogue.db', ...notFound },
    { name: 'dot segments', target: '/packages/../../state/catalogue.db', ...badRequest },
    { name: 'encoded dot segments', target: '/packages/%2e%2e/%2e%2e/state/catalogue.db', ...badRequest },
    { name: 'encoded slashes', target: '/packages/..%2f..%2fstate%2fcatalogue.db', ...badRequest },
    { name: 'backslashes', target: '/packages/..\\..\\state\\catalogue.db', ...badRequest },
    { name: 'encoded backslashes', target: '/packages/..%5c..%5cstate', ...badRequest },
    { name: 'NUL', target: '/packages/a%00b', ...badRequest },
    { name: 'a broken escape', target: '/simple/%zz/', ...badRequest },
    { name: 'broken UTF-8', target: '/packages/%ff', ...badRequest },
    { name: 'POST', method: 'POST', target: '/simple/', ...notAllowed },
    { name: 'POST that is no call', method: 'POST', target: '/pypi', ...notAllowed },
    { name: 'PUT to anywhere', method: 'PUT', target: '/nowhere', ...notAllowed },
    { name: 'OPTIONS', method: 'OPTIONS', target: '*', ...notAllowed },
  ];
}

/** All cases over the docroot that `buildTableDocroot` made. */
export function serveTable(docroot: BuiltDocroot): ServeCase[] {
  const pages = [pageCases(), twinCases(), redirectCases(), apiCases(), reportCases()];
  return [...pages, fileCases(docroot), refusedCases(docroot)].flat();
}
