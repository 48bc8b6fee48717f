/**
 * Goal: laws of detail documents: what is read is written back without loss, and nothing that upstream writes breaks out.
 * Method: fast-check, over valid documents in every shape, over mutilated ones, and over arbitrary JSON.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JubjubError } from '../../src/errors.ts';
import { parseDetail, parseDetailText, serializeDetail } from '../../src/pypi/detail.ts';
import { checkFilename } from '../../src/pypi/filenames.ts';
import { filePath, hrefFromDetail } from '../../src/pypi/paths.ts';
import { renderDetailHtml } from '../../src/pypi/render-html.ts';
import { renderDetailJson } from '../../src/pypi/render-json.ts';
import { applyTakedowns } from '../../src/pypi/takedown.ts';
import type { JsonObject, RowEffect } from '../../src/pypi/types.ts';
import { anyDetailDocument, CONTEXT, detailDocument, fileDocument, placeAll } from '../support/details.ts';
import fc from '../support/properties.ts';

test('a detail that is stored reads the same again', () => {
  fc.assert(
    fc.property(anyDetailDocument, fc.option(fc.nat()), (document, headerSerial) => {
      const detail = parseDetail(document, { ...CONTEXT, headerSerial });
      const stored = serializeDetail(detail);
      const again = parseDetailText(stored, { ...CONTEXT, url: 'https://elsewhere.example/' });
      assert.deepEqual(again, detail);
      assert.equal(serializeDetail(again), stored);
    }),
  );
});

test('nothing that upstream said is lost but the spelling of URLs, the name and the serial', () => {
  fc.assert(
    fc.property(anyDetailDocument, (document) => {
      const { raw } = parseDetail(document, CONTEXT);
      const { files: _files, meta: _meta, ...rest } = document;
      for (const [key, value] of Object.entries(rest)) assert.deepEqual(own(raw, key), value);
      const entries = document['files'] as JsonObject[];
      for (const [index, entry] of entries.entries()) {
        const { url: _url, provenance: _provenance, ...said } = entry;
        for (const [key, value] of Object.entries(said))
          assert.deepEqual(own((raw['files'] as JsonObject[])[index] ?? {}, key), value);
      }
    }),
  );
});

test('a JSON page reads as the same files, with our links', () => {
  fc.assert(
    fc.property(anyDetailDocument, (document) => {
      const detail = parseDetail(document, CONTEXT);
      const page = parseDetailText(
        renderDetailJson(detail, (file) => ({
          href: `files/${encodeURIComponent(file.filename)}`,
          coreMetadata: true,
          provenance: null,
        })),
        CONTEXT,
      );
      const content = ({ files, status }: typeof detail) =>
        status === 'quarantined' ? [] : files.map(({ raw: _raw, url: _url, ...rest }) => rest);
      assert.deepEqual(content(page), content(detail));
      assert.equal(page.serial, detail.serial);
    }),
  );
});

test('an HTML page has the tags and attributes of the template, whatever upstream writes', () => {
  const attribute = '[a-z-]+="[^"<>\']*"';
  const template = new RegExp(
    [
      '^<!DOCTYPE html>\n<html lang="en">\n  <head>\n',
      `    <meta ${attribute} ${attribute}>\n`,
      `(?:<meta ${attribute} ${attribute}>\n?){0,2}`,
      '    <title>Links for [a-z0-9-]+</title>\n  </head>\n  <body>\n    <h1>Links for [a-z0-9-]+</h1>\n',
      `(?:<a ${attribute}(?: ${attribute})*>[^<>"']*</a><br />\n)*`,
      '</body>\n</html>\n(?:<!--SERIAL [0-9]+-->)?$',
    ].join(''),
  );
  fc.assert(
    fc.property(anyDetailDocument, (document) => {
      const html = renderDetailHtml(parseDetail(document, CONTEXT), placeAll);
      assert.match(html, template);
    }),
  );
});

test('arbitrary JSON is a detail or an error of ours, never anything else', () => {
  const mutilated = fc
    .tuple(fc.constantFrom('files', 'meta', 'name', 'project-status', 'versions'), fc.jsonValue())
    .map(([key, value]) => detailDocument([fileDocument('a-1.0.tar.gz')], { [key]: value as never }));
  const mutilatedFile = fc
    .tuple(fc.constantFrom(...Object.keys(fileDocument('x')), 'dist-info-metadata'), fc.jsonValue())
    .map(([key, value]) => detailDocument([fileDocument('a-1.0.tar.gz', { [key]: value as never })]));
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), mutilated, mutilatedFile), (document) => {
      try {
        const detail = parseDetail(document, CONTEXT);
        for (const file of detail.files) assert.equal(checkFilename(file.filename), file.filename);
        renderDetailHtml(detail, placeAll);
        renderDetailJson(detail, placeAll);
      } catch (error) {
        if (!(error instanceof JubjubError)) throw error;
        assert.match(error.code, /^UPSTREAM_(?:MALFORMED|API_VERSION)$/);
        assert.match(error.message, /sample-project|API version/);
      }
    }),
    { numRuns: 400 },
  );
});

test('no file of any detail is put outside packages/, and its link leads to it', () => {
  fc.assert(
    fc.property(anyDetailDocument, (document) => {
      for (const file of parseDetail(document, CONTEXT).files) {
        const path = filePath(file);
        if (path === null) continue;
        assert.equal(path.split('/').length, 5);
        const base = 'https://mirror.example/prefix/simple/sample-project/';
        const reached = new URL(hrefFromDetail(path), base).pathname;
        assert.equal(decodeURIComponent(reached), `/prefix/${path}`);
      }
    }),
  );
});

test('takedowns only take away, twice is as once, and what is left can be stored', () => {
  const version = fc.constantFrom('1.0', '1.0.0', '2.0', 'odd version');
  const filename = fc.constantFrom(
    'sample_project-1.0-py3-none-any.whl',
    'sample-project-1.0.tar.gz',
    'sample-project-2.0.zip',
    'unparsable',
  );
  const effect: fc.Arbitrary<RowEffect> = fc.oneof(
    fc.record({ kind: fc.constantFrom('none', 'page', 'quarantine-project', 'clear-project') }),
    fc.record({ kind: fc.constant('remove-file'), filename }),
    fc.record({
      kind: fc.constantFrom('remove-release', 'quarantine-release', 'clear-release'),
      version,
    }),
  ) as fc.Arbitrary<RowEffect>;
  fc.assert(
    fc.property(
      fc.uniqueArray(filename),
      fc.array(version),
      fc.array(effect, { maxLength: 5 }),
      (names, versions, rows) => {
        const detail = parseDetail(
          detailDocument(
            names.map((name) => fileDocument(name)),
            { versions },
          ),
          CONTEXT,
        );
        const taken = applyTakedowns(detail, rows);
        assert.ok(taken.files.every((file) => detail.files.includes(file)));
        assert.equal(applyTakedowns(taken, rows), taken);
        assert.deepEqual(parseDetailText(serializeDetail(taken), CONTEXT), taken);
      },
    ),
  );
});

function own(object: JsonObject, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}
