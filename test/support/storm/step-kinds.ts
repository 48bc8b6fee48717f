/** The steps of a run by their kind: where deaths and faults are put, and what the table of coverage counts them by. */

/** In about the order in which a run comes to them. */
export const STEP_KINDS = [
  'read',
  'flush docroot',
  'catalogue write',
  'stage',
  'flush staged',
  'make directory',
  'place file',
  'place sidecar',
  'place page',
  'place document',
  'flush placed',
  'place root index',
  'place proof',
  'remove page',
  'remove directory',
  'commit',
  'hide',
  'unhide',
  'delete',
  'flush trash',
  'audit',
  'place report',
  'clear staging',
] as const;

export type StepKind = (typeof STEP_KINDS)[number];

/** What lies at a docroot path, as it is placed. */
const PLACED: readonly (readonly [RegExp, StepKind])[] = [
  [/^packages\/.*\.(?:metadata|provenance)$/, 'place sidecar'],
  [/^packages\//, 'place file'],
  [/^simple\/[^/]+\/index\./, 'place page'],
  [/^simple\/index\./, 'place root index'],
  [/^manifest/, 'place proof'],
  [/^(?:status\.json|last-modified)$/, 'place report'],
  [/./, 'place document'],
];

function placed(path: string): StepKind {
  return PLACED.find(([pattern]) => pattern.test(path))?.[1] ?? 'place document';
}

type KindOf = StepKind | ((path: string) => StepKind);

/** Words of the catalogue, and of the store in memory. The first that matches decides. */
const STORE_STEPS: readonly (readonly [RegExp, KindOf])[] = [
  [/^catalogue commits$/, 'commit'],
  [/^catalogue /, 'catalogue write'],
  [/^settle$/, 'flush docroot'],
  [
    /^(?:stage|write|restart|discard|restage) (?:packages|simple|manifest|pypi|status\.json|last-modified)/,
    'stage',
  ],
  [/^flush \d+ staged$/, 'flush staged'],
  [/^place (.*)$/, placed],
  [/^flush \d+ placed$/, 'flush placed'],
  [/^remove |^flush \d+ removed$/, 'remove page'],
  [/^hide /, 'hide'],
  [/^unhide /, 'unhide'],
  [/^delete /, 'delete'],
  [/^flush \d+ (?:moved|deleted)/, 'flush trash'],
  [/^(?:append|flush).* audit$/, 'audit'],
  [/^clear staging$/, 'clear staging'],
];

/** Calls on the simulated disk: their name, a path from its root, and where that leads. */
const DISK_CALLS: readonly (readonly [RegExp, KindOf])[] = [
  [/^(?:open|read|fstat|close|stat|lstat|access|realpath|readlink|opendir|readdir) /, 'read'],
  [/^\w+ state\/audit\.jsonl/, 'audit'],
  [/^rename state\/staging\/\S+ web\/(.*)$/, placed],
  [/^(?:rename|copyfile|link) state\/trash\/.* web\//, 'unhide'],
  [/^(?:rename|copyfile|link) web\/.* state\/trash\//, 'hide'],
  [/^mkdir /, 'make directory'],
  [/^rmdir /, 'remove directory'],
  [/^unlink state\/staging/, 'clear staging'],
  [/^unlink state\/trash/, 'delete'],
  [/^unlink web/, 'remove page'],
  [/^f(?:data)?sync state\/staging/, 'flush staged'],
  [/^f(?:data)?sync state\/trash/, 'flush trash'],
  [/^f(?:data)?sync web/, 'flush placed'],
  [/^syncfs web|^f(?:data)?sync /, 'flush docroot'],
  [/^syncfs state\/staging/, 'flush staged'],
  [/^syncfs /, 'flush placed'],
];

export function kindOfStep(step: string): StepKind {
  for (const [pattern, kind] of [...STORE_STEPS, ...DISK_CALLS]) {
    const found = pattern.exec(step);
    if (found !== null) return typeof kind === 'string' ? kind : kind(found[1] ?? '');
  }
  return 'stage';
}
