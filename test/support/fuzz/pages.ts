/** The parsers of pages: details and lists, in JSON and in HTML, and the documents beside them. */
import assert from 'node:assert/strict';
import { type ErrorCode, JubjubError } from '../../../src/errors.ts';
import { parseDetailText, serializeDetail } from '../../../src/pypi/detail.ts';
import { parseDetailHtml } from '../../../src/pypi/detail-html.ts';
import { checkFilename } from '../../../src/pypi/filenames.ts';
import {
  listedFiles,
  parseJsonApi,
  projectInfo,
  releaseToShow,
  renderJsonApi,
} from '../../../src/pypi/json-api.ts';
import { filePath, hrefFromDetail, parseDocrootPath } from '../../../src/pypi/paths.ts';
import type { Place } from '../../../src/pypi/placement.ts';
import { inPypiOrder } from '../../../src/pypi/pypi-order.ts';
import { renderDetailHtml } from '../../../src/pypi/render-html.ts';
import { renderDetailJson } from '../../../src/pypi/render-json.ts';
import type { Detail, JsonObject, ListedProject, ProjectName, Serial } from '../../../src/pypi/types.ts';
import { createHtmlListParser } from '../../../src/upstream/html-list.ts';
import { createListParser, type ListParser } from '../../../src/upstream/list-parser.ts';
import { anyDetailDocument, CONTEXT, detailDocument, fileDocument, SHA256 } from '../details.ts';
import { renderListHtml, renderListJson } from '../project-list.ts';
import fc from '../properties.ts';
import { CORPUS } from '../pypi-corpus.ts';
import { bentJson } from './json.ts';
import { foreseen, type Law, outcome, type TextParser } from './parser.ts';
import { cuts, cutUp, inputsOf, ODD_PIECES, wordList } from './texts.ts';

const JSON_WORDS = wordList(
  '{ } [ ] , : " \\u0000 \\ud800 \\ null true 1 -0 1.0 1e3 ␣ "files": "meta": "api-version":"1.4"',
  '"_last-serial":1 "name":"sample-project" "projects":[ "filename":"a-1.0.zip" "url": "// ftp:',
  '@ "hashes":{ "sha256": "versions":[ "1.0" "releases":{ "urls":[ "info":{ "last_serial":',
  '{"name":"a"},',
);

const HTML_WORDS = wordList(
  '<!DOCTYPE␣html> <html> </html> <head> <body> <title> </title> <h1> </h1> <base␣ <a␣',
  '<a␣href=" href="a-1.0.zip#sha256= href=\' href= "> > </a> <br␣/> /> <',
  '<meta␣name="pypi:repository-version"␣content="1.4">',
  '<meta␣name="pypi:project-status"␣content="active"> data-yanked data-requires-python="',
  'data-core-metadata="sha256= <!--SERIAL␣1--> <!-- --> & &amp; &#34; &#x &notin &ampa ;',
  '<script> </script> <style> <textarea> <![CDATA[ sample-project',
  '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef a-1.0-py3-none-any.whl ../',
  '// ? # = ␣ ␤ \' " x',
);

const REFUSED: readonly ErrorCode[] = ['UPSTREAM_MALFORMED', 'UPSTREAM_API_VERSION'];
const TOO: readonly ErrorCode[] = [...REFUSED, 'UPSTREAM_TOO_LARGE'];

const detailTexts = fc.oneof(
  bentJson(anyDetailDocument),
  bentJson(fc.constant(detailDocument([fileDocument('a-1.0.zip'), fileDocument('b-2-py3-none-any.whl')]))),
  fc.constantFrom(...CORPUS).map(({ text }) => text),
);

/** Every file at a path that leads to its name, as PEP 503 wants it. */
const placed: Place = ({ filename }) => ({
  href: `../../packages/${encodeURIComponent(filename)}`,
  coreMetadata: true,
  provenance: null,
});

const asHtml = (text: string): string => {
  const detail = foreseen(REFUSED, () => parseDetailText(text, CONTEXT));
  return detail === null ? '<html><a href="a-1.0.zip">' : renderDetailHtml(detail, placed);
};
const detailPages = detailTexts.map(asHtml);

/** What is accepted stays inside the docroot, can be stored, and breaks out of no page. */
function checkDetail(detail: Detail | null): void {
  if (detail === null) return;
  for (const file of detail.files) {
    assert.equal(checkFilename(file.filename), file.filename);
    const path = filePath(file);
    if (path === null) continue;
    assert.equal(parseDocrootPath(path), path);
    assert.match(path, /^packages\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{60}\/[^/]+$/);
    const reached = new URL(hrefFromDetail(path), 'https://mirror.example/simple/x/').pathname;
    assert.equal(decodeURIComponent(reached), `/${path}`);
  }
  assert.deepEqual(parseDetailText(serializeDetail(detail), { ...CONTEXT, headerSerial: null }), detail);
  inPypiOrder(detail);
  const html = renderDetailHtml(detail, placed);
  assert.doesNotMatch(html.replace(/\n/g, ''), /<(?![!/]|html|head|meta|title|body|h1|a |br )/);
  const json = parseDetailText(renderDetailJson(detail, placed), CONTEXT);
  assert.equal(json.files.length, detail.status === 'quarantined' ? 0 : detail.files.length);
}

const listed = fc.uniqueArray(
  fc.record({
    displayName: fc.constantFrom('a', 'B', 'c.d', 'e-f', 'G_h', '1'),
    serial: fc.option(fc.nat()),
  }),
  { selector: ({ displayName }) => displayName, maxLength: 5 },
);
const entries = listed.map((all) =>
  all.map(({ displayName, serial }) => ({
    displayName,
    name: displayName.toLowerCase().replace(/[-_.]+/g, '-') as ProjectName,
    serial: serial as Serial | null,
  })),
);
const listTexts = entries.map((all) => [...renderListJson(7 as Serial, all)].join(''));
const bentLists = listTexts.chain((text) => bentJson(fc.constant(JSON.parse(text) as JsonObject)));
const listPages = entries.map((all) => [...renderListHtml(7 as Serial, all)].join(''));

interface Listed {
  readonly projects: readonly ListedProject[];
  readonly serial: Serial | null | undefined;
  readonly skipped: number;
}

function readList(parser: ListParser, pieces: readonly Uint8Array[]): Listed {
  const projects = pieces.flatMap((piece) => parser.push(piece));
  projects.push(...parser.end());
  return { projects, serial: parser.serial, skipped: parser.skipped.count };
}

const LIST_URL = 'https://index.example/simple/';

function htmlListParser(): ListParser {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return createHtmlListParser(LIST_URL, (chunk) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw new JubjubError('UPSTREAM_MALFORMED', 'no UTF-8', { cause });
    }
  });
}

/** The names on a list of JSON, read in one step by JavaScript's own parser. */
function checkListAgainstJson(text: string, found: Listed): void {
  const { projects } = JSON.parse(text) as { projects: unknown[] };
  assert.ok(Array.isArray(projects) && projects.length === found.projects.length + found.skipped);
}

const apiTexts = bentJson(
  fc.record({
    info: fc.constant({ name: 'Sample_Project', version: '1.0', requires_dist: ['x>=1'] }),
    last_serial: fc.constant(5),
    releases: fc.constant({
      '1.0': [{ filename: 'a-1.0.zip', digests: { sha256: SHA256 }, url: 'https://files.example/a-1.0.zip' }],
      '2.0': [],
    }),
    urls: fc.constant([{ filename: 'a-1.0.zip', digests: { sha256: SHA256 }, url: 'x' }]),
  }) as fc.Arbitrary<JsonObject>,
);

const OURS = new Map([['a-1.0.zip', { href: '/packages/a-1.0.zip', sha256: null }]]);

export const PAGE_PARSERS: readonly TextParser[] = [
  {
    name: 'detail-json',
    eats: 'details of projects in JSON',
    words: JSON_WORDS,
    documents: detailTexts,
    eat: (text) => checkDetail(foreseen(REFUSED, () => parseDetailText(text, CONTEXT))),
  },
  {
    name: 'detail-html',
    eats: 'details of projects in HTML',
    words: HTML_WORDS,
    documents: detailPages,
    eat: (text) => checkDetail(foreseen(REFUSED, () => parseDetailHtml(text, CONTEXT))),
  },
  {
    name: 'list-json',
    eats: 'project lists in JSON',
    words: JSON_WORDS,
    documents: fc.oneof(listTexts, bentLists),
    eat(text) {
      const found = foreseen(TOO, () => readList(createListParser(), [Buffer.from(text)]));
      if (found !== null && !/"projects".*"projects"|proto|\\u/s.test(text))
        checkListAgainstJson(text, found);
    },
  },
  {
    name: 'list-html',
    eats: 'project lists in HTML',
    words: [...HTML_WORDS, '<a href="a/">a</a>', '<a href="b/">', '</a>\n', '<form>'],
    documents: listPages,
    eat: (text) => void foreseen(TOO, () => readList(htmlListParser(), [Buffer.from(text)])),
  },
  {
    name: 'json-api',
    eats: 'documents of the JSON API',
    words: JSON_WORDS,
    documents: apiTexts,
    eat(text) {
      const read = foreseen(REFUSED, () => parseJsonApi(text, CONTEXT.name));
      if (read === null) return;
      const rendered = renderJsonApi(text, OURS);
      assert.equal(renderJsonApi(rendered, OURS), rendered);
      for (const name of listedFiles(Buffer.from(rendered))) assert.equal(name, 'a-1.0.zip');
      releaseToShow(text, OURS);
      projectInfo(Buffer.from(text), CONTEXT.name);
    },
  },
];

interface Cut {
  readonly bytes: Uint8Array;
  readonly places: readonly number[];
}

/** Some bytes are no UTF-8 any more. */
function bytesOf(texts: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  const broken = fc.option(fc.tuple(fc.nat(), fc.constantFrom(0x80, 0xc3, 0xe2, 0xf0, 0xff, 0)), { freq: 3 });
  return fc.tuple(texts, broken).map(([text, change]) => {
    const bytes = new Uint8Array(Buffer.from(text));
    if (change !== null && bytes.length > 0) bytes[change[0] % bytes.length] = change[1];
    return bytes;
  });
}

function cutLaw(name: string, eats: string, texts: fc.Arbitrary<string>, make: () => ListParser): Law<Cut> {
  return {
    name,
    eats: `${eats} cut anywhere: the same list, or a refusal`,
    inputs: fc.record({ bytes: bytesOf(texts), places: cuts }),
    check({ bytes, places }) {
      const whole = outcome(() => readList(make(), [bytes]));
      assert.deepEqual(
        outcome(() => readList(make(), cutUp(bytes, places))),
        whole,
      );
    },
  };
}

/** What HTML can say of a file. */
function sayable({ files }: Detail): unknown {
  return files.map(({ filename, url, sha256, yanked, requiresPython, provenance }) => {
    return { filename, url, sha256, yanked, requiresPython, provenance };
  });
}

const twoForms: Law<JsonObject> = {
  name: 'detail-two-forms',
  eats: 'one project as JSON and as HTML: the same files',
  inputs: anyDetailDocument,
  check(document) {
    const detail = inPypiOrder(parseDetailText(JSON.stringify(document), CONTEXT));
    if (detail.status === 'quarantined') return;
    const place = (file: { readonly url: string }) => ({
      href: file.url,
      coreMetadata: true,
      provenance: null,
    });
    const html = outcome(() => parseDetailHtml(renderDetailHtml(detail, place), CONTEXT));
    assert.ok('value' in html, 'what we write we read');
    const text = (detail2: Detail) =>
      JSON.stringify(sayable(detail2)).replaceAll('\\r\\n', '\\n').replaceAll('\\r', '\\n');
    assert.equal(text(html.value), text(detail));
  },
};

export const PAGE_LAWS = [
  cutLaw(
    'list-json-chunks',
    'a list in JSON',
    inputsOf(fc.oneof(listTexts, bentLists), JSON_WORDS),
    createListParser,
  ),
  cutLaw('list-html-chunks', 'a list in HTML', inputsOf(listPages, HTML_WORDS), htmlListParser),
  twoForms,
] as const;

/** For other files of this folder. */
export { bytesOf, JSON_WORDS, ODD_PIECES };
