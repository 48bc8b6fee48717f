/** The summary that ends an adoption: one screen that says what was taken over, what was not and why, and what to do next. */
import type { AdoptSummary, LeftOut, LeftOutReason } from '../../mirror/adopt-report.ts';
import type { Style } from '../style.ts';
import { printable } from '../text.ts';
import { bytesText, countText, durationText, rateText } from './format.ts';

const LABEL_WIDTH = 11;

const MODES: Readonly<Record<AdoptSummary['mode'], string>> = {
  'in-place': 'in place: this is our own docroot',
  link: 'hard links; the old tree stays as it is',
  copy: 'copies; the old tree stays as it is',
};

/** One and many of each reason, as what stands behind a number. */
const REASONS: Readonly<Record<LeftOutReason, readonly [one: string, many: string]>> = {
  missing: ['listed file is not there', 'listed files are not there'],
  damaged: ['file is not what its page promises', 'files are not what their pages promise'],
  'not-a-file': ['file is a link, or below one', 'files are links, or below one'],
  elsewhere: [
    "file has an address that is not in PyPI's layout",
    "files have addresses that are not in PyPI's layout",
  ],
  conflict: ['file has a path at which other bytes lie', 'files have paths at which other bytes lie'],
  unreadable: ['file cannot be read', 'files cannot be read'],
  'not-selected': [
    'project is not selected by the configuration',
    'projects are not selected by the configuration',
  ],
  'no-project': ['directory is no project', 'directories are no projects'],
  'bad-page': ['project has no page that can be read', 'projects have no page that can be read'],
  synced: ['project was synced already', 'projects were synced already'],
};

/** Renders the summary, ending in a newline. */
export function renderAdoption(summary: AdoptSummary, style: Style): string {
  const lines = [heading(summary, style)];
  for (const [name, text] of facts(summary)) {
    lines.push(`${style.dim(`  ${name.padEnd(LABEL_WIDTH)}`)}${text}`);
  }
  return `${lines.join('\n')}\n`;
}

function heading({ dryRun, exitStatus }: AdoptSummary, style: Style): string {
  if (exitStatus !== 0) {
    const text = 'interrupted; what was taken over is kept, nothing half-done is visible';
    return `${style.bold('adopt:')} ${style.red(text)} ${style.dim(`(exit status ${exitStatus})`)}`;
  }
  if (dryRun) return style.bold('dry run: this would be taken over, by name and size; nothing was changed');
  return `${style.bold('adopt:')} ${style.green('done')} ${style.dim('(exit status 0)')}`;
}

function facts(summary: AdoptSummary): [string, string][] {
  const { files, bytes, filesBefore, others, durationMs } = summary;
  const rate = summary.dryRun ? null : rateText(bytes, durationMs);
  const rows: [string, string][] = [
    ['how', MODES[summary.mode]],
    ['projects', String(summary.projects)],
    ['files', `${files} (${bytesText(bytes)})`],
  ];
  if (filesBefore > 0)
    rows.push(['before', `${countText(filesBefore, 'file')} taken over by an earlier run`]);
  for (const [index, text] of leftOutTexts(summary).entries())
    rows.push([index === 0 ? 'left out' : '', text]);
  const unwanted = unwantedText(summary);
  if (unwanted !== null) rows.push(['removed', unwanted]);
  if (others > 0) rows.push(['others', othersText(summary)]);
  rows.push(['took', `${durationText(durationMs)}${rate === null ? '' : ` (${rate})`}`]);
  rows.push(['next', nextText(summary)]);
  return rows;
}

function leftOutTexts({ leftOut }: AdoptSummary): string[] {
  return (Object.entries(leftOut) as [LeftOutReason, LeftOut][]).map(([reason, { count, names }]) => {
    const more = count > names.length ? ', …' : '';
    return `${count} ${REASONS[reason][count === 1 ? 0 : 1]}: ${names.map(printable).join(', ')}${more}`;
  });
}

/** Pages that left our docroot, or would; nothing else of an old tree is ever taken away. */
function unwantedText({ unwanted: { projects, pages }, dryRun }: AdoptSummary): string | null {
  if (pages === 0) return null;
  const what = `${countText(pages, 'page')} of ${countText(projects, 'project')} not selected`;
  return dryRun ? `${what} would leave the docroot; files would stay` : `${what}; their files stay`;
}

/** What belongs to nobody now; only in place is it in our docroot. */
function othersText({ others, mode }: AdoptSummary): string {
  const what = `${countText(others, 'other entry').replace('entrys', 'entries')}, half-written or the old tool's own`;
  return mode === 'in-place' ? `${what}: jubjub prune --sweep lists them` : `${what}: not taken`;
}

function nextText({ dryRun, exitStatus, unwanted }: AdoptSummary): string {
  if (dryRun) return 'jubjub adopt does it';
  if (exitStatus !== 0) return 'run jubjub adopt again; it goes on from here';
  const sync = 'jubjub sync fetches pages, and the files that are missing';
  return unwanted.pages === 0
    ? sync
    : `${sync}; after it, jubjub prune --sweep shows the files of what is not selected`;
}
