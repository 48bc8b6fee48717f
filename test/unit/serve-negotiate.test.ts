/**
 * Goal: every client gets the page type that PyPI would give it, and no Accept header can upset the server.
 * Method: a table of Accept headers and formats; then any header at all.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiate, PAGE_TYPES } from '../../src/serve/negotiate.ts';
import fc from '../support/properties.ts';

const TEXT = 'text/html';
const HTML = 'application/vnd.pypi.simple.v1+html';
const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const LATEST_HTML = 'application/vnd.pypi.simple.latest+html';
const LATEST_JSON = 'application/vnd.pypi.simple.latest+json';

const BY_ACCEPT: readonly (readonly [accept: string | undefined, type: string, who: string])[] = [
  [undefined, TEXT, 'a client without Accept'],
  ['', TEXT, 'an empty Accept'],
  ['*/*', TEXT, 'curl'],
  ['text/*', TEXT, 'any text'],
  ['application/*', HTML, 'any application type'],
  [`${JSON_TYPE}, ${HTML}; q=0.1, text/html; q=0.01`, JSON_TYPE, 'pip'],
  [`${JSON_TYPE}, ${HTML};q=0.2, text/html;q=0.01`, JSON_TYPE, 'uv'],
  [`${HTML};q=0.2, ${JSON_TYPE}, text/html;q=0.01`, JSON_TYPE, 'devpi'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', TEXT, 'a browser'],
  [`${JSON_TYPE};q=0.5, ${HTML};q=0.9`, HTML, 'one that likes HTML better'],
  [`${JSON_TYPE};q=0, */*`, TEXT, 'one that cannot read JSON'],
  [`text/html;q=0, application/*`, HTML, 'one that cannot read text/html'],
  ['text/html;q=0', TEXT, 'one that nothing can be done for'],
  ['application/json', TEXT, 'one that asks for plain JSON (protocol trap 19)'],
  ['application/vnd.pypi.simple.v2+json', TEXT, 'one from the future'],
  [
    `application/vnd.pypi.simple.v2+json, ${JSON_TYPE};q=0.5`,
    JSON_TYPE,
    'one from the future that also takes v1',
  ],
  [LATEST_JSON, JSON_TYPE, 'latest+json'],
  [LATEST_HTML, HTML, 'latest+html'],
  [`${LATEST_JSON};q=0.3, ${HTML};q=0.5`, HTML, 'latest+json at a lower quality'],
  [JSON_TYPE.toUpperCase(), JSON_TYPE, 'upper case'],
];

for (const [accept, type, who] of BY_ACCEPT) {
  test(`${who} gets ${type}`, () => assert.equal(negotiate(accept, undefined), type));
}

test('?format= beats Accept when it names a known type, and is ignored otherwise', () => {
  assert.equal(negotiate(HTML, JSON_TYPE), JSON_TYPE);
  assert.equal(negotiate(JSON_TYPE, TEXT), TEXT);
  assert.equal(negotiate(undefined, LATEST_JSON), JSON_TYPE);
  assert.equal(negotiate(JSON_TYPE, 'json'), JSON_TYPE);
  assert.equal(negotiate(HTML, ''), HTML);
});

test('any Accept header gets one of the three types', () => {
  const part = fc.constantFrom(...PAGE_TYPES, '*/*', ';q=', '0.5', ',', ';', '"', '\\', '=', ' ', 'q', '/');
  const header = fc.oneof(
    fc.string({ unit: 'binary-ascii' }),
    fc.array(part).map((parts) => parts.join('')),
  );
  fc.assert(fc.property(header, header, (accept, format) => PAGE_TYPES.includes(negotiate(accept, format))));
});
