/** What must hold of a docroot that rules decide, after every run of the selection's play and at its end. Each throws with what broke. */
import assert from 'node:assert/strict';
import { nearest } from '../../src/config/nearest.ts';
import { choose, nameDrop } from '../../src/mirror/chosen.ts';
import { explainProject } from '../../src/mirror/explain/explain.ts';
import { kindOfPath } from '../../src/mirror/known-paths.ts';
import { offeredFiles } from '../../src/pypi/detail.ts';
import { releaseOf } from '../../src/pypi/filenames.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Detail, ProjectName } from '../../src/pypi/types.ts';
import { buildSelection } from '../../src/selection/selection.ts';
import { checkKnown } from './check-promise.ts';
import { allLinks, pageDetail, pageNames, sha256Hex } from './docroot-pages.ts';
import type { Engine, Tree } from './engine.ts';
import { NAMES } from './selection-play-history.ts';
import { selectionSettings } from './some-selection.ts';

/** The rules that are in force, with what the mirror knows. */
function choosing({ options, catalogue }: Engine) {
  return { selection: buildSelection(selectionSettings(options.selection)), catalogue };
}

/** P1: every link leads to bytes with the advertised digest, or, where files may stay upstream, to a file that is there. */
export function checkAllLinks({ store, sim, catalogue }: Engine): void {
  const tree = store.tree();
  for (const { target, href, page, sha256, metadataSha256 } of allLinks(tree)) {
    if (target === null) {
      const path = href.startsWith(sim.filesUrl) ? new URL(href).pathname : '';
      const bytes = sim.state.blob(path);
      assert.ok(bytes, `P1: ${page} links to nothing upstream: ${href}`);
      assert.equal(sha256Hex(bytes), sha256, `P1: ${page} links to other bytes upstream: ${href}`);
      continue;
    }
    const bytes = tree.get(target);
    assert.ok(bytes, `P1: ${page} links to nothing: ${href}`);
    assert.equal(sha256Hex(bytes), sha256, `P1: ${page} links to other bytes: ${href}`);
    if (metadataSha256 === null) continue;
    const sidecar = tree.get(`${target}.metadata`);
    assert.ok(sidecar, `P1: ${page} advertises a sidecar that is not there: ${href}`);
    assert.equal(sha256Hex(sidecar), metadataSha256, `P1: another sidecar: ${href}`);
  }
  checkKnown(tree, catalogue);
}

/**
 * No page shows what the rules in force leave out, nor is a project there that they leave out; but for those that are still owed. And
 * when nothing is, everything is there that they kept when the run began.
 */
export function checkRules(engine: Engine, startedMs: number): void {
  const { catalogue, store, sim } = engine;
  const deps = choosing(engine);
  const tree = store.tree();
  const shown = pageNames(tree).whole;
  for (const name of NAMES) {
    if (catalogue.due(name) !== null) continue;
    const detail = knownDetail(engine, name);
    const drop =
      nameDrop(deps, name) ?? (detail === null ? null : choose(deps, detail, sim.clock.now()).drop);
    if (drop !== null) {
      assert.ok(!shown.has(name), `${name} is there, and ${drop.rule} leaves it out: ${drop.why}`);
      continue;
    }
    if (detail === null) continue;
    assert.ok(shown.has(name), `${name} is not there, and nothing leaves it out`);
    checkFiles(tree, name, detail, [
      choose(deps, detail, startedMs).files,
      choose(deps, detail, sim.clock.now()).files,
    ]);
  }
}

function knownDetail({ catalogue }: Engine, name: ProjectName): Detail | null {
  const packed = catalogue.knownDetail(name);
  return packed === null ? null : catalogue.unpack(packed, name);
}

type Dropped = ReadonlyMap<string, { readonly rule: string; readonly why: string }>;

/** Between its begin and its end time may have shown more: both are in order. */
function checkFiles(
  tree: Tree,
  name: ProjectName,
  detail: Detail,
  [before, after]: readonly [Dropped, Dropped],
): void {
  const page = pageDetail(tree, name);
  assert.ok(page);
  const there = new Set(page.files.map(({ filename }) => filename));
  for (const filename of there) {
    const drop = after.get(filename);
    assert.ok(
      drop === undefined,
      `${filename} is on its page, and ${drop?.rule} leaves it out: ${drop?.why}`,
    );
  }
  for (const { filename } of offeredFiles(detail)) {
    if (!before.has(filename)) assert.ok(there.has(filename), `${filename} is kept, and not on its page`);
  }
  const listed = page.raw['versions'] as readonly string[];
  const versionsOf = (files: Iterable<string>) =>
    new Set([...files].map((filename) => releaseOf(filename, name)));
  const here = versionsOf(there);
  const upstream = versionsOf(detail.files.map(({ filename }) => filename));
  const empty = (detail.raw['versions'] as readonly string[]).filter((version) => !upstream.has(version));
  assert.deepEqual(
    [...listed].sort(),
    [...here, ...empty].sort(),
    `the versions that the page of ${name} lists`,
  );
}

/** Nothing lies where only the mirror writes that it does not know. */
export function checkNoOrphans({ store, catalogue, options }: Engine): void {
  const { jsonApi = false, precompress = false } = options.settings;
  const deps = { catalogue, settings: { jsonApi, precompress } };
  const paths = [...withoutLeftBuckets(store.tree()).keys()];
  const orphans = paths.filter((path) => kindOfPath(path, deps) === 'orphan');
  assert.deepEqual(orphans, [], 'nobody knows these');
}

/** A first sync that was killed may have left parts of a proof that it did not live to finish; nothing says that they are there. */
export function withoutLeftBuckets(tree: Tree): Tree {
  const manifest = Buffer.from(tree.get('manifest.json') ?? []).toString('utf8');
  const isLeft = (path: string) => {
    const [, id] = /^manifest\/([0-9a-f]{3})\.sha256$/.exec(path) ?? [];
    return id !== undefined && !manifest.includes(`"${id}": "`);
  };
  return new Map([...tree].filter(([path]) => !isLeft(path)));
}

/** `explain` says of every project and file what is to be seen in the docroot. */
export async function checkExplained(engine: Engine): Promise<void> {
  const tree = engine.store.tree();
  await engine.act(true, async (deps) => {
    for (const name of NAMES) {
      const { standing, files } = explainProject({ ...deps, nearest }, name, null, deps.clock.now());
      const page = pageDetail(tree, name);
      const isShown = standing === 'published';
      assert.equal(isShown, page !== null, `explain says that ${name} is ${standing}`);
      if (standing === 'left-out')
        assert.notEqual(engine.catalogue.project(name)?.leftOut ?? 'by name', null);
      const there = new Set(page?.files.map(({ filename }) => filename));
      for (const file of files) {
        const said = `explain says of ${file.filename}: ${file.standing} ${file.drop?.rule ?? ''}`;
        assert.equal(file.standing === 'published', there.has(file.filename), said);
        assert.ok(file.standing !== 'owed' && file.standing !== 'leaving', said);
        assert.equal(file.standing === 'left-out', file.drop !== null, said);
      }
    }
  });
}

const REPORTS = /^(?:status\.json|last-modified)$/;
const BESIDE = /\.(?:metadata|provenance)$/;

/**
 * The docroot is, byte for byte, the one of a mirror that began with these rules just now; sidecars may be left of times when more of
 * them was wanted. `hidden`: names that a new mirror cannot learn of, for no list has them; then the proof is not compared.
 */
export function checkAsFresh(tree: Tree, fresh: Tree, hidden: ReadonlySet<string>): void {
  const isCompared = (path: string) => {
    const [area = '', name = ''] = path.split('/');
    if (REPORTS.test(path)) return false;
    if (hidden.size === 0) return true;
    return (
      area !== 'manifest' &&
      path !== 'manifest.json' &&
      !((area === 'simple' || area === 'pypi') && hidden.has(name))
    );
  };
  const texts = (one: Tree, other: Tree) =>
    Object.fromEntries(
      [...withoutLeftBuckets(one)]
        .filter(([path]) => isCompared(path) && !(BESIDE.test(path) && !other.has(path)))
        .map(([path, bytes]): [string, string] => [
          path,
          path.startsWith('packages/') ? sha256Hex(bytes) : textIn(path, bytes),
        ])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  for (const path of fresh.keys())
    if (isCompared(path)) assert.ok(tree.has(path), `a new mirror has ${path}`);
  assert.deepEqual(texts(tree, fresh), texts(fresh, tree), 'the docroot is that of a new mirror');
}

/**
 * Of the root index, names count in their normal form: how a project is spelled that no list was read for (a need, a name on the command
 * line) nobody knows.
 */
function textIn(path: string, bytes: Uint8Array): string {
  if (path.endsWith('.gz')) return path.startsWith('simple/index.') ? '' : sha256Hex(bytes);
  const text = Buffer.from(bytes).toString('utf8');
  if (!path.startsWith('simple/index.')) return text;
  return text.replace(/(?<=>)[^<>\n]+(?=<\/a>)|(?<="name":")[^"]+(?=")/g, (name) => normalizeName(name));
}
