/** What is said of a key of a bandersnatch.conf that no translation has looked at. */
import { nearest } from '../config/nearest.ts';
import { type Conf, type ConfKey, DEFAULTS, entriesOf, spelled } from './conf.ts';
import {
  FILTER_OPTIONS,
  type FilterOption,
  MIRROR_OPTIONS,
  type Plugin,
  presentName,
  SECTION_NAMES,
} from './options.ts';
import type { Plugins } from './plugins.ts';

/** Names that are held against the known ones; a file of a hundred thousand odd keys has no spelling mistakes. */
const NEAREST_MAX = 100;
/** A longer name is no mistake in spelling. */
const NAME_CHARS_MAX = 60;

const NO_FILTER_SECTIONS = ['mirror', 'plugins', 's3', 'swift', DEFAULTS];
const SECTIONS = [
  ...new Set([...NO_FILTER_SECTIONS, ...FILTER_OPTIONS.map(({ section }) => section)]),
  ...Object.values(SECTION_NAMES).flat(),
];

/** A function that says it, key by key. */
export function sayerOf(conf: Conf, plugins: Plugins): (key: ConfKey) => string {
  let looked = 0;
  const near = (word: string, known: readonly string[]): string | null => {
    if (word.length > NAME_CHARS_MAX || looked >= NEAREST_MAX) return null;
    looked += 1;
    return nearest(word, known);
  };
  return (key) => whyUntouched(key, conf, plugins, near);
}

type Near = (word: string, known: readonly string[]) => string | null;

function whyUntouched(key: ConfKey, conf: Conf, plugins: Plugins, near: Near): string {
  const { section, name } = key;
  if (section === DEFAULTS) return 'it is a default of all sections, and no key of its name was asked for';
  const present = Object.keys(SECTION_NAMES).find((one) => SECTION_NAMES[one]?.includes(section)) ?? section;
  const instead = SECTION_NAMES[present]?.find((one) => conf.sections.has(one));
  if (instead !== undefined && instead !== section) return `[${instead}] is read in its place`;
  const option = FILTER_OPTIONS.find(
    (one) => one.section === present && (one.name === name || one.name === '*'),
  );
  if (option !== undefined) return whyIdle(key, option, plugins);
  const known = [...MIRROR_OPTIONS, ...FILTER_OPTIONS.map((one) => one.name)];
  const cased = known.find((one) => spelled(one).toLowerCase() === spelled(name).toLowerCase());
  if (cased !== undefined && cased !== name)
    return `bandersnatch knows ${cased}, and minds the case: this did nothing`;
  if (section === 's3' || section === 'swift') return 'jubjub writes to a file system only';
  if (!SECTIONS.includes(section)) {
    const meant = near(section, SECTIONS);
    return `bandersnatch reads no such section, and this did nothing${meant === null ? '' : `; did you mean [${meant}]?`}`;
  }
  const meant = near(name, namesIn(present));
  if (meant !== null) return `bandersnatch reads no such key, and this did nothing; did you mean ${meant}?`;
  return `it is no key of bandersnatch that jubjub knows${presentName(section) === section ? '' : ' any more'}`;
}

/** Of an option that is known, why nothing came of it. */
function whyIdle(key: ConfKey, { plugins: readers }: FilterOption, plugins: Plugins): string {
  const enabled = readers.filter((plugin) => plugins.has(plugin as Plugin));
  if (enabled.length === 0) return `it did nothing: [plugins] enabled does not name ${readers.join(' or ')}`;
  if (entriesOf(key).length === 0) return 'it is empty, and did nothing';
  return `it did nothing: what ${enabled.join(' or ')} needs beside it is not there`;
}

function namesIn(section: string): readonly string[] {
  if (section === 'mirror') return MIRROR_OPTIONS;
  if (section === 'plugins') return ['enabled'];
  return FILTER_OPTIONS.filter((one) => one.section === section).map((one) => one.name);
}
