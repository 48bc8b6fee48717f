/** What `jubjub compare` shows: the projects in which two mirrors differ, and how it ended. */
import type { Comparison, Difference, DifferenceKind } from '../../inspect/compare.ts';
import type { Manifest } from '../../pypi/manifest.ts';
import type { Style } from '../style.ts';
import { printable } from '../text.ts';
import { bytesText, countText, serialText } from './format.ts';

const LABEL_WIDTH = 12;
/** Of each kind, unless all are asked for. */
const NAMES_SHOWN_MAX = 20;

const LABELS: readonly (readonly [kind: DifferenceKind, label: string])[] = [
  ['only-here', 'only here'],
  ['only-there', 'only there'],
  ['different', 'different'],
];

export interface CompareResult {
  readonly exitStatus: number;
  readonly titles: { readonly here: string; readonly there: string };
  readonly comparison: Comparison;
  readonly notes: readonly string[];
}

/** The first names of each kind, in order; memory for no more than these. */
export class NamesShown {
  readonly #names = new Map<DifferenceKind, string[]>();

  add({ kind, name }: Difference): void {
    const names = this.#names.get(kind) ?? [];
    names.push(name);
    // Buckets come in the order of hashes, so any later name may be the first of all.
    names.sort();
    names.length = Math.min(names.length, NAMES_SHOWN_MAX);
    this.#names.set(kind, names);
  }

  of(kind: DifferenceKind): readonly string[] {
    return this.#names.get(kind) ?? [];
  }
}

/** One project that differs, as a line. */
export function differenceLine({ kind, name }: Difference): string {
  const label = LABELS.find(([known]) => known === kind)?.[1] ?? kind;
  return `${label.padEnd(LABEL_WIDTH)}${name}\n`;
}

/** Renders the result, ending in a newline. */
export function renderComparison(result: CompareResult, names: NamesShown, style: Style): string {
  const { exitStatus, titles, comparison, notes } = result;
  const { here, there, same, counts } = comparison;
  const label = (name: string) => style.dim(`  ${name.padEnd(LABEL_WIDTH)}`);
  const ended = same
    ? style.green(`the same ${countText(here.projects, 'project')}`)
    : style.red('the two differ');
  const lines = [
    `${style.bold('compare:')} ${ended} ${style.dim(`(exit status ${exitStatus})`)}`,
    `${label('here')}${sideText(titles.here, here)}`,
    `${label('there')}${sideText(titles.there, there)}`,
  ];
  if (same) lines.push(`${label('digest')}${here.digest}`);
  for (const [kind, text] of LABELS) {
    if (counts[kind] === 0) continue;
    lines.push(`${label(text)}${countText(counts[kind], 'project')}`);
    const shown = names.of(kind);
    lines.push(...shown.map((name) => `    ${name}`));
    const more = counts[kind] - shown.length;
    if (shown.length > 0 && more > 0) lines.push(style.dim(`    and ${more} more; --all prints all of them`));
  }
  for (const note of notes) lines.push(`${label('note')}${note}`);
  return `${lines.join('\n')}\n`;
}

function sideText(title: string, { serial, projects, files, bytes }: Manifest): string {
  const counts = `${countText(projects, 'project')}, ${countText(files, 'file')} (${bytesText(bytes)})`;
  return `${printable(title)}: serial ${serialText(serial)}, ${counts}`;
}

/** The last line of `--json`. */
export function comparisonJson({ exitStatus, titles, comparison, notes }: CompareResult): object {
  const { here, there, same, counts, bucketsRead, moved } = comparison;
  return {
    type: 'summary',
    exitStatus,
    same,
    here: sideJson(titles.here, here),
    there: sideJson(titles.there, there),
    onlyHere: counts['only-here'],
    onlyThere: counts['only-there'],
    different: counts.different,
    bucketsRead,
    moved,
    notes,
  };
}

function sideJson(title: string, { serial, projects, files, bytes, digest }: Manifest): object {
  return { title: printable(title), serial, projects, files, bytes, digest };
}
