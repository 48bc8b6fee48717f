/** Which filter plugins a bandersnatch.conf enables; all others do nothing, whatever their sections say. */
import { nearest } from '../config/nearest.ts';
import { type Conf, type ConfKey, confKey, entriesOf, keysOfSection } from './conf.ts';
import type { Draft } from './draft.ts';
import {
  COUNTED,
  FILTER_OPTIONS,
  type FilterOption,
  PLUGINS,
  type Plugin,
  presentName,
  SECTION_NAMES,
} from './options.ts';

/** Entries that are looked at one by one; there are not even twenty plugins. */
const NAMES_MAX = 100;
/** A longer name is no mistake in spelling. */
const NAME_CHARS_MAX = 60;

export interface Plugins {
  /** Is it enabled, by name or by `all`? */
  readonly has: (plugin: Plugin) => boolean;
  /** Is it enabled by its own name? */
  readonly names: (plugin: Plugin) => boolean;
}

/** Those that let nothing through where their lists are not there; what becomes of them is told where they are translated. */
const NOTHING_WITHOUT: readonly string[] = ['allowlist_release', 'project_requirements_pinned'];
/** Keys that say nothing by themselves. */
const WITH_OTHERS: ReadonlySet<string> = new Set(['requirements_path', 'sort_by']);
/** Those that work without a key. */
const NEEDS_NO_KEY: readonly string[] = ['prerelease_release'];

/** Reads `[plugins] enabled`, or `plugins` of the old `[blacklist]`, and accounts for it. */
export function readPlugins(conf: Conf, draft: Draft): Plugins {
  const key = enablingKey(conf);
  const named = new Set(key === null ? [] : entriesOf(key).map(({ text }) => presentName(text)));
  if (key !== null) {
    draft.isSo(key);
    for (const { text } of entriesOf(key).slice(0, NAMES_MAX)) {
      const note = whyOdd(text) ?? whyIdle(presentName(text), conf);
      if (note !== null) draft.comment(key, note);
    }
  }
  return {
    has: (plugin) => named.has('all') || named.has(plugin),
    names: (plugin) => named.has(plugin),
  };
}

/** Of what is no plugin, what is said. */
function whyOdd(text: string): string | null {
  const known: readonly string[] = PLUGINS;
  if (text === 'all' || known.includes(presentName(text))) return null;
  if (/[\s,]/.test(text))
    return `"${text}" is taken for one plugin, which there is not: names stand on lines of their own`;
  const near = text.length > NAME_CHARS_MAX ? null : nearest(presentName(text), known);
  const meant = near === null ? '' : ` (did you mean ${near}?)`;
  return `"${text}" is no plugin of bandersnatch itself${meant}: see what it leaves out, and say it in mirror.toml`;
}

/** Of a plugin that is enabled, and has none of its keys, what is said. */
function whyIdle(plugin: string, conf: Conf): string | null {
  if (NOTHING_WITHOUT.includes(plugin) || NEEDS_NO_KEY.includes(plugin)) return null;
  const options = FILTER_OPTIONS.filter(({ plugins }) => plugins.includes(plugin));
  const isThere = ({ section, name }: FilterOption) =>
    name === '*' ? keysOfSection(conf, section).length > 0 : filterKey(conf, section, name) !== null;
  // The limits of whole projects have sections of their own, and look at the allowlist only for what they do not touch.
  const own = options.filter(
    ({ plugins, name }) => !WITH_OTHERS.has(name) && (!COUNTED.includes(plugin) || plugins.length === 1),
  );
  if (own.length === 0 || own.some(isThere)) return null;
  const wanted = own.map(({ section, name }) => (name === '*' ? `[${section}]` : `[${section}] ${name}`));
  return `${plugin} finds nothing to do: there is no ${wanted.join(' and no ')}; it leaves out nothing, in bandersnatch and here`;
}

function enablingKey(conf: Conf): ConfKey | null {
  const present = confKey(conf, 'plugins', 'enabled');
  if (present !== null) return present;
  for (const section of SECTION_NAMES['blocklist'] ?? []) {
    const old = confKey(conf, section, 'plugins');
    if (old !== null) return old;
  }
  return null;
}

/** A key of a section under its present or, where that is not there, an old name. */
export function filterKey(conf: Conf, section: string, name: string): ConfKey | null {
  const there = (SECTION_NAMES[section] ?? [section]).find((one) => conf.sections.has(one));
  return there === undefined ? null : confKey(conf, there, name);
}
