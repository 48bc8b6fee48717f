/** Mutants of the order of a run: what is made visible, or written down, before what it stands on. */
import type { Mutant } from './mutant.ts';

const PUBLISH = 'src/mirror/publish.ts';
const WAVE = 'src/mirror/wave.ts';
const DISCOVER = 'src/mirror/discover.ts';

/** Takes away what a wave's pages are not going to link to any more. */
const HIDE_DROPPED = `  for (const { name, update } of outcomes) {
    const listed = new Set(update?.files.map(({ path }) => path));
    const rows = update === null ? [] : deps.catalogue.filesOf(name);
    const dropped = rows.filter(({ path, state }) => state === 'published' && !listed.has(path));
    await deps.store.hide(
      dropped.flatMap(({ path, sha256, filename }) => movesOf(path, trashPath(sha256, filename))),
    );
  }
`;

const HIDE_IMPORTS = {
  file: WAVE,
  find: `import { pendingReport } from './report.ts';\n`,
  replace: `import { trashPath } from '../pypi/paths.ts';
import { movesOf } from './prune.ts';
import { pendingReport } from './report.ts';
`,
};

/** Published with a look at the lock in between. */
export const FILES_THEN_PAGES = `  await deps.store.place(files);
  // Placing ends with a flush, too. Files that lie there without their pages are as after a crash (P4).
  refuseLostLock(deps);
  await deps.store.place(pages);
`;

export const ORDER: readonly Mutant[] = [
  {
    id: 'serial-before-pages',
    what: 'the serial is committed before the pages are placed',
    promise: 'P2',
    seenBy: 'exhaustive',
    edits: [
      {
        file: PUBLISH,
        find: `  await deps.store.place(pages);\n  return { written,`,
        replace: `  return { later: pages, written,`,
      },
      {
        file: PUBLISH,
        find: `export interface Published {\n`,
        replace: `export interface Published {\n  readonly later: readonly DocrootPath[];\n`,
      },
      {
        file: WAVE,
        find: `    await deps.store.remove(published.leaving);\n  });\n`,
        replace: `    await deps.store.remove(published.leaving);\n  });\n  await deps.store.place(published.later);\n`,
      },
    ],
  },
  {
    id: 'pages-before-files',
    what: 'pages are placed before the files that they link to',
    promise: 'P1',
    seenBy: 'exhaustive',
    edits: [
      {
        file: PUBLISH,
        find: FILES_THEN_PAGES,
        replace: `  await deps.store.place(pages);\n  await deps.store.place(files);\n`,
      },
    ],
  },
  {
    id: 'sidecars-after-pages',
    what: 'sidecars are placed after the pages that advertise them',
    promise: 'P1',
    edits: [
      {
        file: PUBLISH,
        find: FILES_THEN_PAGES,
        replace: `  await deps.store.place(files.filter((path) => !path.endsWith('.metadata')));
  await deps.store.place(pages);
  await deps.store.place(files.filter((path) => path.endsWith('.metadata')));
`,
      },
    ],
  },
  {
    id: 'files-gone-before-page',
    what: 'files leave the docroot before the page that lists them does',
    promise: 'P1',
    seenBy: 'exhaustive',
    edits: [
      HIDE_IMPORTS,
      {
        file: WAVE,
        find: `  const published = await publishWave(deps, outcomes);\n`,
        replace: `${HIDE_DROPPED}  const published = await publishWave(deps, outcomes);\n`,
      },
    ],
  },
  {
    id: 'files-gone-before-commit',
    what: 'files leave the docroot after their page, but before the commit that withdraws them',
    promise: 'P1',
    seenBy: 'exhaustive',
    edits: [
      HIDE_IMPORTS,
      {
        file: WAVE,
        find: `  const published = await publishWave(deps, outcomes);\n`,
        replace: `  const published = await publishWave(deps, outcomes);\n${HIDE_DROPPED}`,
      },
    ],
  },
  {
    id: 'intent-left-out',
    what: 'what a plan wants is not written down',
    promise: 'P4',
    seenBy: 'exhaustive',
    edits: [
      {
        file: 'src/mirror/wave-project.ts',
        find: `  if (some.length > 0) deps.catalogue.intend(some, deps.clock.now());\n`,
        replace: '',
      },
    ],
  },
  {
    id: 'intent-of-returning-files-left-out',
    what: 'files that lie there already are not written down when a page is to list them again',
    promise: 'P1',
    equivalent:
      'prune asks the pages in the docroot once more before it takes a file away, and finds that one links to it',
    edits: [
      {
        file: 'src/mirror/plan.ts',
        find: `    .filter((file) => !file.isPublished)\n`,
        replace: `    .filter((file) => !file.isPublished && file.heldBytes === null)\n`,
      },
    ],
  },
  {
    id: 'root-index-after-removal',
    what: 'the pages of a project that goes leave before the root index',
    promise: 'P1',
    edits: [
      {
        file: WAVE,
        find: `    await publishRoot(deps, goes ?`,
        replace: `    await deps.store.remove(published.leaving);\n    await publishRoot(deps, goes ?`,
      },
      { file: WAVE, find: `    await deps.store.remove(published.leaving);\n  });\n`, replace: `  });\n` },
    ],
  },
  {
    id: 'removal-after-commit',
    what: 'the pages of a project that goes leave after the commit that forgets them',
    promise: 'P6',
    seenBy: 'every cut',
    edits: [
      {
        file: WAVE,
        find: `    await deps.store.remove(published.leaving);\n  });\n`,
        replace: `  });\n  await deps.store.remove(published.leaving);\n`,
      },
    ],
  },
  {
    id: 'root-index-after-commit',
    what: 'the root index is written after the commit that counts on it',
    promise: 'P2',
    edits: [
      {
        file: 'src/catalogue/sqlite.ts',
        find: `      await publishRoot(result);\n      return result;\n    });\n`,
        replace: `      return result;\n    }).then(async (result) => {\n      await publishRoot(result);\n      return result;\n    });\n`,
      },
    ],
  },
  {
    id: 'root-index-not-in-doubt',
    what: 'after a kill the root index counts as the one that was committed',
    promise: 'P2',
    seenBy: 'steps of a restored index',
    edits: [
      { file: 'src/catalogue/sqlite.ts', find: `      this.meta.set('rootInDoubt', 1);\n`, replace: '' },
    ],
  },
  {
    id: 'manifest-before-buckets',
    what: 'the manifest is placed before the bucket documents that it promises',
    promise: 'P1',
    edits: [
      {
        file: 'src/mirror/manifest.ts',
        find: `    await store.flushStaged(changed);\n    refuseLostLock(deps);\n    await store.place(changed);\n    catalogue.setBuckets(`,
        replace: `    held.push(...changed);\n    catalogue.setBuckets(`,
      },
      {
        file: 'src/mirror/manifest.ts',
        find: `  const empty: DocrootPath[] = [];\n  for (let at`,
        replace: `  const empty: DocrootPath[] = [];\n  const held: DocrootPath[] = [];\n  for (let at`,
      },
      {
        file: 'src/mirror/manifest.ts',
        find: `  await store.remove(empty);\n`,
        replace: `  await store.flushStaged(held);\n  await store.place(held);\n  await store.remove(empty);\n`,
      },
    ],
  },
  {
    id: 'discovered-before-due',
    what: 'the end of the changelog is written down before what its rows ask for',
    promise: 'P2',
    seenBy: 'long storm',
    edits: [
      {
        file: DISCOVER,
        find: `    sink.flush();\n    catalogue.setDiscovered(`,
        replace: `    catalogue.setDiscovered(`,
      },
      {
        file: DISCOVER,
        find: `  deps.emit({\n    type: 'discovered',`,
        replace: `  sink.flush();\n  deps.emit({\n    type: 'discovered',`,
      },
    ],
  },
  {
    id: 'list-done-before-read',
    what: 'the first list counts as read before it is',
    promise: 'P2',
    edits: [
      {
        file: 'src/mirror/listing.ts',
        find: `  catalogue.startListing();\n`,
        replace: `  catalogue.startListing();\n  catalogue.finishListing(head);\n`,
      },
    ],
  },
  {
    id: 'recovery-left-out',
    what: 'a run after a kill goes on as if nothing had happened',
    promise: 'P4',
    edits: [{ file: 'src/mirror/sync.ts', find: `    if (!isSettled) await recover(deps);\n`, replace: '' }],
  },
  {
    id: 'recovery-plans-nothing-again',
    what: 'after a kill pages that are newer than the catalogue are not looked at again',
    promise: 'P4',
    seenBy: 'steps of a restored index',
    edits: [{ file: 'src/mirror/sync.ts', find: `  deps.catalogue.replanDue();\n`, replace: '' }],
  },
  {
    id: 'recovery-flushes-nothing',
    what: 'after a kill what the dead run has moved counts as flushed',
    promise: 'P1',
    edits: [{ file: 'src/mirror/sync.ts', find: `  await deps.store.flushDocroot();\n`, replace: '' }],
  },
];
