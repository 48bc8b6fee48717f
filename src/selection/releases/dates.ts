/** `[releases] not-before` and `not-after`: files that were uploaded earlier, or later, are dropped. */
import { shown } from '../../pypi/quote.ts';
import type { FileFacts } from '../facts.ts';
import { eachFile, type FileRule, type Finding, type Unsure } from '../rule.ts';
import { shownTime } from '../shown-list.ts';
import { uploadTimeText } from '../upload-time.ts';

export const notBefore: FileRule = {
  table: 'releases',
  key: 'not-before',
  settings: ['notBeforeMs'],
  prepare: ({ notBeforeMs: limitMs }) =>
    limitMs === null ? null : eachFile((file) => judge(file, limitMs, (uploadedMs) => uploadedMs < limitMs)),
};

export const notAfter: FileRule = {
  table: 'releases',
  key: 'not-after',
  settings: ['notAfterMs'],
  prepare: ({ notAfterMs: limitMs }) =>
    limitMs === null ? null : eachFile((file) => judge(file, limitMs, (uploadedMs) => uploadedMs > limitMs)),
};

function judge(facts: FileFacts, limitMs: number, isOut: (uploadedMs: number) => boolean): Finding {
  const { uploadedMs } = facts;
  if (uploadedMs === null) return noUploadTime(facts);
  return isOut(uploadedMs) ? { value: shownTime(limitMs), why: uploaded(facts) } : null;
}

/** What rules about time say of a file whose age nobody knows. */
export function noUploadTime({ file }: FileFacts): Unsure {
  const text = uploadTimeText(file);
  const unsure = text === null ? 'no upload time' : `its upload time ${shown(text)} is not RFC 3339`;
  return { unsure, about: 'file' };
}

export function uploaded({ file }: FileFacts): string {
  return `uploaded ${shown(uploadTimeText(file) ?? '')}`;
}
