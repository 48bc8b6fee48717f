/**
 * Goal: laws of being faithful: nothing that can be said is lost or added on the way through a page, in JSON and in HTML.
 * Method: fast-check over valid documents in every shape, over numbers as JSON allows them, over orders, over markup.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JubjubError } from '../../src/errors.ts';
import { type DetailContext, offeredFiles, parseDetail, parseDetailText } from '../../src/pypi/detail.ts';
import { parseDetailHtml } from '../../src/pypi/detail-html.ts';
import { canonicalJson, isJsonObject, parseJson } from '../../src/pypi/json.ts';
import { type ApiFile, renderJsonApi } from '../../src/pypi/json-api.ts';
import type { Place } from '../../src/pypi/placement.ts';
import { inPypiOrder } from '../../src/pypi/pypi-order.ts';
import { renderDetailHtml } from '../../src/pypi/render-html.ts';
import { renderDetailJson } from '../../src/pypi/render-json.ts';
import type { Detail, JsonObject, JsonValue, Sha256 } from '../../src/pypi/types.ts';
import {
  anyDetailDocument,
  CONTEXT,
  detailDocument,
  fileDocument,
  nastyText,
  OTHER_SHA256,
  SHA256,
} from '../support/details.ts';
import fc from '../support/properties.ts';

const upstreams: Place = (file) => ({ href: file.url, coreMetadata: true, provenance: null });
const SHA256_KEY = /^[0-9a-f]{64}$/i;

test('a JSON page has the keys and values of upstream’s document, but for URLs', () => {
  fc.assert(
    fc.property(anyDetailDocument, (document) => {
      const detail = parseDetail(document, CONTEXT);
      const page = JSON.parse(renderDetailJson(detail, upstreams)) as JsonObject;
      const { files, meta, name: _name, versions, ...rest } = page;
      const {
        files: theirs,
        meta: theirMeta,
        name: _theirName,
        versions: theirVersions,
        ...theirRest
      } = document;
      assert.deepEqual(rest, theirRest);
      assert.deepEqual(meta, {
        'api-version': '1.0',
        ...(theirMeta as JsonObject),
        ...(detail.serial === null ? {} : { '_last-serial': detail.serial }),
      });
      assert.deepEqual(sorted(versions), sorted(theirVersions));
      if (detail.status === 'quarantined') return assert.deepEqual(files, []);
      const byName = new Map((files as JsonObject[]).map((file) => [file['filename'], file]));
      assert.equal(byName.size, (theirs as JsonObject[]).length);
      for (const file of theirs as JsonObject[])
        assert.deepEqual(comparable(byName.get(file['filename'])), comparable(file));
    }),
  );
});

test('an HTML page, read back, says all that HTML can say of the same document', () => {
  fc.assert(
    fc.property(anyDetailDocument, (document) => {
      const detail = parseDetail(document, CONTEXT);
      const again = parseDetailHtml(renderDetailHtml(detail, upstreams), CONTEXT);
      assert.deepEqual(sayable(again), sayable(detail));
    }),
  );
});

test('a page has the same order whatever order its files come in, and order takes nothing away', () => {
  const filename = fc.constantFrom(
    ...[
      'dev-r7.zip',
      '1.0.zip',
      '1.0.tar.gz',
      '1.10.zip',
      '1.9.zip',
      '2.0rc1.zip',
      '1!0.zip',
      'x.unknown',
    ].map((rest) => `sample-project-${rest}`),
    'sample_project-1.0-py3-none-any.whl',
  );
  const listed = fc.option(fc.constantFrom(['dev-r7', '1.0', '1.9', '1.10', '2.0rc1', '1!0'], ['1.0'], []));
  fc.assert(
    fc.property(fc.uniqueArray(filename), fc.nat(), listed, (names, turn, versions) => {
      const order = (filenames: readonly string[]) =>
        inPypiOrder(
          parseDetail(
            detailDocument(
              filenames.map((name) => fileDocument(name)),
              { versions: versions === null ? null : [...versions] },
            ),
            CONTEXT,
          ),
        );
      const at = names.length === 0 ? 0 : turn % names.length;
      const one = order(names);
      const again = order(one.files.map((file) => file.filename));
      assert.deepEqual(again, one);
      assert.deepEqual(sorted(one.files.map((file) => file.filename)), sorted(names));
      const told = (detail: Detail) =>
        detail.files.map((file) => file.filename).filter((name) => !name.endsWith('unknown'));
      if (versions === null || versions.length > 1)
        assert.deepEqual(told(order([...names.slice(at), ...names.slice(0, at)])), told(one));
    }),
  );
});

test('numbers come out as they went in, however JSON lets them be written', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 25 });
  const number = fc
    .record({
      sign: fc.constantFrom('', '-'),
      whole: digits.map((text) => text.replace(/^0+(?=.)/, '')),
      fraction: fc.option(digits),
      exponent: fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'E-'), digits)),
    })
    .map(({ sign, whole, fraction, exponent }) =>
      [sign, whole, fraction === null ? '' : `.${fraction}`, exponent?.join('') ?? ''].join(''),
    );
  const spaced = fc.constantFrom('', ' ', '\n\t');
  fc.assert(
    fc.property(fc.array(number), number, nastyText, spaced, (numbers, other, text, space) => {
      const written = `{"a":[${space}${numbers.join(`,${space}`)}],"b":${space}${other},"c":${JSON.stringify(text)}}`;
      const canonical = `{"a":[${numbers.join(',')}],"b":${other},"c":${JSON.stringify(text)}}`;
      assert.equal(canonicalJson(parseJson(written) as JsonValue), canonical);
      const page = `{"files":[],"meta":{"_last-serial":1,"api-version":"1.0"},"name":"sample-project","x":${canonical}}\n`;
      assert.equal(renderDetailJson(parseDetailText(page, CONTEXT), upstreams), page);
    }),
  );
});

test('any text at all is a page or an error of ours, whatever markup it has', () => {
  const markup = fc.array(
    fc.oneof(
      nastyText,
      fc.constantFrom(
        '<html>',
        '</html>',
        '<a href="',
        'x-1.0.whl',
        '#sha256=',
        SHA256,
        '">',
        "'",
        '<!--',
        '-->',
      ),
      fc.constantFrom(
        '<base href=',
        '<meta name="pypi:repository-version" content="',
        '1.4',
        '&#',
        '&#x10FFFFFF;',
      ),
      fc.constantFrom(
        ' data-yanked',
        ' data-core-metadata=',
        ' data-provenance=',
        '<script>',
        '<![CDATA[',
        '<?',
        '</',
      ),
    ),
    { maxLength: 30 },
  );
  const context: DetailContext = { ...CONTEXT, headerSerial: 1 };
  fc.assert(
    fc.property(markup, (pieces) => {
      try {
        const detail = parseDetailHtml(pieces.join(''), context);
        assert.equal(detail.name, CONTEXT.name);
      } catch (error) {
        if (!(error instanceof JubjubError)) throw error;
        assert.match(error.code, /^UPSTREAM_(?:MALFORMED|API_VERSION)$/);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a JSON API document is rendered to what it would have been at once, in any number of steps', () => {
  const filename = fc.constantFrom('a.whl', 'b.whl', 'c.zip', 'd.zip');
  const entry = fc
    .record({
      filename,
      sha256: fc.constantFrom(SHA256, OTHER_SHA256),
      more: fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.parse(JSON.stringify(value))),
    })
    .map((file) => ({
      filename: file.filename,
      digests: { sha256: file.sha256 },
      url: 'https://x',
      more: file.more,
    }));
  const document = fc.record(
    {
      info: fc.constant({ name: 'sample-project' }),
      releases: fc.dictionary(
        fc.constantFrom('1', '1.0', '__proto__', '2'),
        fc.array(entry, { maxLength: 3 }),
      ),
      urls: fc.array(entry, { maxLength: 3 }),
      // As it comes back from JSON: there is no -0 in it.
      'x-new': fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
    },
    { requiredKeys: ['info'] },
  );
  const kept = (names: readonly string[]) =>
    new Map<string, ApiFile>(names.map((name) => [name, { href: `../${name}`, sha256: SHA256 as Sha256 }]));
  fc.assert(
    fc.property(
      document,
      fc.subarray(['a.whl', 'b.whl', 'c.zip', 'd.zip']),
      fc.nat(4),
      (content, all, less) => {
        const text = JSON.stringify(content);
        const few = all.slice(less);
        const once = renderJsonApi(text, kept(few));
        assert.equal(renderJsonApi(renderJsonApi(text, kept(all)), kept(few)), once);
        assert.equal(renderJsonApi(once, kept(few)), once);
        assert.deepEqual(
          (JSON.parse(once) as JsonObject)['x-new'],
          content['x-new'] && JSON.parse(text)['x-new'],
        );
      },
    ),
  );
});

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? [...value].sort() : value;
}

/** An entry without its URLs; digests in lower case; core metadata that is advertised twice says the same (PEP 714). */
function comparable(file: JsonObject | undefined): unknown {
  assert.ok(file);
  const { url: _url, provenance, ...said } = file;
  const keys = ['core-metadata', 'dist-info-metadata', 'data-dist-info-metadata'] as const;
  const first = keys.find((key) => key in said);
  const told = Object.entries(said).map(([key, value]): [string, unknown] => {
    if (keys.some((candidate) => candidate === key) && value && first !== undefined)
      return [key, lowerCaseDigests(said[first])];
    return [key, key === 'hashes' ? lowerCaseDigests(value) : value];
  });
  return { told: Object.fromEntries(told), hasProvenance: provenance && true };
}

function lowerCaseDigests(digests: unknown): unknown {
  if (!isJsonObject(digests)) return digests;
  return Object.fromEntries(
    Object.entries(digests).map(([key, value]) => [
      key,
      key === 'sha256' && SHA256_KEY.test(String(value)) ? String(value).toLowerCase() : value,
    ]),
  );
}

/** All that the PEPs give HTML words for; a link carries one digest. */
function sayable(detail: Detail): unknown {
  const status = detail.raw['project-status'];
  return {
    serial: detail.serial,
    apiVersion: detail.apiVersion,
    status: detail.status,
    reason: isJsonObject(status) ? status['reason'] : undefined,
    files: offeredFiles(inPypiOrder(detail)).map(({ raw: _raw, sizeBytes: _size, ...file }) => file),
  };
}
