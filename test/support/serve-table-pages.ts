/** Serve cases: pages in all their representations, redirects to them, reports. */
import { detailHtml, detailJson, listHtml, listJson } from './docroot.ts';
import { PROJECTS, type ServeCase, TULGEY, V1_HTML, V1_JSON } from './serve-docroot.ts';

function page(
  type: string,
  body: string,
  serial: number,
): Pick<ServeCase, 'status' | 'answerHeaders' | 'body'> {
  return {
    status: 200,
    body,
    answerHeaders: {
      'content-type': type,
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'max-age=600, public',
      vary: 'Accept',
      etag: /^"[\w-]{32}-(?:text|html|json)"$/,
      'x-pypi-last-serial': String(serial),
      'last-modified': null,
      'content-encoding': null,
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
    { name: 'the welcome', target: '/', status: 200, answerHeaders: { 'content-type': 'text/plain' } },
  ];
}
