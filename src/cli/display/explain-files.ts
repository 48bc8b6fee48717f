/** The files of an explanation as an aligned table: what stands where, and why. */
import type { Explanation, FileExplanation, Standing } from '../../mirror/explain/report.ts';
import { printable } from '../text.ts';
import type { ExplainView, Section } from './explain.ts';
import { lagText, reasonText } from './explain-text.ts';
import { bytesText, countText } from './format.ts';

/** Of a whole project so many files are listed without --verbose. */
const FILES_MAX = 20;

const WORDS: Readonly<Record<Standing, string>> = {
  published: 'on the page',
  owed: 'owed',
  'left-out': 'left out',
  leaving: 'leaving',
  gone: 'gone',
  unknown: 'unknown',
};

const PLACES = {
  docroot: 'in the docroot',
  held: 'held in the docroot by jubjub restore',
  trash: 'in the trash',
} as const;

/** Of one file, what its answer does not say already. */
export function factsOfFile({ asked, files }: Explanation): Section[] {
  const [file] = files;
  if (asked?.kind !== 'file' || file === undefined) return [];
  const facts = [
    ['release', file.version],
    ['size', file.bytes === null ? null : bytesText(file.bytes)],
    ['yanked', yankedText(file)],
    ['withdrawn', withdrawnText(file)],
  ] as const;
  return facts.map(([name, text]) => [name, text === null ? [] : [printable(text)]]);
}

/** Lines of the files that were asked about; of one file everything is said already. */
export function explainedFiles(explanation: Explanation, { verbose, style }: ExplainView): string[] {
  const { asked, files } = explanation;
  if (asked?.kind === 'file') return [];
  if (files.length === 0) return [];
  if (asked === null && files.length > FILES_MAX && !verbose)
    return [style.dim(`  ${countText(files.length, 'file')}: see --verbose, or name a version or a file`)];
  const width = Math.max(...files.map(({ filename }) => printable(filename).length));
  return files.map((file) => {
    const why = whyOf(file, explanation);
    const word = WORDS[file.standing].padEnd(11);
    const name = printable(file.filename);
    return `    ${word}  ${why === '' ? name : `${name.padEnd(width)}  ${style.dim(why)}`}`;
  });
}

function whyOf(file: FileExplanation, explanation: Explanation): string {
  const { drop, lag, standing } = file;
  const parts = [
    yankedWord(file),
    drop === null ? '' : reasonText(drop),
    lagText(explanation, lag),
    file.keptFrom === null ? '' : `kept from ${file.keptFrom} on`,
    standing === 'published' ? '' : printable(withdrawnText(file) ?? ''),
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function yankedWord({ yanked }: FileExplanation): string {
  if (yanked === false) return '';
  return yanked === true || yanked === '' ? 'yanked' : `yanked: ${printable(yanked)}`;
}

function yankedText({ yanked }: FileExplanation): string | null {
  if (yanked === false) return null;
  return yanked === true || yanked === '' ? 'by upstream, without a reason' : yanked;
}

function withdrawnText({ withdrawn, drop }: FileExplanation): string | null {
  if (withdrawn === null) return null;
  const { place, since, until, why, serial } = withdrawn;
  const change = serial === null || why.includes(String(serial)) ? '' : ` (serial ${serial})`;
  // The rule that leaves it out now is named already.
  const isSaid = drop !== null && why.startsWith(`left out by ${drop.rule}`);
  const reason = why === '' || isSaid ? '' : `: ${why}`;
  const end = until === null ? '' : ` until ${until}`;
  return `${PLACES[place]}${end}, ${place === 'trash' ? 'there' : 'off the page'} since ${since}${reason}${change}`;
}
