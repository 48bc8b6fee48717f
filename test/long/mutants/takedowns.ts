/** Mutants of taking away: takedowns that wait, files that leave too early, and an audit that does not tell. */
import type { Mutant } from './mutant.ts';

const PRUNE = 'src/mirror/prune.ts';
const WITHDRAWN = 'src/catalogue/withdrawn.ts';

const DELETED_FIRST = [
  {
    file: PRUNE,
    find: `  await inBatches(\n    deps,\n    signal,\n    (limit) => deps.catalogue.hideable(`,
    replace: `  const hide = () => inBatches(\n    deps,\n    signal,\n    (limit) => deps.catalogue.hideable(`,
  },
  {
    file: PRUNE,
    find: `    (batch) => deleteBatch(deps, batch, tally, options),\n  );\n`,
    replace: `    (batch) => deleteBatch(deps, batch, tally, options),\n  );\n  await hide();\n`,
  },
];
const ONLY_COPY_DELETED = {
  file: PRUNE,
  find: `    if (await isOnlyCopy(deps, file)) kept.push(file);\n`,
  replace: `    if ((await isOnlyCopy(deps, file)) && dryRun) kept.push(file);\n`,
};

export const TAKEDOWNS: readonly Mutant[] = [
  {
    id: 'takedown-waits-for-a-file',
    what: 'a page that takes something down waits for another file that fails',
    promise: 'P6',
    seenBy: 'long storm',
    edits: [
      {
        file: 'src/mirror/outcome.ts',
        find: `  return filesFailed && !takesDown(deps, project);\n`,
        replace: `  return filesFailed;\n`,
      },
    ],
    unit: ['test/unit/mirror-takedown.test.ts', 'test/unit/mirror-bad-files.test.ts'],
  },
  {
    id: 'takedown-waits-for-the-page',
    what: 'what a row says is taken down stays until a fresh page says so, too',
    promise: 'P6',
    seenBy: 'long storm',
    edits: [
      {
        file: 'src/mirror/ask.ts',
        find: `  if (reduced === detail) return null;\n`,
        replace: `  if (reduced.files.length >= 0) return null;\n`,
      },
    ],
    unit: ['test/unit/mirror-takedown.test.ts'],
  },
  {
    id: 'old-page-outlives-removal',
    what: 'a project that a row removes stays while the cache has its old page',
    promise: 'P6',
    edits: [
      {
        file: 'src/mirror/ask.ts',
        find: `  if (reply.kind !== 'page' || reply.detail.serial === null || reply.detail.serial < removed)\n`,
        replace: `  if (reply.kind !== 'page' || reply.detail.serial === null)\n`,
      },
    ],
    unit: ['test/unit/mirror-takedown.test.ts'],
  },
  {
    id: 'half-of-a-page-left',
    what: 'of a project that goes only the HTML page leaves',
    promise: 'P6',
    edits: [
      {
        file: 'src/mirror/publish.ts',
        find: `  return [html, json, gzipPath(html), gzipPath(json), apiPath(name)];\n`,
        replace: `  return [html, ...(json === html ? [json, gzipPath(html), apiPath(name)] : [])];\n`,
      },
    ],
    unit: ['test/unit/mirror-takedown.test.ts'],
  },
  {
    id: 'hide-after-ignored',
    what: 'files leave the docroot with their page, while readers still have the old one',
    promise: 'P1',
    edits: [
      {
        file: PRUNE,
        find: `deps.catalogue.hideable(nowMs - hideAfterMs, limit)`,
        replace: `deps.catalogue.hideable(nowMs + hideAfterMs, limit)`,
      },
    ],
    unit: ['test/unit/mirror-prune.test.ts'],
  },
  {
    id: 'quarantine-waits',
    what: 'quarantined files stay in the docroot as long as any others',
    promise: 'P6',
    edits: [
      {
        file: WITHDRAWN,
        find: `(file.since_ms <= ? OR file.urgent = 1)`,
        replace: `(file.since_ms <= ? OR file.urgent = 2)`,
      },
    ],
    unit: ['test/unit/mirror-prune.test.ts'],
  },
  {
    id: 'delete-after-ignored',
    what: 'files are deleted from the trash before their time',
    promise: 'trash',
    edits: [
      {
        file: PRUNE,
        find: `deps.catalogue.deletable(nowMs - deleteAfterMs, limit)`,
        replace: `deps.catalogue.deletable(nowMs + deleteAfterMs, limit)`,
      },
    ],
    unit: ['test/unit/mirror-prune.test.ts'],
  },
  {
    id: 'published-elsewhere-ignored',
    what: 'a file of two projects leaves with the first of them',
    promise: 'P1',
    beyond: 'no two projects of the simulated index list one path',
    edits: [
      {
        file: WITHDRAWN,
        find: `other.path = file.path AND other.id <> file.id\n`,
        replace: `other.path = file.path AND other.id <> file.id AND 1 = 0\n`,
      },
    ],
    unit: ['test/unit/mirror-prune.test.ts', 'test/contract/catalogue-withdrawn.test.ts'],
  },
  {
    id: 'shared-trash-ignored',
    what: 'a place in the trash that two projects share is emptied with the first of them',
    promise: 'trash',
    beyond: 'no two projects of the simulated index list one path',
    edits: [
      {
        file: PRUNE,
        find: `    else if (catalogue.sharesTrash(file)) catalogue.noteDeleted([file], nowMs);\n`,
        replace: '',
      },
    ],
    unit: ['test/unit/mirror-prune.test.ts'],
  },
  {
    id: 'noted-before-moved',
    what: 'files are written down as hidden before they are moved',
    promise: 'P4',
    edits: [
      {
        file: PRUNE,
        find: `  const moved = await moveAway(deps, leaving, dryRun);\n`,
        replace: `  const gone = leaving.map(({ name, file, why, serial }) => {
    return { name, file, why, serial, to: trashPath(file.sha256, file.filename), moved: true };
  });
  deps.catalogue.noteHidden(gone, deps.clock.now());
  const moved = await moveAway(deps, leaving, dryRun);\n`,
      },
      {
        file: PRUNE,
        find: `  deps.catalogue.noteHidden(hidden, deps.clock.now());\n`,
        replace: '',
      },
    ],
  },
  {
    id: 'deleted-before-hidden',
    what: 'the trash is emptied before what a killed run moved there is written down',
    promise: 'trash',
    edits: DELETED_FIRST,
    equivalent:
      'kept by two checks: what lies in the trash alone, and is known for the docroot, is not deleted, and a file that was moved and not written down is; without both it is `only-copy-deleted-before-hidden`',
  },
  {
    id: 'only-copy-deleted-before-hidden',
    what: 'the trash is emptied before what a killed run moved there is written down, and without a look whether it is the only copy',
    promise: 'trash',
    seenBy: 'steps of restore',
    edits: [...DELETED_FIRST, ONLY_COPY_DELETED],
  },
  {
    id: 'only-copy-deleted',
    what: 'the only bytes of a file that belongs into the docroot are deleted from the trash',
    promise: 'trash',
    seenBy: 'steps of restore',
    edits: [ONLY_COPY_DELETED],
    unit: ['test/unit/mirror-prune.test.ts', 'test/unit/mirror-restore.test.ts'],
  },
  {
    id: 'moved-file-not-flushed-again',
    what: 'what a killed prune moved is written down without having been flushed',
    promise: 'trash',
    edits: [
      {
        file: PRUNE,
        find: `  if (foundMoved && !dryRun) await deps.store.flushDocroot();\n`,
        replace: '',
      },
    ],
    equivalent:
      'a run after a kill flushes the docroot when it begins; this second flush is for a kill that was not noticed',
  },
  {
    id: 'pages-not-asked-before-hiding',
    what: 'the pages in the docroot are not asked before a file leaves',
    promise: 'P1',
    edits: [
      {
        file: PRUNE,
        find: `    if (named.size === 0) continue;\n`,
        replace: `    if (named.size >= 0) continue;\n`,
      },
    ],
    equivalent:
      'the catalogue is right about its pages; this is a second look, for a tree that somebody else has changed',
    unit: ['test/unit/mirror-prune.test.ts'],
  },
  {
    id: 'restored-before-noted',
    what: 'a file is moved back by the operator before it is written down as held',
    promise: 'P4',
    seenBy: 'steps of restore',
    edits: [
      {
        file: 'src/mirror/restore.ts',
        find: `  note(deps, name, file);\n  await store.unhide(moves);\n`,
        replace: `  await store.unhide(moves);\n  note(deps, name, file);\n`,
      },
    ],
    unit: ['test/unit/mirror-restore.test.ts'],
  },
  {
    id: 'swept-before-noted',
    what: 'what is nobody’s is moved into the trash before it is written down',
    promise: 'P4',
    seenBy: 'steps of sweep',
    edits: [
      {
        file: 'src/mirror/put-away.ts',
        find: `  deps.catalogue.noteSwept(fresh, deps.clock.now());\n  try {\n    await move(deps, placed, result);\n`,
        replace: `  try {\n    await move(deps, placed, result);\n    deps.catalogue.noteSwept(fresh, deps.clock.now());\n`,
      },
    ],
    unit: ['test/unit/mirror-sweep.test.ts'],
  },
  {
    id: 'recalled-before-intended',
    what: 'a file comes back out of the trash before it is written down as wanted',
    promise: 'P4',
    seenBy: 'steps of prune',
    edits: [
      { file: 'src/mirror/wave.ts', find: `    intendFiles(deps, projects);\n`, replace: '' },
      {
        file: 'src/mirror/wave.ts',
        find: `    await transfers.run(projects, claims, signal);\n`,
        replace: `    await transfers.run(projects, claims, signal);\n    intendFiles(deps, projects);\n`,
      },
    ],
  },
  {
    id: 'audit-acknowledged-first',
    what: 'lines of the audit are acknowledged before they are written',
    promise: 'audit',
    edits: [
      {
        file: 'src/mirror/audit.ts',
        find: `    await store.appendAudit(lines.slice(there + 1));
    catalogue.auditWritten(records.at(-1)?.seq ?? 0);\n`,
        replace: `    catalogue.auditWritten(records.at(-1)?.seq ?? 0);
    await store.appendAudit(lines.slice(there + 1));\n`,
      },
    ],
    unit: ['test/unit/mirror-audit.test.ts'],
  },
  {
    id: 'audit-written-twice',
    what: 'lines that a killed run wrote are written again',
    promise: 'audit',
    edits: [
      {
        file: 'src/mirror/audit.ts',
        find: `    await store.appendAudit(lines.slice(there + 1));\n`,
        replace: `    await store.appendAudit(lines.slice(Math.min(0, there)));\n`,
      },
    ],
    unit: ['test/unit/mirror-audit.test.ts'],
  },
];
