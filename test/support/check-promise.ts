/** The contract's promises as checks over a docroot, a catalogue and the truth of the origin. Each throws with what broke. */
import assert from 'node:assert/strict';
import type { Catalogue } from '../../src/catalogue/contract.ts';
import type { MirrorSettings } from '../../src/mirror/deps.ts';
import { placeMirrored, placeUpstream } from '../../src/mirror/plan.ts';
import { detailPaths, metadataPath, parseDocrootPath } from '../../src/pypi/paths.ts';
import { renderDetailHtml } from '../../src/pypi/render-html.ts';
import { renderDetailJson } from '../../src/pypi/render-json.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import {
  allLinks,
  digestOfKept,
  pageDetail,
  pageNames,
  rootNames,
  sha256Hex,
  textOf,
} from './docroot-pages.ts';
import type { Tree } from './engine.ts';
import { hasWhatStayed, isQuarantined, type OriginHistory, shownBy } from './origin-history.ts';

/** P1, P3: every link on every page, HTML and JSON, leads to bytes with the advertised digest; sidecars too. */
export function checkLinks(tree: Tree): void {
  for (const link of allLinks(tree)) {
    const bytes = link.target === null ? undefined : tree.get(link.target);
    assert.ok(bytes, `P1: ${link.page} links to nothing: ${link.href}`);
    assert.ok(link.sha256, `P1: ${link.page} promises no digest: ${link.href}`);
    assert.equal(sha256Hex(bytes), link.sha256, `P1: ${link.page} links to other bytes: ${link.href}`);
    if (link.metadataSha256 === null) continue;
    const sidecar = tree.get(`${link.target}.metadata`);
    assert.ok(sidecar, `P1: ${link.page} advertises a sidecar that is not there: ${link.href}`);
    assert.equal(sha256Hex(sidecar), link.metadataSha256, `P1: another sidecar: ${link.href}`);
  }
}

/**
 * P2: every change up to the committed serial is shown, or something later is, except for what is pending.
 * @param hasRows else only the list tells of changes
 * @param mayLackNew the operator had an empty list believed, and no other has told since what is new, or which serial a page must have
 */
export function checkSerial(
  tree: Tree,
  catalogue: Catalogue,
  origin: OriginHistory,
  { hasRows, mayLackNew }: { readonly hasRows: boolean; readonly mayLackNew: boolean },
): void {
  const { serial } = catalogue.progress();
  if (serial === null) return;
  checkListed(tree, catalogue);
  for (const name of origin.names) {
    const change = origin.lastChange(name, serial);
    if (change === null || catalogue.due(name)?.pending) continue;
    const detail = pageDetail(tree, name);
    const shown = detail === null ? null : shownBy(detail);
    const allowed = origin.shownSince(name, change);
    // On no list: a first sync does not learn of a project that was quarantined before, and has nothing of it to show.
    if (shown === null && catalogue.project(name)?.published !== true && allowed.some(isQuarantined))
      continue;
    // The quarantined are on no list: that one of them was removed shows when its page is looked at.
    if (!hasRows && isQuarantined(shown) && allowed.includes(null)) continue;
    if (mayLackNew) continue;
    // Killed between a page that lacks something newer than the serial, and the commit that says what is owed.
    const isUnderWay = catalogue.due(name) !== null && shown !== null;
    assert.ok(
      allowed.includes(shown) || (isUnderWay && hasWhatStayed(shown, allowed)),
      `P2: with serial ${serial} committed, ${name} does not show its change of serial ${change}:\n` +
        `shown: ${shown}\nlast allowed: ${allowed.at(-1)}`,
    );
  }
}

/** P2: what is committed is on the root index; what is under way may be there already, or gone from it. */
function checkListed(tree: Tree, catalogue: Catalogue): void {
  for (const [form, names] of Object.entries(rootNames(tree))) {
    const listed = new Set<string>(names);
    for (const name of catalogue.publishedNames()) {
      if (listed.has(name) || catalogue.due(name) !== null) continue;
      const isQuarantined = catalogue.project(name)?.status === 'quarantined';
      assert.ok(isQuarantined, `P2: ${name} is committed, and not on the root index (${form})`);
    }
  }
}

/** P6: a page does not offer what rows up to the committed serial took down, whether or not its project is pending. */
export function checkTakedowns(tree: Tree, catalogue: Catalogue, origin: OriginHistory): void {
  const { serial } = catalogue.progress();
  if (serial === null) return;
  for (const name of pageNames(tree).whole) {
    const due = catalogue.due(name);
    // The removal limit holds all that a run would do to the project.
    if (due?.pending?.code === 'LIMIT_REMOVALS') continue;
    // Brought in by its name before the first list, and not had since: rows from before that list nobody has read.
    if (due?.pending != null && due.first === 0) continue;
    const down = origin.takenDown(name, serial);
    const offered = pageDetail(tree, name)?.files.map(({ filename }) => filename) ?? [];
    const wrong = offered.filter((filename) => down.has(filename));
    assert.deepEqual(wrong, [], `P6: ${name} still offers what was taken down`);
  }
}

/** P4: no crash leaves a file that the catalogue does not know, and no file has other bytes than it is known by. */
export function checkKnown(tree: Tree, catalogue: Catalogue): void {
  for (const [path, bytes] of tree) {
    if (!path.startsWith('packages/')) continue;
    const bare = path.replace(/\.(metadata|provenance)$/, '');
    const sidecarOf = bare === path ? null : docrootPath(bare);
    const known = catalogue.digestAt(sidecarOf ?? docrootPath(path), null);
    assert.ok(known, `P4: the catalogue does not know ${path}`);
    if (sidecarOf === null) assert.equal(digestOfKept(bytes), known, `P3: not the bytes of ${path}`);
  }
  for (const name of [...pageNames(tree).whole, ...pageNames(tree).half])
    assert.ok(catalogue.project(name) ?? catalogue.due(name), `P4: nobody remembers the page of ${name}`);
}

/** HTML pages that were found right, with the JSON page beside them and what both are made of: most are the same after the next run. */
const right = new WeakMap<Uint8Array, { readonly json: Uint8Array | undefined; readonly madeOf: string }>();

function isKnownRight(
  [html, json]: readonly [Uint8Array | undefined, Uint8Array | undefined],
  madeOf: string,
): boolean {
  const known = html === undefined ? undefined : right.get(html);
  return known !== undefined && known.json === json && known.madeOf === madeOf;
}

/** After a run that ended by itself: pages and root index are exactly what the catalogue says, by the settings of that run. */
export function checkPages(
  tree: Tree,
  catalogue: Catalogue,
  { mirrorFiles = true, baseUrl = null }: Partial<Pick<MirrorSettings, 'mirrorFiles' | 'baseUrl'>> = {},
  mayLinkTo: (url: string) => boolean = () => true,
): void {
  const published = [...catalogue.publishedNames()];
  const { whole, half } = pageNames(tree);
  assert.deepEqual([...whole].sort(), published, 'the pages are those of the published projects');
  assert.deepEqual([...half], [], 'every page is there in both forms');
  for (const name of published) {
    // Held by the removal limit: nothing is done to it, so it still shows what a killed run may have published.
    if (catalogue.due(name)?.pending?.code === 'LIMIT_REMOVALS') continue;
    const packed = catalogue.packed(name);
    assert.ok(packed, `${name} is published without a detail`);
    const files = catalogue.filesOf(name).filter(({ state }) => state === 'published');
    // Committed while files stayed upstream: its page waits for the files that are to lie here.
    if (mirrorFiles && files.length === 0 && catalogue.due(name)?.pending) continue;
    const paths = detailPaths(name);
    const pages = [tree.get(paths.html), tree.get(paths.json)] as const;
    const madeOf = `${baseUrl} ${Buffer.from(packed).toString('latin1')} ${JSON.stringify(files)}`;
    if (mirrorFiles && isKnownRight(pages, madeOf)) continue;
    const detail = catalogue.unpack(packed, name);
    const place = mirrorFiles ? placeMirrored(files, baseUrl) : placeUpstream(({ url }) => mayLinkTo(url));
    assert.equal(textOf(tree, paths.html), renderDetailHtml(detail, place), `the HTML page of ${name}`);
    assert.equal(textOf(tree, paths.json), renderDetailJson(detail, place), `the JSON page of ${name}`);
    if (mirrorFiles && pages[0] !== undefined) right.set(pages[0], { json: pages[1], madeOf });
  }
  const listed = published.filter((name) => catalogue.project(name)?.status !== 'quarantined');
  if (catalogue.progress().serial === null) return;
  assert.deepEqual(rootNames(tree), { html: listed, json: listed }, 'the root index lists what is published');
}

/** What must hold at every instant, in the middle of a crash too. */
export function checkAlways(tree: Tree, catalogue: Catalogue, origin: OriginHistory): void {
  checkLinks(tree);
  checkSerial(tree, catalogue, origin, { hasRows: true, mayLackNew: false });
  checkTakedowns(tree, catalogue, origin);
  checkKnown(tree, catalogue);
}

/** Two mirrors of one origin show the same, byte for byte; files that no page links to any more are not compared. */
export function checkSameTree(one: Tree, other: Tree, normalize = (text: string): string => text): void {
  const shown = (tree: Tree) =>
    Object.fromEntries(
      [...tree.keys()]
        .filter((path) => path.startsWith('simple/'))
        .sort()
        .map((path) => [path, normalize(textOf(tree, path))]),
    );
  assert.deepEqual(shown(one), shown(other));
}

/**
 * A page without what may differ between a mirror that had a hard life and one that had none, until a full sync: serials that
 * rows moved which change no page, archived or not (no row tells), and sidecars that could not be had.
 */
export function normalizedPage(text: string): string {
  return text
    .replace(/<!--SERIAL \d+-->/g, '')
    .replace(/"_last-serial":\d+,?/g, '')
    .replace(/"project-status":\{"status":"archived"\}/g, '"project-status":{"status":"active"}')
    .replace('name="pypi:project-status" content="archived"', 'name="pypi:project-status" content="active"')
    .replace(/ data-(?:dist-info|core)-metadata="[^"]*"/g, '')
    .replace(/"(?:data-dist-info|dist-info|core)-metadata":(?:false|\{[^}]*\}),/g, '');
}

/** The paths that a page links to. */
export function linkedPaths(tree: Tree): string[] {
  return [...new Set(allLinks(tree).map(({ target }) => target ?? ''))].sort();
}

function docrootPath(raw: string): DocrootPath {
  const path = parseDocrootPath(raw);
  assert.ok(path, `not a docroot path: ${raw}`);
  return path;
}

/** For tests that look for one sidecar. */
export function sidecarIn(tree: Tree, path: DocrootPath): Uint8Array | undefined {
  return tree.get(metadataPath(path));
}
