/** The parsers of XML-RPC: answers and rows of the upstream, and the calls that `serve` takes. */
import assert from 'node:assert/strict';
import { changelogRow, type RpcValue, renderFault, renderResponse } from '../../../src/demo/render-xmlrpc.ts';
import { effectOf } from '../../../src/pypi/changelog.ts';
import type { ChangelogRow, Serial } from '../../../src/pypi/types.ts';
import { parseCall } from '../../../src/serve/rpc-call.ts';
import { parseRows } from '../../../src/upstream/changelog-rows.ts';
import { readPlainRow } from '../../../src/upstream/plain-row.ts';
import { createRowCutter } from '../../../src/upstream/row-cutter.ts';
import { callBody, readAnswer } from '../../../src/upstream/xmlrpc.ts';
import { only, parseXml, valuesOf } from '../../../src/upstream/xmlrpc-values.ts';
import fc from '../properties.ts';
import { foreseen, type Law, outcome, type TextParser } from './parser.ts';
import { cuts, cutUp, inputsOf, ODD_PIECES } from './texts.ts';

const ROW_BEGIN = '<value><array><data>\n<value>';
const ROW_END = '</data></array></value>';
const ANSWER = { what: 'the changelog', url: 'https://index.example/pypi' };

const WORDS = [
  ...["<?xml version='1.0'?>", '<?xml version="1.0" encoding="utf-8"?>', '<?xml'],
  ...[
    'methodResponse',
    'methodCall',
    'methodName',
    'params',
    'param',
    'fault',
    'value',
    'array',
    'data',
  ].flatMap((tag) => [`<${tag}>`, `</${tag}>`, `<${tag}/>`, `<${tag} a="b">`]),
  ...['struct', 'member', 'name', 'int', 'i4', 'i8', 'boolean', 'double', 'string', 'nil', 'base64'].flatMap(
    (tag) => [`<${tag}>`, `</${tag}>`],
  ),
  ...['<nil/>', '<value><int>1</int></value>', '1', 'a', ' ', '\n', '<a b="', " a='", '=', '<?pi ', '?>'],
  ...['changelog_since_serial', 'changelog_last_serial', 'faultCode', 'faultString'],
];

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom(...ODD_PIECES));
/** XML has no control characters; whoever writes it lets them out. */
const xmlText = text.map((raw) => raw.replace(/[^\t\n\r -\ud7ff\ue000-\ufffd]/g, ''));

const row: fc.Arbitrary<ChangelogRow> = fc.record({
  name: fc.option(xmlText),
  version: fc.option(xmlText),
  timestampS: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  action: fc.option(
    fc.oneof(
      xmlText,
      xmlText.map((name) => `remove file ${name}`),
      fc.constantFrom('create', 'remove project', 'remove release', 'project quarantined', 'add Owner x'),
    ),
  ),
  serial: fc.integer({ min: 1, max: 1000 }) as fc.Arbitrary<Serial>,
});

/** Serials that rise by what stands in the place of a serial. */
const rows = fc.array(row, { maxLength: 12 }).map((all) => {
  let serial = 0;
  return all.map((one) => {
    serial += one.serial;
    return { ...one, serial: serial as Serial };
  });
});

const rpcValue: fc.Arbitrary<RpcValue> = fc.letrec<{ value: RpcValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(fc.constant(null), fc.integer(), xmlText),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(xmlText, tie('value')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
  ),
})).value;

const changelogText = rows.map((all) => renderResponse(all.map(changelogRow)));
const answers = fc.oneof(
  rpcValue.map(renderResponse),
  changelogText,
  fc.record({ code: fc.integer(), message: xmlText }).map(renderFault),
);
const calls = fc
  .record({
    method: fc.constantFrom('changelog_since_serial', 'x'),
    params: fc.array(fc.maxSafeInteger(), { maxLength: 3 }),
  })
  .map((call) => callBody({ ...call, url: ANSWER.url }));

/** A changelog's answer in pieces, as `readRows` reads it. Throws as that does. */
function readInPieces(pieces: readonly string[]): readonly ChangelogRow[] {
  const cutter = createRowCutter();
  const found: ChangelogRow[] = [];
  const take = (xml: string) => {
    found.push(...parseRows(xml, (found.at(-1)?.serial ?? 0) as Serial));
  };
  for (const piece of pieces) cutter.push(piece).forEach(take);
  const whole = cutter.end();
  if (whole !== null) readAnswer(whole, ANSWER);
  return found;
}

const ANSWER_CODES = [
  'UPSTREAM_MALFORMED',
  'UPSTREAM_FAULT',
  'UPSTREAM_RATE_LIMITED',
  'UPSTREAM_TOO_LARGE',
] as const;

export const XMLRPC_PARSERS: readonly TextParser[] = [
  {
    name: 'xmlrpc-answer',
    eats: 'answers of XML-RPC, faults included',
    words: WORDS,
    documents: answers,
    // The limit of small answers.
    charsMax: 64 * 1024,
    eat: (xml) => void foreseen(ANSWER_CODES, () => readAnswer(xml, ANSWER)),
  },
  {
    name: 'changelog-rows',
    eats: 'the stream of a changelog, cut into rows',
    words: WORDS,
    documents: changelogText,
    eat(xml) {
      const found = foreseen(ANSWER_CODES, () => readInPieces([xml])) ?? [];
      let last = 0;
      for (const { serial, action, version } of found) {
        assert.ok(serial > last, 'serials rise');
        last = serial;
        effectOf({ action, version });
      }
    },
  },
  {
    name: 'xmlrpc-call',
    eats: 'calls to `serve`',
    words: WORDS,
    documents: calls,
    charsMax: 64 * 1024,
    eat(xml) {
      for (const param of parseCall(xml)?.params ?? [])
        if (param !== 'other') assert.ok(Number.isSafeInteger(param.integer));
    },
  },
];

const chunked: Law<{ readonly xml: string; readonly places: readonly number[] }> = {
  name: 'changelog-chunks',
  eats: 'a changelog cut anywhere: the same rows, or the same refusal',
  inputs: fc.record({ xml: inputsOf(changelogText, WORDS), places: cuts }),
  check({ xml, places }) {
    const inPieces = outcome(() => readInPieces(cutUp(xml, places)));
    assert.deepEqual(
      inPieces,
      outcome(() => readInPieces([xml])),
    );
  },
};

const roundTrip: Law<readonly ChangelogRow[]> = {
  name: 'changelog-rendered',
  eats: 'rows as another implementation renders them: they read the same',
  inputs: rows,
  check(all) {
    // PyPI writes what is not ASCII as references into the text itself.
    const plain = all.map((one) => ({ ...one, action: one.action?.replace(/[^\t\n\r -~]/g, '') ?? null }));
    const read = readInPieces([renderResponse(plain.map(changelogRow))]);
    const lineEnds = (said: string | null) => said?.replace(/\r\n?/g, '\n') ?? null;
    const same = ({ name, version, action, ...rest }: ChangelogRow) => ({
      ...rest,
      name: lineEnds(name),
      version: lineEnds(version),
      action: lineEnds(action),
    });
    assert.deepEqual(read.map(same), plain.map(same));
  },
};

/** The pattern against the parser, row by row: `parseRows` would never show what the one takes and the other refuses. */
const plainRows: Law<string> = {
  name: 'changelog-plain-row',
  eats: 'rows read by a pattern: the parser reads the same there, or refuses as well',
  inputs: inputsOf(changelogText, WORDS),
  check(xml) {
    for (let at = xml.indexOf(ROW_BEGIN); at !== -1; at = xml.indexOf(ROW_BEGIN, at + 1)) {
      // The pattern's own refusals are all about references in texts: then the whole row is read.
      const end = xml.indexOf(ROW_END, at);
      const plain = outcome(() => readPlainRow(xml, at));
      const isTaken = !('value' in plain) || plain.value !== null;
      if (end === -1 || !isTaken) continue;
      const row = xml.slice(at, end + ROW_END.length);
      const parsed = outcome(() => valuesOf(only(parseXml(`<data>${row}</data>`), ['data'])['data']));
      assert.deepEqual(parsed, 'value' in plain ? { value: [plain.value?.values] } : plain);
    }
  },
};

export const XMLRPC_LAWS = [chunked, roundTrip, plainRows] as const;
