/** The sentences of an explanation: the answer, why, and what is near. */
import type { Explanation, FileExplanation, Lag, NeedReport, Standing } from '../../mirror/explain/report.ts';
import type { Drop } from '../../selection/verdict.ts';
import type { Style } from '../style.ts';
import { printable } from '../text.ts';
import { countText } from './format.ts';

const LAGS: Readonly<Record<Lag, string>> = {
  pending: 'it was tried and failed',
  configuration: 'the configuration has changed since the last sync',
  untried: 'a sync is at work, or was cut short; the next one goes on',
  time: 'it has become so with time; the next sync sees to it',
  'first-sync': 'the first sync has not come to its end',
  'next-sync': 'the next sync looks again',
};

type Colour = Exclude<keyof Style, 'bold' | 'dim'>;

const COLOURS: Readonly<Record<Standing, Colour>> = {
  published: 'green',
  owed: 'yellow',
  leaving: 'yellow',
  'left-out': 'red',
  gone: 'red',
  unknown: 'red',
};

export function lagText(lag: Lag | null): string {
  return lag === null ? '' : LAGS[lag];
}

/** `[files] platforms (linux_x86_64)`. */
export function ruleText({ rule, value }: Pick<Drop, 'rule' | 'value'>): string {
  return printable(value === '' ? rule : `${rule} (${value})`);
}

/** `[files] platforms (linux_x86_64): its platform is win_amd64`. */
export function dropText({ rule, value, why }: Drop): string {
  const named = ruleText({ rule, value });
  return why === '' ? named : `${named}: ${printable(why)}`;
}

export function needText({ of, by, specifier, extras }: NeedReport): string {
  const what = `${extras.length === 0 ? '' : `[${extras.join(',')}]`}${specifier}`;
  return printable(`${by === '' ? of : by}${what === '' ? '' : ` (${what})`}`);
}

/** What is so, in one line. */
export function answerLine(explanation: Explanation, style: Style): string {
  const colour = style[COLOURS[explanation.standing]];
  return `${style.bold(subjectOf(explanation))}: ${colour(answerText(explanation))}`;
}

function subjectOf({ project, asked }: Explanation): string {
  if (asked === null) return project;
  return printable(asked.kind === 'file' ? asked.name : `${project} ${asked.name}`);
}

function answerText(explanation: Explanation): string {
  const { standing, drop, lag } = explanation;
  switch (standing) {
    case 'published':
      return publishedText(explanation);
    case 'owed':
      return `kept, and not on the page yet: ${lagText(lag)}`;
    case 'left-out':
      return `left out by ${drop === null ? 'several rules' : dropText(drop)}`;
    case 'leaving': {
      const by = drop === null ? '' : `left out by ${dropText(drop)}; `;
      return `${by}on the page until the next sync: ${lagText(lag)}`;
    }
    case 'gone':
      return goneText(explanation);
    case 'unknown':
      return unknownText(explanation);
  }
}

function publishedText({ asked, files, page, upstream }: Explanation): string {
  if (asked?.kind === 'file') return 'kept, and on the page';
  const isQuarantined = upstream?.status === 'quarantined';
  if (isQuarantined) return 'upstream has quarantined it: its page offers nothing';
  if (asked === null) {
    const all = upstream?.files ?? 0;
    if (all === 0) return 'kept, and on the page; upstream has no files of it';
    return `on the page, ${page?.files ?? 0} of ${countText(all, 'file')}`;
  }
  if (files.length === 0) return 'kept, and listed; upstream has no files of it';
  const shown = files.filter((file) => file.standing === 'published').length;
  return `on the page, ${shown} of ${countText(files.length, 'file')}`;
}

function goneText({ asked, removed, upstream, files }: Explanation): string {
  if (upstream?.status === 'quarantined')
    return 'upstream has quarantined the project: nothing of it is offered';
  if (asked !== null || removed === null)
    return `upstream has it no longer${asked === null ? whySaid(files) : ''}`;
  return `removed upstream (serial ${removed})`;
}

/** They left together: the first one's reason is that of all. */
function whySaid(files: readonly FileExplanation[]): string {
  const why = files.find(({ withdrawn }) => withdrawn !== null)?.withdrawn?.why ?? '';
  return why === '' ? '' : `: ${printable(why)}`;
}

function unknownText({ asked, project, upstream, serial, lag, near }: Explanation): string {
  const meant = near === null ? '' : `; did you mean ${printable(near)}?`;
  if (asked !== null && upstream !== null) {
    const page = upstream.serial === null ? 'page' : `page of serial ${upstream.serial}`;
    const newest = asked.kind === 'release' && upstream.newest !== null ? `, newest ${upstream.newest}` : '';
    return `not on upstream's ${page} of ${project}${printable(newest)}${meant}`;
  }
  const until = serial === null ? '' : ` up to serial ${serial}`;
  const more = lag === null ? 'upstream has no such project that the mirror has heard of' : lagText(lag);
  return `nothing is known of it${until}: ${more}${meant}`;
}
