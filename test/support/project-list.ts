/** Whole project lists of entries that a test has, in both forms. */
import {
  LIST_HTML,
  LIST_JSON,
  type ListEntry,
  renderEntries,
  renderList,
} from '../../src/pypi/render-list.ts';
import type { Serial } from '../../src/pypi/types.ts';

type Render = (serial: Serial | null, entries: Iterable<ListEntry>) => Generator<string>;

export const renderListJson: Render = (serial, entries) =>
  renderList(LIST_JSON, serial, renderEntries(LIST_JSON, entries));
export const renderListHtml: Render = (serial, entries) =>
  renderList(LIST_HTML, serial, renderEntries(LIST_HTML, entries));
