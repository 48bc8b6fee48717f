/**
 * Goal: every call that cannot be answered gets the fault that PyPI gives it, and no body at all can upset the server.
 * Method: a table of bodies and faults; the faults of a mirror without serials through our own client; then any text.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { parseCall } from '../../src/serve/rpc-call.ts';
import { readAnswer } from '../../src/upstream/xmlrpc.ts';
import { saysNoSuchMethod } from '../../src/upstream/xmlrpc-fault.ts';
import fc from '../support/properties.ts';
import { intParam, rpcRequest } from '../support/raw-http.ts';
import type { JournalContent } from '../support/serve-journal.ts';
import { call, post, serving } from '../support/serve-rpc.ts';
import { faultXml } from '../support/upstream-xml.ts';

const WRONG_TYPE = 'client error; serial: Input should be a valid integer';
const value = (xml: string) => `<param><value>${xml}</value></param>`;

const FAULTS: readonly (readonly [what: string, body: string, code: number, text: string | RegExp])[] = [
  ['an unknown method', call('system.listMethods'), -32601, 'server error; requested method not found'],
  ['a name from a prototype', call('constructor'), -32601, 'server error; requested method not found'],
  ['no serial', call('changelog_since_serial'), -32602, 'client error; serial: Missing required argument'],
  ['a string', call('changelog_since_serial', value('<string>5</string>')), -32602, WRONG_TYPE],
  ['text without a type', call('changelog_since_serial', value('5')), -32602, WRONG_TYPE],
  ['a double', call('changelog_since_serial', value('<double>5.0</double>')), -32602, WRONG_TYPE],
  ['a boolean', call('changelog_since_serial', value('<boolean>1</boolean>')), -32602, WRONG_TYPE],
  ['nil', call('changelog_since_serial', value('<nil/>')), -32602, WRONG_TYPE],
  [
    'an array',
    call('changelog_since_serial', value('<array><data><value><int>5</int></value></data></array>')),
    -32602,
    WRONG_TYPE,
  ],
  [
    'one parameter too many',
    call('changelog_since_serial', intParam(1) + intParam(2)),
    -32602,
    'client error; 1: Unexpected positional argument',
  ],
  [
    'two errors at once',
    call('changelog_since_serial', value('x') + intParam(2)),
    -32602,
    `${WRONG_TYPE}; 1: Unexpected positional argument`,
  ],
  [
    'a parameter where none is taken',
    call('changelog_last_serial', intParam(1)),
    -32602,
    'client error; 0: Unexpected positional argument',
  ],
  [
    'a deprecated method',
    call('list_packages'),
    -32500,
    'RuntimeError: PyPI no longer supports the XMLRPC list_packages method. Use Simple API instead. ' +
      'See https://warehouse.pypa.io/api-reference/xml-rpc.html#deprecated-methods for more information.',
  ],
  [
    'the old changelog',
    call('changelog', intParam(1)),
    -32500,
    'ValueError: The changelog method has been deprecated, use changelog_since_serial instead.',
  ],
  ['pip search', call('search'), -32500, /^RuntimeError: PyPI no longer supports 'pip search'/],
  ['several calls in one', call('system.multicall'), -32500, /^ValueError: MultiCall requests/],
];

const NOT_WELL_FORMED: readonly (readonly [what: string, body: string])[] = [
  ['nothing', ''],
  ['no XML', 'hello'],
  ['another document', '<methodResponse></methodResponse>'],
  ['a call without a method', '<methodCall><params></params></methodCall>'],
  ['a call that is cut', call('changelog_last_serial').slice(0, -3)],
  ['letters in an int', call('changelog_since_serial', value('<int>x</int>'))],
  ['two types in a value', call('changelog_since_serial', value('<int>1</int><int>2</int>'))],
  ['an entity', `<!DOCTYPE x [<!ENTITY a "b">]>${call('changelog_last_serial')}`],
  ['a comment', call('changelog_last_serial', '<!-- -->')],
  ['CDATA', call('<![CDATA[changelog_last_serial]]>')],
  ['nested without end', call('changelog_since_serial', value('<array><data><value>'.repeat(500)))],
  ['bytes that are no text', '\0\u0001\ufffe'],
];

test('every other call gets the fault that PyPI gives it, with 200, and never opens the journal', async (t) => {
  const { url, journal, events } = await serving(t, {});
  const malformed = NOT_WELL_FORMED.map(
    ([what, body]) => [what, body, -32700, 'parse error; not well formed'] as const,
  );
  for (const [what, body, code, text] of [...FAULTS, ...malformed]) {
    const reply = await post(`${url}/pypi`, body);
    assert.equal(reply.status, 200, what);
    if (typeof text === 'string') assert.equal(reply.body.toString(), faultXml(code, text), what);
    else assert.match(/<string>(.*)<\/string>/.exec(reply.body.toString())?.[1] ?? '', text, what);
  }
  assert.equal(journal.opened, 0);
  assert.deepEqual(
    events.filter(({ type }) => type === 'failed'),
    [],
  );
});

test('a mirror without serials says so, and whether it is worth asking again', async (t) => {
  const fault = async (content: JournalContent | null) => {
    const { url, journal } = await serving(t, content);
    const reply = await rpcRequest(url, 'changelog_last_serial');
    assert.equal(journal.openViews, 0);
    assert.match(reply.body.toString(), /<name>faultCode<\/name>\n<value><int>-32500<\/int>/);
    try {
      return readAnswer(reply.body.toString(), { what: 'changelog_last_serial', url });
    } catch (error) {
      assert.ok(isJubjubError(error, 'UPSTREAM_FAULT'));
      return [error.facts.received, saysNoSuchMethod(error) ? 'for good' : 'for now'];
    }
  };
  assert.deepEqual(await fault(null), [
    'fault -32500: RuntimeError: this mirror is empty: its first sync has not begun.',
    'for now',
  ]);
  assert.deepEqual(await fault({ serial: null }), [
    'fault -32500: RuntimeError: this mirror has no serial yet: its first sync is not finished.',
    'for now',
  ]);
  // A jubjub that chooses for itself goes on without serials.
  assert.deepEqual(await fault({ serial: 0, hasSerials: false }), [
    'fault -32500: RuntimeError: the changelog_last_serial method is not supported by this mirror: ' +
      'its upstream gives no serials. Use Simple API instead.',
    'for good',
  ]);
});

test('any text at all is a call or none, and never an error', () => {
  const piece = fc.constantFrom(
    ...[
      '<methodCall>',
      '</methodCall>',
      '<methodName>',
      '</methodName>',
      'changelog_last_serial',
      '<params>',
    ],
    ...[
      '</params>',
      '<param>',
      '</param>',
      '<value>',
      '</value>',
      '<int>',
      '</int>',
      '1',
      '-',
      '&a;',
      '<!',
      '<?',
      '?>',
    ],
    ...['<x y="z">', '</x>', '<__proto__>', '</__proto__>', ' ', '\n', '<nil/>', '\0'],
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, (body) => {
      const read = parseCall(body);
      assert.ok(read === null || typeof read.method === 'string');
    }),
    { numRuns: 2_000 },
  );
});
