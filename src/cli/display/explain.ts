/** What `jubjub explain` shows: an answer in one line, what it rests on, and the files. */
import type { DropGroup, Explanation, NeedReport, WantedExplanation } from '../../mirror/explain/report.ts';
import type { Ask } from '../../selection/asks.ts';
import type { Doubt } from '../../selection/verdict.ts';
import type { Style } from '../style.ts';
import { printable } from '../text.ts';
import { explainedFiles, factsOfFile } from './explain-files.ts';
import { answerLine, needText, ruleText } from './explain-text.ts';
import { bytesText, countText, serialText } from './format.ts';

const LABEL_WIDTH = 13;
/** So many of a kind are shown without --verbose. */
const ROWS_MAX = 10;
const VERSIONS_MAX = 6;

export interface ExplainView {
  readonly style: Style;
  /** Everything, however much it is. */
  readonly verbose: boolean;
}

/** Renders the explanation, ending in a newline. */
export function renderExplanation(explanation: Explanation, view: ExplainView): string {
  const { style } = view;
  const label = (name: string) => style.dim(`  ${name.padEnd(LABEL_WIDTH)}`);
  const lines = [answerLine(explanation, style)];
  for (const [name, texts] of sections(explanation, view))
    texts.forEach((text, at) => {
      lines.push(`${label(at === 0 ? name : '')}${text}`);
    });
  lines.push(...explainedFiles(explanation, view));
  return `${lines.join('\n')}\n`;
}

export type Section = readonly [name: string, texts: readonly string[]];

function sections(explanation: Explanation, view: ExplainView): Section[] {
  const { asked, wanted, leftOut, doubts } = explanation;
  const isWhole = asked === null;
  return [
    ['upstream', isWhole ? upstreamTexts(explanation) : []],
    ['page', isWhole ? pageTexts(explanation) : []],
    ['reserved', reservedTexts(explanation)],
    ['required by', some(wanted.requirements.map(askText), view)],
    ['needed by', some(wanted.needs.map(needText), view)],
    ['chain', wanted.chain.length > 1 ? [chainText(wanted.chain)] : []],
    ['unmet', some(wanted.unmet.map(unmetText), view)],
    ['not known', isWhole ? some(wanted.unclear.map(unclearText), view) : []],
    ['left out', isWhole ? some(leftOut.map(groupText), view) : []],
    ['in time', timeTexts(explanation, view)],
    ['pending', pendingTexts(explanation, view.style)],
    ['doubts', some(doubts.map(doubtText), view)],
    ...factsOfFile(explanation),
    ['mirror', mirrorTexts(explanation, view.style)],
  ];
}

function some(texts: readonly string[], { verbose }: ExplainView): readonly string[] {
  if (verbose || texts.length <= ROWS_MAX) return texts;
  return [...texts.slice(0, ROWS_MAX), `… and ${texts.length - ROWS_MAX} more; see --verbose`];
}

function upstreamTexts({ upstream }: Explanation): string[] {
  if (upstream === null) return [];
  const { files, releases, newest, serial, status } = upstream;
  const parts = [`${countText(files, 'file')} of ${countText(releases, 'release')}`];
  if (newest !== null) parts.push(`newest ${printable(newest)}`);
  if (serial !== null) parts.push(`serial ${serial}`);
  return [`${parts.join(', ')}${status === 'active' ? '' : `; ${printable(status)}`}`];
}

function pageTexts({ page }: Explanation): string[] {
  if (page === null) return [];
  const serial = page.serial === null ? '' : `, serial ${page.serial}`;
  return [
    `${countText(page.files, 'file')} of ${countText(page.releases, 'release')} (${bytesText(page.bytes)})${serial}`,
  ];
}

function reservedTexts({ reserved }: Explanation): string[] {
  if (reserved === null) return [];
  const serial = reserved.serial === null ? '' : ` (serial ${reserved.serial})`;
  return [`upstream was seen to have this name at ${reserved.seen}${serial}; it is never mirrored`];
}

function askText({ by, specifier, sha256s }: Ask): string {
  const exactly = sha256s.length === 0 ? '' : `, exactly ${countText(sha256s.length, 'file')}`;
  return `${printable(by)} (${specifier === '' ? 'any release' : printable(specifier)}${exactly})`;
}

/** From what is asked for by name down to the project. */
function chainText(chain: readonly NeedReport[]): string {
  const steps = chain.map((need) => `${printable(need.of)} → `);
  return `${steps.join('')}${printable(chain.at(-1)?.name ?? '')}`;
}

function unmetText({ of, by, name, specifier, why }: NeedReport & { readonly why: string }): string {
  return printable(`${by === '' ? of : by} needs ${name}${specifier}: ${why}`);
}

function unclearText({ file, why }: WantedExplanation['unclear'][number]): string {
  return printable(`what ${file} needs: ${why}`);
}

function groupText({ rule, value, files, bytes, versions }: DropGroup): string {
  const shown =
    versions.length <= VERSIONS_MAX
      ? versions.join(', ')
      : `${versions.slice(0, 3).join(', ')} … ${versions.slice(-2).join(', ')}`;
  const releases = versions.length === 0 ? '' : ` of ${countText(versions.length, 'release')}: ${shown}`;
  return printable(
    `${ruleText({ rule, value })}: ${countText(files, 'file')} (${bytesText(bytes)})${releases}`,
  );
}

function timeTexts({ asked, nextChange, files }: Explanation, view: ExplainView): readonly string[] {
  if (nextChange === null) return [];
  if (asked === null) {
    const come = nextChange.files.length;
    const go = nextChange.leaving.length;
    const parts = [
      come === 0 ? '' : `${countText(come, 'file')} will be kept`,
      go === 0 ? '' : `${countText(go, 'file')} will be left out`,
    ];
    return [`from ${nextChange.at} on ${parts.filter((part) => part !== '').join(', and ')}`];
  }
  const coming = files.filter(({ keptFrom }) => keptFrom !== null);
  return some(
    coming.map(({ filename, keptFrom }) => `kept from ${keptFrom} on: ${printable(filename)}`),
    view,
  );
}

function pendingTexts({ pending }: Explanation, style: Style): string[] {
  if (pending === null) return [];
  const { attempts, since, nextTry, code, message } = pending;
  const tries = attempts === 1 ? '1 try' : `${attempts} tries`;
  return [
    style.yellow(`${code}: ${printable(message)}`),
    `${tries} since ${since}; each sync asks again, with all patience from ${nextTry} on`,
  ];
}

function doubtText({ rule, subject, why }: Doubt): string {
  return printable(`${rule} could not be applied${subject === null ? '' : ` to ${subject}`}: ${why}; kept`);
}

function mirrorTexts({ serial, current }: Explanation, style: Style): string[] {
  const texts = [`serial ${serialText(serial)}`];
  if (!current)
    texts.push(
      style.yellow('the configuration has changed since the last sync: the next one plans everything anew'),
    );
  return texts;
}
