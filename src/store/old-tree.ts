/** An old tree on the local disk: read without following links, and made ours by hard links. */
import { link, lstat, readdir, realpath, rename } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { JubjubError } from '../errors.ts';
import { metadataPath, provenancePath } from '../pypi/paths.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { Digest, OldFile, OldPages, OldProject, OldProjects, OldTree } from './contract.ts';
import { Flush } from './flush.ts';
import type { MirrorFolders } from './folders.ts';
import { errnoOf, orNull, storing } from './fs-errors.ts';
import { hashFile } from './hashing.ts';
import { type OpenFile, openForReading } from './random-access.ts';
import { replacing, stagedName } from './staging.ts';
import { Tree } from './tree.ts';

/** A page in any of its forms, or what a web server sends in its place. */
const PAGE = /^index\.(?:html|v1_html|v1_json)(?:\.(?:gz|br|zst))?$/;
/** What bandersnatch's `keep-index-versions` keeps, in a folder of that name; `index.html` is then a link to the newest. */
const VERSIONS = 'versions';
const PAGE_VERSION = /^index_/;
const READ_BYTES = 256 * 1024;
const ABSENT: OldFile = { kind: 'absent', sizeBytes: 0, hasMetadata: false, others: 0 };

export class LocalOldTree implements OldTree {
  readonly isDocroot: boolean;
  readonly #root: string;
  readonly #web: string;
  readonly #staging: string;
  readonly #docroot: Tree;
  readonly #flush: Flush;

  /** `root` and `folders.web` are real paths: links above the tree are the operator's own. */
  constructor(root: string, folders: Pick<MirrorFolders, 'web' | 'staging'>) {
    this.isDocroot = root === folders.web;
    this.#root = root;
    this.#web = folders.web;
    this.#staging = folders.staging;
    // Whatever a sync flushes: it is done once, and this is the fastest way that is safe.
    this.#flush = new Flush('wave', folders.staging);
    this.#docroot = new Tree(folders.web, this.#flush);
  }

  async projects(): Promise<OldProjects> {
    const top = await storing('could not read', this.#root, () => readdir(this.#root));
    let others = top.filter((name) => name !== 'simple' && name !== 'packages').length;
    const simple = join(this.#root, 'simple');
    // Names only: there may be a million of them, and what is made meanwhile is not to be met again.
    const places: string[] = [];
    for (const name of (await storing('could not read', simple, () => readdir(simple))).sort()) {
      if (PAGE.test(name)) continue;
      if (name.startsWith('.')) others += 1;
      else if (name.length > 1) places.push(name);
      else for (const place of await this.#letter(name)) places.push(place);
    }
    return { count: places.length, others, each: eachOf(places) };
  }

  /** `simple/f` is the project f, or holds all that begin with f (hash index), or both. */
  async #letter(letter: string): Promise<string[]> {
    const at = join(this.#root, 'simple', letter);
    const entries = (await storing('could not read', at, () => entriesOf(at))) ?? [];
    const inner = entries.filter(
      (entry) => entry.isDirectory() && entry.name.toLowerCase().startsWith(letter.toLowerCase()),
    );
    const hashed = inner.map((entry) => `${letter}/${entry.name}`).sort();
    const isProject = hashed.length === 0 || entries.some((entry) => PAGE.test(entry.name));
    return [...(isProject ? [letter] : []), ...hashed];
  }

  async pages({ directory }: OldProject): Promise<OldPages | null> {
    const at = join(this.#root, directory);
    const entries = await storing('could not read', at, () => entriesOf(at));
    if (entries === null) return null;
    const names = entries
      .filter((entry) => !entry.isDirectory() && PAGE.test(entry.name))
      .map(({ name }) => name);
    const hasVersions = entries.some((entry) => entry.name === VERSIONS && entry.isDirectory());
    const versions = hasVersions
      ? await storing('could not read', at, () => readdir(join(at, VERSIONS)))
      : [];
    const old = versions.filter((name) => PAGE_VERSION.test(name)).map((name) => `${VERSIONS}/${name}`);
    const others = entries.length - names.length - (hasVersions ? 1 : 0) + versions.length - old.length;
    return { names: [...names, ...old], others };
  }

  async readPage({ directory }: OldProject, name: string, bytesMax: number): Promise<Uint8Array | null> {
    const folder = join(this.#root, directory);
    const at = join(folder, name);
    return storing('could not read', at, async () => {
      const real = await orNull(() => realpath(at));
      if (real === null || !real.startsWith(`${folder}${sep}`)) return null;
      const opened = await openForReading(real);
      if (opened === null) return null;
      return closing(opened, async () =>
        opened.sizeBytes <= bytesMax ? opened.read(0, opened.sizeBytes) : null,
      );
    });
  }

  async file(path: DocrootPath): Promise<OldFile> {
    const at = join(this.#root, path);
    const folder = dirname(at);
    return storing('could not look at', at, async () => {
      const real = await orNull(() => realpath(folder));
      if (real === null) return ABSENT;
      if (real !== folder) return { ...ABSENT, kind: 'link' };
      const entries = (await orNull(() => readdir(folder, { withFileTypes: true }))) ?? [];
      const names = new Map(entries.map((entry) => [entry.name, entry]));
      const own = names.get(basename(at));
      const sidecars = [basename(metadataPath(path)), basename(provenancePath(path))];
      const others = entries.filter((entry) => entry !== own && !sidecars.includes(entry.name)).length;
      if (own === undefined) return { ...ABSENT, others };
      if (!own.isFile()) return { ...ABSENT, kind: 'link', others };
      const hasMetadata = names.get(sidecars[0] ?? '')?.isFile() === true;
      const found = await orNull(() => lstat(at));
      return found === null ? ABSENT : { kind: 'file', sizeBytes: found.size, hasMetadata, others };
    });
  }

  digest(path: DocrootPath, signal: AbortSignal): Promise<Digest | null> {
    return hashFile(join(this.#root, path), signal);
  }

  async *read(path: DocrootPath, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const at = join(this.#root, path);
    const opened = await storing('could not open', at, () => openForReading(at));
    if (opened === null) return;
    try {
      for (let offset = 0; ; ) {
        if (signal.aborted) throw new JubjubError('INTERRUPTED', 'interrupted', { cause: signal.reason });
        const from = offset;
        const piece = await storing('could not read', at, () => opened.read(from, READ_BYTES));
        if (piece.length > 0) yield piece;
        if (piece.length < READ_BYTES) return;
        offset += piece.length;
      }
    } finally {
      await opened.close();
    }
  }

  async link(paths: readonly DocrootPath[]): Promise<void> {
    if (paths.length === 0) return;
    const touched = new Set<string>();
    for (const path of paths) {
      const target = join(this.#web, path);
      this.#docroot.makeAbove(target, touched);
      await this.#linkOver(join(this.#root, path), target, join(this.#staging, stagedName(path)));
      touched.add(dirname(target));
    }
    await storing('could not flush', this.#web, () =>
      this.#flush.paths([...touched, this.#staging], this.#web),
    );
  }

  flush(): Promise<void> {
    return storing('could not flush', this.#root, () => this.#flush.trees([this.#root]));
  }

  async #linkOver(source: string, target: string, aside: string): Promise<void> {
    await storing('could not link', target, async () => {
      try {
        await link(source, target);
        return;
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw refusedLink(error, source, target);
      }
      // A rename of one name of a file over another of the same file does nothing, and would leave the one aside.
      if (await isSameFile(source, target)) return;
      await replacing(aside, () => link(source, aside));
      await rename(aside, target);
    });
  }
}

function* eachOf(places: readonly string[]): Generator<OldProject> {
  for (const place of places)
    yield { name: place.slice(place.indexOf('/') + 1), directory: `simple/${place}` };
}

/** null when that is no directory of its own: a file, a link, nothing. */
async function entriesOf(directory: string) {
  const found = await orNull(() => lstat(directory));
  if (found === null || !found.isDirectory()) return null;
  return orNull(() => readdir(directory, { withFileTypes: true }));
}

async function closing<T>(opened: OpenFile, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } finally {
    await opened.close();
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([lstat(one, { bigint: true }), lstat(other, { bigint: true })]);
  return first.dev === second.dev && first.ino === second.ino;
}

/** The two refusals that an operator can do something about; everything else as it came. */
function refusedLink(error: unknown, source: string, target: string): unknown {
  const errno = errnoOf(error);
  if (errno !== 'EXDEV' && errno !== 'EPERM') return error;
  const isElsewhere = errno === 'EXDEV';
  return new JubjubError(
    'STORE_NOT_WRITABLE',
    isElsewhere
      ? 'the old tree is on another mount than this mirror'
      : 'the old tree lets no hard links be made',
    {
      path: source,
      expected: `a hard link at ${target}`,
      received: error instanceof Error ? error.message : String(error),
      effect: 'what was taken over before is kept; the old tree is as it was',
      hint: isElsewhere
        ? 'take a copy of it: jubjub adopt --copy'
        : 'Linux allows links to files of the same owner only (fs.protected_hardlinks): run as their owner, or take a copy: jubjub adopt --copy',
      cause: error,
    },
  );
}
