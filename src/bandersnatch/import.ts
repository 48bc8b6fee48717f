/**
 * Makes a mirror.toml of a bandersnatch.conf that means the same: text in, text out.
 *
 * Every key of the one is accounted for in the other: as a key, as being so anyway, or in a comment. What comes out is always a
 * configuration that is accepted, whatever goes in; what would not be is taken back and told.
 */
import { CONFIG_BYTES_MAX, readConfig } from '../config/load.ts';
import { JubjubError } from '../errors.ts';
import { type Conf, type ConfKey, parseConf } from './conf.ts';
import type { ImportContext, ReadRequirements } from './context.ts';
import { Draft, type Fate } from './draft.ts';
import { translateFileRegexes, translateProjectRegexes, translateVersionRanges } from './filters-metadata.ts';
import { translateAllowlists, translateBlocklists, translateNameRegexes } from './filters-names.ts';
import { translatePlatforms } from './filters-platforms.ts';
import {
  translateLatest,
  translateLimits,
  translatePrereleases,
  translateVersionRegexes,
} from './filters-releases.ts';
import { translateMirror } from './mirror-section.ts';
import { exceptPinned } from './pinned.ts';
import { readPlugins } from './plugins.ts';
import { tomlText } from './toml.ts';
import { sayerOf } from './untouched.ts';

/** Lines that a comment names one by one. */
const LINES_NAMED_MAX = 20;

export interface ImportOptions {
  /** The bandersnatch.conf as it is named in the comment at the beginning. */
  readonly name: string;
  /** Absolute path of the mirror.toml, to which its relative paths are relative. */
  readonly file: string;
  readonly readRequirements: ReadRequirements;
}

export interface Imported {
  readonly toml: string;
  /** One for each key of the bandersnatch.conf, by line. */
  readonly fates: readonly Fate[];
  /** Lines that bandersnatch does not accept. */
  readonly remarks: Conf['remarks'];
  /** What the configuration lets through. `nothing`: until somebody has looked, and a comment says at what. */
  readonly scope: 'everything' | 'some' | 'nothing';
}

/** The order counts where filters look at what others have made of the draft. */
const FILTERS: readonly ((context: ImportContext) => void)[] = [
  translateAllowlists,
  translateBlocklists,
  translateNameRegexes,
  translateLimits,
  translateProjectRegexes,
  translatePrereleases,
  translateLatest,
  translateVersionRegexes,
  translateFileRegexes,
  translatePlatforms,
  translateVersionRanges,
  exceptPinned,
];

export function importBandersnatch(text: string, options: ImportOptions): Imported {
  const conf = parseConf(text);
  const draft = new Draft();
  const plugins = readPlugins(conf, draft);
  const context = { conf, draft, plugins, readRequirements: options.readRequirements };
  translateMirror(conf, draft);
  for (const translate of FILTERS) translate(context);
  const whyUntouched = sayerOf(conf, plugins);
  for (const key of allKeys(conf)) if (!draft.knows(key)) draft.comment(key, whyUntouched(key));
  refuseUnread(conf, draft);
  makeAcceptable(draft, options);
  const { remarks } = conf;
  return {
    toml: tomlText(draft, remarks, options.name),
    fates: draft.fates,
    remarks,
    scope: scopeOf(draft),
  };
}

function allKeys(conf: Conf): readonly ConfKey[] {
  return [...conf.sections.values()].flatMap((keys) => [...keys.values()]);
}

/** A file at which bandersnatch stops may have lost what narrows it: then nobody can tell what was meant to be mirrored. */
function refuseUnread({ remarks }: Conf, draft: Draft): void {
  const lines = [...new Set(remarks.map(({ line }) => line))];
  if (lines.length === 0) return;
  const named = lines.slice(0, LINES_NAMED_MAX).join(', ');
  const more = lines.length > LINES_NAMED_MAX ? ` and ${lines.length - LINES_NAMED_MAX} more` : '';
  draft.list(
    null,
    'projects',
    'block',
    ['*'],
    `Nothing is mirrored until this is taken away: bandersnatch does not accept line${lines.length === 1 ? '' : 's'} ` +
      `${named}${more} of its file (the end of this one says why), and what was meant there may be what is to be left out.`,
  );
}

/** How much the configuration lets through, at a glance. */
function scopeOf({ items, exceptions }: Draft): Imported['scope'] {
  const block = items.find(({ section, key }) => section === 'projects' && key === 'block')?.value;
  if (Array.isArray(block) && block.some(({ value }) => value === '*')) return 'nothing';
  const chooses = ({ section, key }: Draft['items'][number]) =>
    /^(?:projects|releases)\b/.test(section) ||
    (section === 'files' && key !== 'mirror' && key !== 'metadata');
  return exceptions.length > 0 || items.some(chooses) ? 'some' : 'everything';
}

/**
 * Takes back what the configuration does not accept, one thing after another. Where that is what projects and releases are chosen by,
 * nothing is mirrored until somebody has looked: everything would be too much.
 */
function makeAcceptable(draft: Draft, { file, name }: ImportOptions): void {
  const expects = (one: Draft) => expectedOf(tomlText(one, [], name), file);
  if (expects(draft) === null) return;
  const good = new Draft();
  for (const item of FALLBACKS) put(good, item);
  let isNarrow = true;
  for (const item of draft.items) {
    const before = good.item(item.section, item.key);
    put(good, item);
    const expected = expects(good);
    if (expected === null) continue;
    for (const one of [good, draft]) one.remove(item, expected);
    if (before !== undefined) for (const one of [good, draft]) put(one, before);
    if (item.section === 'projects' || item.section === 'releases') isNarrow = false;
  }
  if (!isNarrow) draft.list(null, 'projects', 'block', ['*'], NOT_ACCEPTED);
  for (const exception of [...draft.exceptions])
    if (expects(draft) !== null) draft.removeException(exception);
}

const NOT_ACCEPTED =
  'Nothing is mirrored until this is taken away: what bandersnatch.conf chooses by is not accepted here, and without it too ' +
  'much would be mirrored.';

const INSTEAD = ['What bandersnatch.conf says is not accepted here.'];
const FALLBACKS: Draft['items'] = [
  { section: '', key: 'directory', value: './mirror', notes: INSTEAD },
  { section: 'upstream', key: 'url', value: 'https://pypi.org', notes: INSTEAD },
];

function put(draft: Draft, { section, key, value, notes }: Draft['items'][number]): void {
  if (typeof value === 'object') draft.list(null, section, key, value, ...notes);
  else draft.set(null, section, key, value, ...notes);
}

/** What stands in the way of a configuration: what was expected in its place; null where it is accepted. */
function expectedOf(toml: string, file: string): string | null {
  if (Buffer.byteLength(toml) > CONFIG_BYTES_MAX) return `a file of at most ${CONFIG_BYTES_MAX} bytes`;
  try {
    readConfig(toml, file);
    return null;
  } catch (error) {
    if (!(error instanceof JubjubError) || error.code !== 'CONFIG_INVALID') throw error;
    const first: unknown = error.cause instanceof AggregateError ? error.cause.errors[0] : error;
    return (first instanceof JubjubError ? first.facts.expected : undefined) ?? 'something else';
  }
}
