/** Which filter plugins a bandersnatch.conf enables; all others do nothing, whatever their sections say. */
import { type Conf, type ConfKey, confKey, entriesOf } from './conf.ts';
import type { Draft } from './draft.ts';
import { PLUGINS, type Plugin, presentName, SECTION_NAMES } from './options.ts';

export interface Plugins {
  /** Is it enabled, by name or by `all`? */
  readonly has: (plugin: Plugin) => boolean;
  /** Is it enabled by its own name? */
  readonly names: (plugin: Plugin) => boolean;
}

/** Reads `[plugins] enabled`, or `plugins` of the old `[blacklist]`, and accounts for it. */
export function readPlugins(conf: Conf, draft: Draft): Plugins {
  const key = enablingKey(conf);
  const named = new Set(key === null ? [] : entriesOf(key).map(({ text }) => presentName(text)));
  const known: readonly string[] = PLUGINS;
  if (key !== null) {
    draft.isSo(key);
    for (const { text } of entriesOf(key)) {
      if (text === 'all' || known.includes(presentName(text))) continue;
      draft.comment(
        key,
        /[\s,]/.test(text)
          ? `"${text}" is taken for one plugin, which there is not: names stand on lines of their own`
          : `"${text}" is no plugin of bandersnatch itself: see what it leaves out, and say it in mirror.toml`,
      );
    }
  }
  return {
    has: (plugin) => named.has('all') || named.has(plugin),
    names: (plugin) => named.has(plugin),
  };
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
