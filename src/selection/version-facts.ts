/** What a version's text says, remembered: most of an index's versions are the same few thousand texts. */
import { isPrerelease } from '../pypi/specifiers.ts';
import { isPep440, versionKey } from '../pypi/version-key.ts';
import { memo } from './memo.ts';

export interface KnownVersion {
  /** As upstream writes it. */
  readonly version: string;
  /** See `versionKey`. */
  readonly key: string;
  readonly isPep440: boolean;
  /** Null for what is not PEP 440. */
  readonly isPrerelease: boolean | null;
}

export const knownVersion: (version: string) => KnownVersion = memo((version) => ({
  version,
  key: versionKey(version),
  isPep440: isPep440(version),
  isPrerelease: isPrerelease(version),
}));
