/**
 * Goal: what upstream says reaches our pages unchanged but for URLs, in every shape that upstreams send.
 * Method: a corpus of documents; our JSON against upstream's with only the links replaced, byte by byte where upstream
 * writes as PyPI does; our HTML, read back, against what HTML can carry of the same document.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DetailContext, parseDetailText, serializeDetail } from '../../src/pypi/detail.ts';
import { parseDetailHtml } from '../../src/pypi/detail-html.ts';
import { isJsonObject } from '../../src/pypi/json.ts';
import type { Place } from '../../src/pypi/placement.ts';
import { renderDetailHtml } from '../../src/pypi/render-html.ts';
import { renderDetailJson } from '../../src/pypi/render-json.ts';
import type { Detail, JsonObject } from '../../src/pypi/types.ts';
import { CONTEXT } from '../support/details.ts';
import { CORPUS, type Shape } from '../support/pypi-corpus.ts';

const hrefOf = (filename: string) => `../../packages/ours/${encodeURIComponent(filename)}`;
const placed: Place = (file) => ({ href: hrefOf(file.filename), coreMetadata: true, provenance: null });

const detailOf = ({ text }: Shape, context: DetailContext = CONTEXT) => parseDetailText(text, context);

/** Upstream's document with our links, and with the three things that are normalized: name, serial, API version. */
function expected(shape: Shape): JsonObject {
  const document = JSON.parse(shape.text) as JsonObject & { files: JsonObject[]; meta: JsonObject };
  const serial = document.meta['_last-serial'];
  return {
    ...document,
    name: 'sample-project',
    meta: {
      'api-version': '1.0',
      ...document.meta,
      ...(serial === undefined ? {} : { '_last-serial': Number(serial) }),
    },
    files: document.files.map((file) => ({ ...file, url: hrefOf(String(file['filename'])) })),
  };
}

for (const shape of CORPUS) {
  test(`our JSON is upstream’s, but for URLs: ${shape.what}`, () => {
    const page = renderDetailJson(detailOf(shape), placed);
    assert.deepEqual(JSON.parse(page), expected(shape));
    if (!shape.isPypis) return;
    const relinked = shape.text.replace(
      /"url":"[^"]*\/([^/"]+)"/g,
      (_match, name) => `"url":"${hrefOf(name)}"`,
    );
    assert.equal(page, relinked);
  });

  test(`what was stored makes the same page: ${shape.what}`, () => {
    const detail = detailOf(shape);
    const again = parseDetailText(serializeDetail(detail), { ...CONTEXT, url: 'https://elsewhere.example/' });
    assert.equal(renderDetailJson(again, placed), renderDetailJson(detail, placed));
    assert.equal(renderDetailHtml(again, placed), renderDetailHtml(detail, placed));
  });

  test(`our HTML, read back, says what HTML can say: ${shape.what}`, () => {
    const detail = detailOf(shape);
    const upstreams: Place = (file) => ({ href: file.url, coreMetadata: true, provenance: null });
    const again = parseDetailHtml(renderDetailHtml(detail, upstreams), CONTEXT);
    assert.deepEqual(sayableInHtml(again), sayableInHtml(detail));
  });
}

test('core metadata that is not with us is the one thing that may be told otherwise', () => {
  for (const shape of CORPUS) {
    const page = JSON.parse(
      renderDetailJson(detailOf(shape), (file) => ({
        href: file.url,
        coreMetadata: false,
        provenance: null,
      })),
    ) as { files: JsonObject[] };
    for (const [at, file] of page.files.entries()) {
      const before = (expected(shape)['files'] as JsonObject[])[at] ?? {};
      assert.deepEqual(Object.keys(file).sort(), Object.keys(before).sort());
      for (const [key, value] of Object.entries(file)) {
        if (key === 'url') continue;
        const isAdvertised = key.endsWith('-metadata') && Boolean(before[key]);
        assert.deepEqual(value, isAdvertised ? false : before[key], `${shape.what}: ${key}`);
      }
    }
  }
});

test('a mirror of our mirror says the same, several levels deep', () => {
  for (const shape of CORPUS) {
    const first = renderDetailJson(detailOf(shape), placed);
    let page = first;
    for (let level = 0; level < 3; level++) page = renderDetailJson(parseDetailText(page, CONTEXT), placed);
    assert.equal(page, first, shape.what);
  }
});

/** All that the PEPs give HTML words for. */
function sayableInHtml(detail: Detail): unknown {
  const status = detail.raw['project-status'];
  return {
    name: detail.name,
    serial: detail.serial,
    apiVersion: detail.apiVersion,
    status: detail.status,
    reason: isJsonObject(status) ? status['reason'] : undefined,
    files: detail.files.map(({ raw, sizeBytes: _size, coreMetadata, ...file }) => {
      const hashes = raw['hashes'];
      return {
        ...file,
        coreMetadata,
        signed: typeof raw['gpg-sig'] === 'boolean' ? raw['gpg-sig'] : undefined,
        // A link carries one digest; sha256 is compared above.
        md5: file.sha256 === null && isJsonObject(hashes) ? hashes['md5'] : undefined,
      };
    }),
  };
}
