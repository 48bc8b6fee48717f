/** The files of an explanation as an aligned table: what stands where, and why. */
import type { Explanation, FileExplanation, Standing } from '../../mirror/explain/report.ts';
import { printable } from '../text.ts';
import type { ExplainView, Section } from './explain.ts';
import { dropText, lagText } from './explain-text.ts';
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
  docroot: 'in the docroot until hide-after, off the page',
  held: 'held in the docroot by jubjub restore, off the page',
  trash: 'in the trash',
} as const;

/** Of one file, what its answer does not say already. */
export function factsOfFile({ asked, files }: Explanation): Section[] {
  const [file] = files;
  if (asked?.kind !== 'file' || file === undefined) return [];
  const facts = [
    ['release', file.version],
    ['size', file.bytes === null ? null : bytesText(file.bytes)],
    ['withdrawn', withdrawnText(file)],
  ] as const;
  return facts.map(([name, text]) => [name, text === null ? [] : [printable(text)]]);
}

/** Lines of the files that were asked about; of one file everything is said already. */
export function explainedFiles({ asked, files }: Explanation, { verbose, style }: ExplainView): string[] {
  if (asked?.kind === 'file') return [];
  if (files.length === 0) return [];
  if (asked === null && files.length > FILES_MAX && !verbose)
    return [style.dim(`  ${countText(files.length, 'file')}: see --verbose, or name a version or a file`)];
  const width = Math.max(...files.map(({ filename }) => printable(filename).length));
  return files.map((file) => {
    const why = whyOf(file);
    const word = WORDS[file.standing].padEnd(11);
    const name = printable(file.filename);
    return `    ${word}  ${why === '' ? name : `${name.padEnd(width)}  ${style.dim(why)}`}`;
  });
}

function whyOf(file: FileExplanation): string {
  const { drop, lag, standing } = file;
  const parts = [
    drop === null ? '' : dropText(drop),
    lag === null ? '' : lagText(lag),
    file.keptFrom === null ? '' : `kept from ${file.keptFrom} on`,
    standing === 'published' ? '' : printable(withdrawnText(file) ?? ''),
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function withdrawnText({ withdrawn }: FileExplanation): string | null {
  if (withdrawn === null) return null;
  const { place, since, why, serial } = withdrawn;
  const change = serial === null || why.includes(String(serial)) ? '' : ` (serial ${serial})`;
  return `${PLACES[place]} since ${since}${why === '' ? '' : `: ${why}`}${change}`;
}
