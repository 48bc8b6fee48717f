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

/** Why the docroot lags behind, of the project or of a file of it. */
export function lagText({ pending }: Pick<Explanation, 'pending'>, lag: Lag | null): string {
  if (lag === 'pending' && pending?.code === 'LIMIT_REMOVALS')
    return 'the removal limit holds it there; jubjub sync --allow-removals <n> lets it go';
  return lag === null ? '' : LAGS[lag];
}

/** `[files] platforms (linux_x86_64)`. */
export function ruleText({ rule, value }: Pick<Drop, 'rule' | 'value'>): string {
  return printable(value === '' ? rule : `${rule} (${value})`);
}

/** `[files] platforms (linux_x86_64): its platform is win_amd64`. */
export function reasonText({ rule, value, why }: Drop): string {
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
  const { standing, drop, lag, pending } = explanation;
  switch (standing) {
    case 'published':
      return publishedText(explanation);
    case 'owed':
      return `kept, and not on the page yet: ${lagText(explanation, lag)}`;
    case 'left-out':
      return `left out by ${drop === null ? 'several rules' : reasonText(drop)}${meantText(explanation)}`;
    case 'leaving': {
      const by = drop === null ? '' : `left out by ${reasonText(drop)}; `;
      const isHeld = lag === 'pending' && pending?.code === 'LIMIT_REMOVALS';
      return `${by}on the page${isHeld ? ', and to leave it' : ' until the next sync'}: ${lagText(explanation, lag)}`;
    }
    case 'gone':
      return goneText(explanation);
    case 'unknown':
      return unknownText(explanation);
  }
}

function publishedText(explanation: Explanation): string {
  const { asked, files, page, upstream } = explanation;
  if (asked?.kind === 'file') return 'kept, and on the page';
  const isQuarantined = upstream?.status === 'quarantined';
  if (isQuarantined) return 'upstream has quarantined it: its page offers nothing';
  if (asked === null) {
    const all = upstream?.files ?? 0;
    if (all === 0) return 'kept, and on the page; upstream has no files of it';
    if (page?.files === 0) return `its page is there, and empty: ${emptyText(explanation)}`;
    return `on the page, ${page?.files ?? 0} of ${countText(all, 'file')}`;
  }
  if (files.length === 0) return 'kept, and listed; upstream has no files of it';
  const shown = files.filter((file) => file.standing === 'published').length;
  return `on the page, ${shown} of ${countText(files.length, 'file')}`;
}

/** Why none of its files is on it. */
function emptyText({ leftOut, files }: Explanation): string {
  const dropped = leftOut.reduce((sum, group) => sum + group.files, 0);
  const [group, ...more] = leftOut;
  const by = group === undefined || more.length > 0 ? 'several rules leave' : `${ruleText(group)} leaves`;
  const owed = files.filter(({ standing }) => standing === 'owed').length;
  const parts = [
    dropped === 0 ? '' : `${by} out ${countText(dropped, 'file')}`,
    owed === 0 ? '' : `${countText(owed, 'file')} ${owed === 1 ? 'is' : 'are'} owed`,
  ];
  return parts.filter((part) => part !== '').join(', ') || 'the next sync looks again';
}

function goneText(explanation: Explanation): string {
  const { asked, removed, upstream, files } = explanation;
  if (upstream?.status === 'quarantined')
    return 'upstream has quarantined the project: nothing of it is offered';
  if (asked !== null || removed === null)
    return `upstream has it no longer${asked === null ? whySaid(files) : ''}`;
  return removedText(explanation);
}

function removedText({ removed, removedBy }: Explanation): string {
  return `removed upstream (serial ${removed}${removedBy === null ? '' : `, off its page by ${removedBy}`})`;
}

/** They left together: the first one's reason is that of all. */
function whySaid(files: readonly FileExplanation[]): string {
  const why = files.find(({ withdrawn }) => withdrawn !== null)?.withdrawn?.why ?? '';
  return why === '' ? '' : `: ${printable(why)}`;
}

function meantText({ near }: Explanation): string {
  return near === null ? '' : `; did you mean ${printable(near)}?`;
}

function unknownText(explanation: Explanation): string {
  const { asked, project, upstream, removed, serial, lag } = explanation;
  const meant = meantText(explanation);
  if (asked !== null && upstream !== null) {
    const page = upstream.serial === null ? 'page' : `page of serial ${upstream.serial}`;
    const newest = asked.kind === 'release' && upstream.newest !== null ? `, newest ${upstream.newest}` : '';
    return `not on upstream's ${page} of ${project}${printable(newest)}${meant}`;
  }
  if (asked !== null && lag === null && removed !== null)
    return `nothing is known of this ${asked.kind}: ${project} was ${removedText(explanation)}${meant}`;
  const until = serial === null ? '' : ` up to serial ${serial}`;
  const more =
    lag === null ? 'upstream has no such project that the mirror has heard of' : lagText(explanation, lag);
  return `nothing is known of it${until}: ${more}${meant}`;
}
