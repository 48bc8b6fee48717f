/**
 * Makes a mirror.toml of a bandersnatch.conf that means the same: text in, text out.
 *
 * Every key of the one is accounted for in the other: as a key, as being so anyway, or in a comment. What comes out is always a
 * configuration that is accepted, whatever goes in; what would not be is taken back and told.
 */
import { CONFIG_BYTES_MAX, readConfig } from '../config/load.ts';
import { JubjubError } from '../errors.ts';
import { type Conf, type ConfKey, DEFAULTS, parseConf, spelled } from './conf.ts';
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
import { FILTER_OPTIONS, MIRROR_OPTIONS, presentName, SECTION_NAMES } from './options.ts';
import { exceptPinned } from './pinned.ts';
import { readPlugins } from './plugins.ts';
import { tomlText } from './toml.ts';

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
  for (const key of allKeys(conf)) if (!draft.knows(key)) draft.comment(key, whyUntouched(key, conf));
  makeAcceptable(draft, options);
  return { toml: tomlText(draft, conf.remarks, options.name), fates: draft.fates, remarks: conf.remarks };
}

function allKeys(conf: Conf): readonly ConfKey[] {
  return [...conf.sections.values()].flatMap((keys) => [...keys.values()]);
}

/** What is said of a key that nothing has looked at. */
function whyUntouched({ section, name }: ConfKey, conf: Conf): string {
  if (section === DEFAULTS) return 'it is a default of all sections, and no key of its name was asked for';
  const present = Object.keys(SECTION_NAMES).find((one) => SECTION_NAMES[one]?.includes(section)) ?? section;
  const instead = SECTION_NAMES[present]?.find((one) => conf.sections.has(one));
  if (instead !== undefined && instead !== section) return `[${instead}] is read in its place`;
  const option = FILTER_OPTIONS.find(
    (one) => one.section === present && (one.name === name || one.name === '*'),
  );
  if (option !== undefined)
    return `it did nothing: [plugins] enabled does not name ${option.plugins.join(' or ')}, or what it needs is not there`;
  const known = [...MIRROR_OPTIONS, ...FILTER_OPTIONS.map((one) => one.name)];
  const near = known.find((one) => spelled(one).toLowerCase() === spelled(name).toLowerCase());
  if (near !== undefined && near !== name)
    return `bandersnatch knows ${near}, and minds the case: this did nothing`;
  if (section === 's3' || section === 'swift') return 'jubjub writes to a file system only';
  return `it is no key of bandersnatch that jubjub knows${presentName(section) === section ? '' : ' any more'}`;
}

/**
 * Takes back what the configuration does not accept, one thing after another. Where that is what projects and releases are chosen by,
 * nothing is mirrored until somebody has looked: everything would be too much.
 */
function makeAcceptable(draft: Draft, { file, name }: ImportOptions): void {
  const accepts = (one: Draft) => isAccepted(tomlText(one, [], name), file);
  if (accepts(draft)) return;
  const good = new Draft();
  for (const item of FALLBACKS) put(good, item);
  let isNarrow = true;
  for (const item of draft.items) {
    const before = good.item(item.section, item.key);
    put(good, item);
    if (accepts(good)) continue;
    good.remove(item);
    draft.remove(item);
    if (before !== undefined) for (const one of [good, draft]) put(one, before);
    if (item.section === 'projects' || item.section === 'releases') isNarrow = false;
  }
  if (!isNarrow) draft.list(null, 'projects', 'block', ['*'], NOT_ACCEPTED);
  for (const exception of [...draft.exceptions]) if (!accepts(draft)) draft.removeException(exception);
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

function isAccepted(toml: string, file: string): boolean {
  if (Buffer.byteLength(toml) > CONFIG_BYTES_MAX) return false;
  try {
    readConfig(toml, file);
    return true;
  } catch (error) {
    if (error instanceof JubjubError && error.code === 'CONFIG_INVALID') return false;
    throw error;
  }
}
