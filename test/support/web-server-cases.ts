/** More requests than the serve table has: what real clients say in Accept, and spellings of names. */
import type { Asked } from './http-ask.ts';
import { V1_HTML, V1_JSON } from './serve-docroot.ts';

export interface NamedRequest extends Asked {
  readonly name: string;
}

const PAGE = '/simple/tulgey-wood/';
const LATEST_JSON = 'application/vnd.pypi.simple.latest+json';
const LATEST_HTML = 'application/vnd.pypi.simple.latest+html';

/** As these clients sent them when this was written. */
const CLIENTS: readonly (readonly [who: string, accept: string])[] = [
  ['pip', `${V1_JSON}, ${V1_HTML}; q=0.1, text/html; q=0.01`],
  ['an old pip', 'text/html'],
  ['uv', `${V1_JSON}, ${V1_HTML};q=0.2, text/html;q=0.01`],
  ['pdm', `${V1_JSON}, ${V1_HTML}; q=0.1, text/html; q=0.01`],
  ['poetry', `${V1_JSON}, */*`],
  ['devpi', `${V1_HTML};q=0.2, ${V1_JSON}, text/html;q=0.01`],
  ['bandersnatch', V1_JSON],
  ['Firefox', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
  [
    'Chrome',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
  ],
  ['Java', 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'],
];

const ACCEPTS: readonly string[] = [
  '',
  '*/*',
  'text/*',
  'application/*',
  'application/json',
  'image/png',
  'nonsense',
  V1_HTML,
  V1_JSON.toUpperCase(),
  LATEST_JSON,
  LATEST_HTML,
  `${LATEST_JSON};q=0.3, ${V1_HTML};q=0.5`,
  `text/html, ${V1_JSON}`,
  `${V1_JSON}, text/html`,
  `*/*, ${V1_JSON}`,
  `*/*;q=0.9, ${V1_JSON};q=0.8`,
  `text/html;q=0.4, */*;q=0.5`,
  `text/html;q=0.4, ${V1_HTML};q=0.4, */*;q=0.5`,
  `${V1_HTML};q=0.1, application/*;q=0.5`,
  `${V1_JSON};q=0, */*`,
  `text/html;q=0, application/*`,
  'text/html;q=0',
  `${V1_JSON};q=0.0, ${V1_HTML};q=0.000, text/html;q=0.001`,
  `${V1_JSON} ; q=1.000 , text/html;q=0.999`,
  `text/html;level=1, ${V1_JSON};q=0.1`,
  `application/vnd.pypi.simple.v2+json, ${V1_JSON};q=0.5`,
  `x${V1_JSON}, text/html;q=0.1`,
  `${V1_JSON}x, text/html;q=0.1`,
];

/** One for every quality, so that no generated pattern goes unused. */
const QUALITIES = [
  '1',
  '1.0',
  '0.95',
  '0.9',
  '.8',
  '0.7',
  '0.65',
  '0.5',
  '0.4',
  '0.3',
  '0.2',
  '0.1',
  '0.05',
  '0.001',
];

export function acceptRequests(): NamedRequest[] {
  const accepts = [
    ...CLIENTS,
    ...ACCEPTS.map((accept) => [`Accept: ${accept}`, accept] as const),
    ...QUALITIES.flatMap((q) =>
      [`${V1_JSON};q=${q}, text/html;q=0`, `*/*;q=${q}`, `application/*;q=${q}, text/html;q=0.0`].map(
        (accept) => [`Accept: ${accept}`, accept] as const,
      ),
    ),
  ];
  return accepts.map(([name, accept]) => ({ name, target: PAGE, headers: { accept } }));
}

/** `?format=`, in the ways that clients encode it. */
export function formatRequests(): NamedRequest[] {
  const formats = [
    V1_JSON,
    encodeURIComponent(V1_JSON),
    V1_HTML,
    encodeURIComponent(LATEST_HTML),
    LATEST_JSON,
    'text/html',
    'json',
    '',
  ];
  const queries = formats.flatMap((format) => [`?format=${format}`, `?a=b&format=${format}&c`]);
  queries.push(`?format=text/html&format=${V1_JSON}`, `?xformat=${V1_JSON}`, '?format');
  return queries.map((query) => ({
    name: `a page with ${query}`,
    target: `${PAGE}${query}`,
    headers: { accept: V1_HTML },
  }));
}

/** Spellings of one name, and what is no name; also of projects that are not there. */
export function nameRequests(): NamedRequest[] {
  const spellings = [
    'Tulgey_Wood',
    'TULGEY-WOOD',
    'tulgey--wood',
    'tulgey..wood',
    'tulgey._-wood',
    'Boojum',
    'a_b.c-d_e.f-g_h.i-j_k.l-m_n.o-p_q.r-s_t.u-v_w.x-y_z',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
    'AAAAAAAAAAAAAAAAAAAA',
    'a----b__..--c',
    'A',
    '0',
    'a_',
    '_a',
    '.a',
    'a b',
    'a%20b',
    'a%5fb',
    '%54ulgey-wood',
    'gr%C3%BCn',
  ];
  return spellings.flatMap((name) => [
    { name: `the name ${name}`, target: `/simple/${name.replace(' ', '%20')}/` },
    {
      name: `the name ${name} without a slash, with a query`,
      target: `/simple/${name.replace(' ', '%20')}?x=Y_Z`,
    },
    { name: `the JSON API of ${name}`, target: `/pypi/${name.replace(' ', '%20')}/json` },
  ]);
}

/** Paths that a server may have ideas of its own about. */
export function oddRequests(): NamedRequest[] {
  const targets = [
    '/simple//tulgey-wood/',
    '/simple/tulgey-wood//',
    '/simple/tulgey-wood/x',
    `/simple/${'a'.repeat(250)}/`,
    `/simple/${'a'.repeat(300)}/`,
    `/simple/${'a_'.repeat(3000)}a`,
    `/packages/${'a'.repeat(300)}/x`,
    '/simple/index.html',
    '/simple/index.v1_json',
    '/simple/tulgey-wood/index.v1_json',
    '/simple/tulgey-wood/index.v1_json.gz',
    '/simple/../simple/',
    '/simple/./',
    '/packages',
    '/index.html',
    '/.hidden',
    '/@jubjub/page/json/tulgey-wood/index.v1_json',
    '/@jubjub/name/simple/Snark',
    '/@jubjub/400',
    '/@json/tulgey-wood/',
    '/@name/Snark',
    '/@api/tulgey-wood',
    '/pypi/json',
    '/pypi/a/b/c/json',
    '/status.json/',
    '/status.json?x=1',
    '/last-modified/x',
    '/manifest.json/',
    '/manifest.json?x=1',
    '/manifest',
    '/manifest/0a3.sha256/',
    '/manifest/0a3.sha256?x=1',
    '/manifest/0A3.sha256',
    '/manifest/0a33.sha256',
    '/manifest/0a3.sha256.gz',
    '/manifest/../manifest.json',
    '/manifest/x/0a3.sha256',
    '/@jubjub/bucket/manifest/0a3.sha256',
  ];
  return targets.map((target) => ({ name: `the path ${target.slice(0, 60)}`, target }));
}

/** Names that a file may have, in a place where the docroot has none yet. */
export const ODD_FILES: readonly string[] = [
  'epoch-1!2.0+local.1.tar.gz',
  "we ird;&'(x)@=,~$-1.0.zip",
  'grün-1.0-py3-none-any.whl',
  'foo.de.gz.cgi.html',
  'foo-1.0.tar.gz.asc',
];

/** The directory of `ODD_FILES`. */
export const ODD_DIRECTORY = 'packages/00/11/22';

export function fileRequests(): NamedRequest[] {
  return ODD_FILES.flatMap((name) => {
    const encoded = `/${ODD_DIRECTORY}/${encodeURIComponent(name)}`;
    const readable = encoded.replaceAll('%2B', '+').replaceAll('%40', '@').replaceAll('%3B', ';');
    return [
      { name: `the file ${name}`, target: encoded },
      { name: `the file ${name}, as few escapes as may be`, target: readable },
      {
        name: `the file ${name} to one who takes gzip`,
        target: encoded,
        headers: { 'accept-encoding': 'gzip' },
      },
    ];
  });
}
