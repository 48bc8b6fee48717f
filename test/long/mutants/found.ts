/** Mutants of what single seeds of the storm have found: each does what the program did before it was mended. */
import type { Mutant } from './mutant.ts';

const UNLISTED = 'src/mirror/unlisted.ts';

export const FOUND: readonly Mutant[] = [
  {
    id: 'first-suspect-believed',
    what: 'a cached page is believed of what was named before the first list, which lacks it',
    promise: 'P2',
    seed: 901199,
    edits: [
      {
        file: UNLISTED,
        find: `  return due.source === 'unlisted' && due.first === 0 && due.required === 0 && known !== null;\n`,
        replace: `  return false;\n`,
      },
    ],
    unit: ['test/unit/mirror-review-ghosts.test.ts'],
  },
  {
    id: 'pending-takedown-passed',
    what: 'the serial is committed past a takedown of a pending project that the run has not come to',
    promise: 'P6',
    beyond:
      'one seed in 5,000 found it, and has another history since; none of 1,500 around it interrupts a run between such a row and its project',
    edits: [
      {
        file: 'src/catalogue/due.ts',
        find: `      .filter((serial) => serial > committed);\n`,
        replace: `      .filter(() => false);\n`,
      },
    ],
    unit: ['test/contract/catalogue-serial.test.ts'],
  },
  {
    id: 'attestations-before-twins',
    what: 'attestations leave before the compressed twin that leads to them',
    promise: 'P1',
    seed: 923036,
    edits: [
      {
        file: 'src/mirror/publish.ts',
        find: `  const unwanted: DocrootPath[] = [];\n`,
        replace: `  const unwanted: DocrootPath[] = takenBack(deps, outcome);\n`,
      },
      {
        file: 'src/mirror/publish.ts',
        find: `  unwanted.push(...takenBack(deps, outcome));\n`,
        replace: '',
      },
    ],
    unit: ['test/unit/mirror-documents.test.ts'],
  },
  {
    id: 'page-leaves-without-lock',
    what: 'pages of what was removed leave although the lock is lost',
    promise: 'P9',
    seed: 921911,
    edits: [
      {
        file: 'src/mirror/wave.ts',
        find: `    if (published.leaving.length > 0) refuseLostLock(deps);\n`,
        replace: '',
      },
    ],
    unit: ['test/unit/mirror-lock-lost-late.test.ts'],
  },
  {
    id: 'document-kept-when-interrupted',
    what: 'an interrupted run leaves a document that offers what its page lost',
    promise: 'P6',
    seed: 921513,
    edits: [
      {
        file: 'src/mirror/documents.ts',
        find: `    const isKept = asked === null && outcome.update !== null && deps.settings.jsonApi;\n`,
        replace: `    const isKept = asked === null && outcome.update !== null && deps.settings.jsonApi && false;\n`,
      },
      {
        file: 'src/mirror/outcome.ts',
        find: `    ({ update, settled, failure }) => update !== null && !settled && failure === null,\n`,
        replace: `    ({ update, settled, failure }) => update === null && update !== null && !settled && failure === null,\n`,
      },
    ],
    unit: ['test/unit/mirror-interrupt.test.ts'],
  },
  {
    id: 'sidecars-of-due-swept',
    what: 'the sweep takes away what a killed run has brought for a project that is due',
    promise: 'P1',
    seed: 971348,
    edits: [
      {
        file: 'src/mirror/sweep.ts',
        find: `  if (rows.length > 0 && catalogue.isDueAt(file)) return true;\n`,
        replace: '',
      },
    ],
    unit: ['test/unit/mirror-sweep.test.ts'],
  },
  {
    id: 'refused-link-takes-down',
    what: 'a link that is refused counts as a takedown of its file',
    promise: 'P2',
    seed: 935852,
    edits: [
      {
        file: 'src/mirror/outcome.ts',
        find: `    return place === undefined ? (listed.get(filename) ?? sha256) === sha256 : place === path;\n`,
        replace: `    return place === path && sha256 !== null;\n`,
      },
    ],
    unit: ['test/unit/mirror-bad-pages.test.ts'],
  },
  {
    id: 'quarantined-not-looked-at',
    what: 'the first list leaves alone what was named and quarantined before it',
    promise: 'P2',
    seed: 960032,
    edits: [
      {
        file: 'src/mirror/listing.ts',
        find: `      .quarantinedNames()\n`,
        replace: `      .quarantinedNames()\n      .filter(() => false)\n`,
      },
    ],
    unit: ['test/unit/mirror-quarantine-gone.test.ts'],
  },
  {
    id: 'named-in-vain-believed',
    what: 'a cached page is believed of what was named in vain before the first list, which lacks it',
    promise: 'P2',
    seed: 971497,
    edits: [
      {
        file: 'src/catalogue/seen.ts',
        find: `source IN ('list', 'operator')`,
        replace: `source = 'list'`,
      },
    ],
    unit: ['test/unit/mirror-review-ghosts.test.ts'],
  },
  {
    id: 'withdrawn-brought-back',
    what: 'a page without a serial is believed of what was withdrawn without a row',
    promise: 'P2',
    seed: 930517,
    edits: [
      {
        file: 'src/mirror/ask.ts',
        find: ` || (known?.withdrawn === true && due.source !== 'list');\n`,
        replace: `;\n`,
      },
    ],
    unit: ['test/unit/mirror-review-ghosts.test.ts'],
  },
];
