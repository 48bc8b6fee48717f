/**
 * Goal: XML-RPC is read strictly, its text is decoded exactly once, no entity ever expands, faults are told apart, and a
 * changelog answer gives the same rows however the network cuts it.
 * Method: answers written as PyPI writes them, and broken ones; random cuts by fast-check.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRows } from '../../src/upstream/changelog-rows.ts';
import { readPlainRow } from '../../src/upstream/plain-row.ts';
import { createRowCutter } from '../../src/upstream/row-cutter.ts';
import { decodeXmlText } from '../../src/upstream/xml-text.ts';
import { callBody, readAnswer } from '../../src/upstream/xmlrpc.ts';
import { RATE_LIMIT_WAIT_MS } from '../../src/upstream/xmlrpc-fault.ts';
import fc from '../support/properties.ts';
import { faultXml, rowOf, rowsOf, rowsXml, rowXml, valueXml } from '../support/upstream-xml.ts';

const context = { what: 'changelog_since_serial', url: 'https://pypi.example/pypi' };
const malformed = { code: 'UPSTREAM_MALFORMED' };

test('text is decoded exactly once', () => {
  assert.equal(decodeXmlText('a &amp;#8230; b'), 'a &#8230; b');
  assert.equal(decodeXmlText('&lt;&gt;&quot;&apos;&#233;&#xe9;&#x1F600;'), '<>"\'éé😀');
  assert.equal(decodeXmlText('&amp;amp;lt;'), '&amp;lt;');
  for (const text of ['&', 'a & b', '&nbsp;', '&a;', '&#0;', '&#xD800;', '&#x110000;', '&#99999999;'])
    assert.throws(() => decodeXmlText(text), malformed, text);
});

test('a row as PyPI writes it needs no XML parser', () => {
  const taken = [
    rowOf(7),
    rowOf(7, { name: null, version: null, action: null }),
    rowOf(7, { name: '', version: '', action: 'add py3 file <b>&#8230;.whl' }),
  ];
  for (const row of taken) {
    const { name, version, timestampS, action, serial } = row;
    const xml = rowXml(row);
    assert.deepEqual(readPlainRow(xml, 0), {
      values: [name, version, timestampS, action, serial],
      end: xml.length,
    });
  }
});

test('a call is written as PyPI reads it', () => {
  assert.equal(
    callBody({ url: context.url, method: 'changelog_since_serial', params: [42] }),
    '<?xml version="1.0"?><methodCall><methodName>changelog_since_serial</methodName><params><param><value><int>42</int></value></param></params></methodCall>',
  );
});

test('a single value is read; an empty journal has nil', () => {
  assert.equal(readAnswer(valueXml(38_000_000), context), 38_000_000);
  assert.equal(readAnswer(valueXml(null), context), null);
});

test('every type of value is read', () => {
  const answer = (value: string) =>
    `<methodResponse><params><param><value>${value}</value></param></params></methodResponse>`;
  const cases: [xml: string, value: unknown][] = [
    ['<int> 5 </int>', 5],
    ['<i4>-5</i4>', -5],
    ['<i8>9007199254740991</i8>', Number.MAX_SAFE_INTEGER],
    ['<boolean>1</boolean>', true],
    ['<double>1.5</double>', 1.5],
    ['<string></string>', ''],
    ['<string/>', ''],
    ['<string> a </string>', ' a '],
    ['plain &lt;text&gt;', 'plain <text>'],
    ['', ''],
    ['<array><data/></array>', []],
    ['<array/>', []],
    ['<struct><member><name>a</name><value><int>1</int></value></member></struct>', { a: 1 }],
  ];
  for (const [xml, value] of cases) assert.deepEqual(readAnswer(answer(xml), context), value, xml);
  const broken = [
    '<int>x</int>',
    '<int>1.5</int>',
    '<int>9007199254740993</int>',
    '<boolean>2</boolean>',
    '<date>1</date>',
    '<int>1</int><int>2</int>',
    '<string><b>x</b></string>',
    '<array>x</array>',
    '<array><data>x</data></array>',
    '<struct><member><name>a</name></member></struct>',
    'x<int>1</int>',
  ];
  for (const xml of broken) assert.throws(() => readAnswer(answer(xml), context), malformed, xml);
});

test('garbage, HTML and other documents are malformed', () => {
  const documents = [
    '',
    'no XML',
    '<html><body>503</body></html>',
    '<methodResponse></methodResponse>',
    '<methodResponse><params></methodResponse>',
    '<methodResponse><params/></methodResponse>',
    `<?xml version="1.0" encoding="utf-16"?>${valueXml(1).slice(21)}`,
    '<a>'.repeat(5000),
  ];
  for (const xml of documents) assert.throws(() => readAnswer(xml, context), malformed, xml.slice(0, 60));
});

test('a declaration is refused before anything could expand', () => {
  const bombs = [
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>',
    '<!ENTITY a "x">',
    '<![CDATA[</data></array></value>]]>',
    '<!-- </data></array></value> -->',
  ];
  for (const bomb of bombs) {
    const answer = valueXml(1).replace('<methodResponse>', `${bomb}<methodResponse>`);
    assert.throws(() => readAnswer(answer, context), malformed, bomb);
    assert.throws(() => parseRows(`<value>${bomb}</value>`, 0), malformed, bomb);
  }
});

test('a fault is an error that says whether to ask again, and when', () => {
  const limited =
    'HTTPTooManyRequests: The action could not be performed because there were too many requests by the client.';
  const cases: [code: number, text: string, error: string, retryable: boolean, waitMs: number | undefined][] =
    [
      [-32500, `${limited} Limit may reset in 7 seconds.`, 'UPSTREAM_RATE_LIMITED', true, 8000],
      [-32500, `${limited} Limit may reset in 0 seconds.`, 'UPSTREAM_RATE_LIMITED', true, 1000],
      [-32500, limited, 'UPSTREAM_RATE_LIMITED', true, RATE_LIMIT_WAIT_MS],
      [-32500, 'application error', 'UPSTREAM_FAULT', true, undefined],
      [-32403, 'server error; service unavailable', 'UPSTREAM_FAULT', true, undefined],
      [-32500, 'ValueError: The changelog method has been deprecated', 'UPSTREAM_FAULT', false, undefined],
      [-32601, 'server error; requested method not found', 'UPSTREAM_FAULT', false, undefined],
      [-32602, 'client error; serial: Input should be a valid integer', 'UPSTREAM_FAULT', false, undefined],
    ];
  for (const [code, text, error, retryable, waitMs] of cases)
    assert.throws(
      () => readAnswer(faultXml(code, text), context),
      (thrown: { code: string; facts: Record<string, unknown> }) => {
        assert.equal(thrown.code, error, text);
        assert.equal(thrown.facts['retryable'], retryable, text);
        assert.equal(thrown.facts['retryAfterMs'], waitMs, text);
        assert.match(String(thrown.facts['received']), new RegExp(`fault ${code}: `), text);
        return true;
      },
    );
});

function readAll(xml: string, cuts: readonly number[] = []) {
  const cutter = createRowCutter();
  const ends = [...cuts, xml.length].sort((a, b) => a - b);
  const rows = ends.flatMap((end, index) =>
    cutter.push(xml.slice(ends[index - 1] ?? 0, end)).flatMap((piece) => parseRows(piece, 0)),
  );
  const whole = cutter.end();
  return whole === null ? rows : readAnswer(whole, context);
}

test('rows come as they were sent: nil name, version and action, double escapes, markup in text', () => {
  const rows = [
    rowOf(1, { name: null, version: null, action: null }),
    rowOf(5, { name: '', action: 'keyrotate ' }),
    rowOf(6, { action: 'add source file &#8230;.tar.gz' }),
    rowOf(7, { name: '</data></array></value>', action: '<!DOCTYPE &amp; "\'' }),
    rowOf(2_147_483_647, { timestampS: 0 }),
  ];
  assert.deepEqual(readAll(rowsXml(rows)), rows);
  assert.match(rowsXml(rows), /&amp;#8230;/);
});

test('an answer without rows is empty, in each way to write it', () => {
  assert.deepEqual(readAll(rowsXml([])), []);
  const short = (array: string) =>
    `<methodResponse><params><param><value>${array}</value></param></params></methodResponse>`;
  for (const array of ['<array><data></data></array>', '<array><data/></array>', '<array/>'])
    assert.deepEqual(readAll(short(array)), [], array);
});

test('the same rows come out however the answer is cut into chunks', () => {
  const rows = rowsOf(1, 7);
  const xml = rowsXml(rows);
  for (const text of [xml, xml.replaceAll('\n', ''), xml.replaceAll('><', '> \n <')])
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 20 }), (cuts) => {
        assert.deepEqual(readAll(text, cuts), rows);
      }),
    );
});

test('an answer that is cut short anywhere is an error worth asking again, never a shorter list', () => {
  const xml = rowsXml(rowsOf(1, 3)).trimEnd();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: xml.length - 1 }), (length) => {
      assert.throws(
        () => readAll(xml.slice(0, length)),
        ({ code, facts }) => code === 'UPSTREAM_MALFORMED' && facts.retryable === true,
        xml.slice(0, length),
      );
    }),
  );
});

test('pieces hold at most fifty rows', () => {
  const cutter = createRowCutter();
  const pieces = cutter.push(rowsXml(rowsOf(1, 120)));
  assert.deepEqual(
    pieces.map((piece) => parseRows(piece, 0).length),
    [50, 50, 20],
  );
});

test('a row without end, a head without end and a tail without end are too large or malformed', () => {
  const limits = { code: /UPSTREAM_TOO_LARGE|UPSTREAM_MALFORMED/ };
  const head = rowsXml([]).slice(0, rowsXml([]).indexOf('</data>'));
  assert.throws(() => createRowCutter().push(`${head}<value>${'x'.repeat(100_000)}`), limits);
  assert.throws(() => createRowCutter().push('<x>'.repeat(100_000)), limits);
  assert.throws(() => createRowCutter().push(`${rowsXml([])}${' '.repeat(100_000)}`), limits);
});

test('rows of another shape, order or type are malformed', () => {
  const row = (values: string) => `<value><array><data>${values}</data></array></value>`;
  const good = '<value>a</value><value><nil/></value><value><int>1</int></value><value>b</value>';
  assert.equal(parseRows(row(`${good}<value><int>3</int></value>`), 2).length, 1);
  const broken = [
    row(good),
    row(`${good}<value><int>3</int></value><value><int>4</int></value>`),
    row(`${good}<value>3</value>`),
    row(`${good}<value><nil/></value>`),
    row(`${good}<value><int>2</int></value>`),
    row('<value><int>3</int></value>'.repeat(5)),
    '<value>x</value>',
    'x',
  ];
  for (const xml of broken) assert.throws(() => parseRows(xml, 2), malformed, xml);
  const twice = row(`${good}<value><int>3</int></value>`).repeat(2);
  assert.throws(() => parseRows(twice, 2), malformed);
});
