/** Mutants of belief: what upstream says, or does not say, taken for more than it is. */
import type { Mutant } from './mutant.ts';

const ASK = 'src/mirror/ask.ts';
const LISTING = 'src/mirror/listing.ts';
const DUE = 'src/catalogue/due.ts';

const UNCHANGED_IS_FRESH = {
  file: ASK,
  find: `return oursSuffices || due.required === 0 ? { kind: 'unchanged' } : null;\n`,
  replace: `return { kind: 'unchanged' };\n`,
};
const REDUCED_WITH_VALIDATOR = {
  file: ASK,
  find: `    status: reduced.status,\n    validator: null,\n`,
  replace: `    status: reduced.status,\n    validator: known.validator,\n`,
};

export const TRUTH: readonly Mutant[] = [
  {
    id: 'stale-check-left-out',
    what: 'a page older than the change that asked for it is believed',
    promise: 'P2',
    edits: [
      {
        file: ASK,
        find: `  if (theirs < due.required || (ours !== null && theirs < ours)) return null;\n`,
        replace: `  if (ours !== null && theirs < ours) return null;\n`,
      },
    ],
    unit: ['test/unit/mirror-stale.test.ts'],
  },
  {
    id: 'unchanged-is-fresh',
    what: 'a 304 is believed though what we have is older than the change that asks',
    promise: 'P2',
    edits: [UNCHANGED_IS_FRESH],
    unit: ['test/unit/mirror-stale.test.ts'],
  },
  {
    id: 'going-back',
    what: 'a page older than ours is published when it is new enough for the change',
    promise: 'P2',
    seenBy: 'long storm',
    edits: [
      {
        file: ASK,
        find: `  if (ours !== null && theirs < ours && oursSuffices) return { kind: 'unchanged' };
  if (theirs < due.required || (ours !== null && theirs < ours)) return null;\n`,
        replace: `  if (theirs < due.required) return null;\n`,
      },
    ],
    unit: ['test/unit/mirror-stale.test.ts'],
  },
  {
    id: 'page-without-serial-believed',
    what: 'a page that says no serial is believed, whatever was asked for',
    promise: 'P2',
    edits: [
      {
        file: ASK,
        find: `    return mayBeOld ? null : { kind: 'page', page: candidateOf(deps, reply) };\n`,
        replace: `    return { kind: 'page', page: candidateOf(deps, reply) };\n`,
      },
    ],
    unit: ['test/unit/mirror-stale.test.ts', 'test/unit/mirror-bad-pages.test.ts'],
  },
  {
    id: 'ghost-without-serial-believed',
    what: 'a page that says no serial is believed of a project that was removed',
    promise: 'P2',
    seenBy: 'long storm',
    edits: [
      {
        file: ASK,
        find: `due.required > 0 || ours !== null || hasGone;`,
        replace: `due.required > 0 || ours !== null;`,
      },
    ],
    unit: ['test/unit/mirror-review-ghosts.test.ts'],
  },
  {
    id: 'page-beyond-head-believed',
    what: 'a page that claims a serial beyond the head is believed',
    promise: 'P7',
    edits: [
      {
        file: ASK,
        find: `    if (answer.kind === 'page') await heads.refuseBeyond(answer.page.serial ?? 0, due.name, signal);\n`,
        replace: '',
      },
    ],
    unit: ['test/unit/mirror-bad-pages.test.ts'],
  },
  {
    id: 'ghost-believed',
    what: 'a page from before the removal of its project is believed',
    promise: 'P6',
    beyond:
      'no history of 1,400 asks by its name for a removed project of which a cache has an old page with its serial',
    edits: [
      {
        file: ASK,
        find: `(reply.detail.serial ?? removed) < removed ? { kind: 'absent' } : reply;\n`,
        replace: `(reply.detail.serial ?? removed) < 0 ? { kind: 'absent' } : reply;\n`,
      },
    ],
    unit: ['test/unit/mirror-review-ghosts.test.ts', 'test/unit/mirror-takedown.test.ts'],
  },
  {
    id: 'absence-believed-at-once',
    what: 'a 404 removes a project that nothing else says is gone',
    promise: 'P7',
    edits: [
      {
        file: ASK,
        find: `    if (due.source === 'unlisted' && absences > 1) {\n`,
        replace: `    if (absences > 0) {\n`,
      },
    ],
    unit: ['test/unit/mirror-absent.test.ts', 'test/unit/mirror-nothing-removed.test.ts'],
  },
  {
    id: 'absence-not-confirmed',
    what: 'the first 404 of a project that the list lacks removes it',
    promise: 'P7',
    seenBy: 'long storm',
    edits: [
      {
        file: ASK,
        find: `due.source === 'unlisted' && absences > 1) {\n`,
        replace: `due.source === 'unlisted' && absences > 0) {\n`,
      },
    ],
    unit: ['test/unit/mirror-absent.test.ts', 'test/unit/mirror-nothing-removed.test.ts'],
  },
  {
    id: 'list-believed-without-404',
    what: 'a project that the list lacks is removed without asking for its page',
    promise: 'P7',
    edits: [
      {
        file: ASK,
        find: `  if (drop !== null && due.source === 'unlisted' && known?.published !== true)\n`,
        replace: `  if (due.source === 'unlisted')\n`,
      },
    ],
    unit: ['test/unit/mirror-absent.test.ts', 'test/unit/mirror-list.test.ts'],
  },
  {
    id: 'implausible-list-believed',
    what: 'a list that lost most of what we publish is believed',
    promise: 'P7',
    seenBy: 'long storm',
    edits: [
      {
        file: LISTING,
        find: `  if (published - unlisted >= published * PLAUSIBLE_SHARE || unlisted <= (allowRemovals ?? 0)) return;\n`,
        replace: `  if (published >= 0) return;\n`,
      },
    ],
    unit: ['test/unit/mirror-nothing-removed.test.ts', 'test/unit/mirror-list.test.ts'],
  },
  {
    id: 'removal-limit-ignored',
    what: 'a run withdraws as many projects as it is told to',
    promise: 'P7',
    edits: [
      {
        file: 'src/mirror/removal-limit.ts',
        find: `  if (names.length === 0 || withdrawn + names.length <= limit) return null;\n`,
        replace: `  if (names.length === 0 || withdrawn + names.length <= 1e9) return null;\n`,
      },
    ],
    unit: ['test/unit/mirror-limits.test.ts'],
  },
  {
    id: 'lower-head-believed',
    what: 'a head below ours is worked with',
    promise: 'P7',
    beyond: 'the simulated index is never restored from a backup: where only its head lies, the rows tell',
    edits: [
      {
        file: 'src/mirror/discover.ts',
        find: `  if (head < known) throw backwards(deps, known, head);\n`,
        replace: `  if (head < 0) throw backwards(deps, known, head);\n`,
      },
    ],
    unit: ['test/unit/mirror-discover.test.ts', 'test/unit/mirror-nothing-removed.test.ts'],
  },
  {
    id: 'head-taken-for-the-end',
    what: 'the head counts as discovered, though the answer may have been cut before it',
    promise: 'P2',
    edits: [
      {
        file: 'src/mirror/discover.ts',
        find: `  catalogue.atomically(() => {\n    sink.flush();\n    catalogue.setDiscovered(Math.max(last, known));\n`,
        replace: `  const head = await upstream.head(signal);\n  catalogue.atomically(() => {\n    sink.flush();\n    catalogue.setDiscovered(Math.max(head, known));\n`,
      },
      {
        file: 'src/mirror/discover.ts',
        find: `  for await (const rows of upstream.changes(from, signal)) {\n    for (const row of rows) {\n      if (row.serial > known) marks.add(row);\n      sink.add(row);\n      last = row.serial;\n    }\n  }\n`,
        replace: `  for await (const rows of upstream.changes(from, signal)) {\n    for (const row of rows) {\n      if (row.serial > known) marks.add(row);\n      sink.add(row);\n      last = row.serial;\n    }\n    break;\n  }\n`,
      },
    ],
    unit: ['test/unit/mirror-discover.test.ts'],
  },
  {
    id: 'no-replay-window',
    what: 'rows that came late, below the end of what was discovered, are never read',
    promise: 'P2',
    beyond: 'no row of the simulated changelog comes after one with a higher serial',
    edits: [
      {
        file: 'src/mirror/discover.ts',
        find: `Math.min(fromAtMost, replayFrom(marksBefore, known, deps.settings.replayMs));\n`,
        replace: `Math.min(fromAtMost, replayFrom(marksBefore, known, 0));\n`,
      },
    ],
    unit: ['test/unit/mirror-replay.test.ts'],
  },
  {
    id: 'first-sync-not-rewound',
    what: 'after the first list the changelog begins at the head, not before the list was made',
    promise: 'P2',
    edits: [
      {
        file: LISTING,
        find: `  let start = Math.min(listing.serial ?? head, await rewind(deps, head, windowMs, signal));\n`,
        replace: `  let start = Math.max(head, windowMs * 0);\n`,
      },
    ],
    unit: ['test/unit/mirror-replay.test.ts', 'test/unit/mirror-discover.test.ts'],
  },
  {
    id: 'later-demand-counts-alone',
    what: 'of two changes of one project only the later one holds the serial back',
    promise: 'P2',
    seenBy: 'long storm',
    edits: [
      {
        file: DUE,
        find: `    first: Math.min(one.first, other.first),\n`,
        replace: `    first: Math.max(one.first, other.first),\n`,
      },
    ],
    unit: ['test/unit/mirror-replay.test.ts', 'test/contract/catalogue-migrate.test.ts'],
  },
  {
    id: 'earlier-demand-is-enough',
    what: 'of two changes of one project the page must reach the earlier one only',
    promise: 'P2',
    edits: [
      {
        file: DUE,
        find: `    required: Math.max(one.required, other.required),\n`,
        replace: `    required: one.required,\n`,
      },
    ],
    unit: ['test/unit/mirror-stale.test.ts'],
  },
  {
    id: 'validator-of-a-reduced-page-kept',
    what: 'a page that was made smaller by ourselves keeps the validator of the one that upstream sent',
    promise: 'P2',
    edits: [REDUCED_WITH_VALIDATOR],
    equivalent:
      'kept by two checks: its project stays due until a page has the serial of the takedown, and a 304 is no such page; without both it is `validator-of-a-reduced-page-believed`',
    unit: ['test/unit/mirror-takedown.test.ts'],
  },
  {
    id: 'validator-of-a-reduced-page-believed',
    what: 'a page that was made smaller by ourselves keeps its validator, and a 304 for it is believed',
    promise: 'P2',
    edits: [REDUCED_WITH_VALIDATOR, UNCHANGED_IS_FRESH],
  },
];
