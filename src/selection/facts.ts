/** What rules look at in a project, worked out when the first of them asks and never twice. */
import { fieldOf } from '../pypi/fields.ts';
import { asVersion, fileVersions, type KeyOfFile } from '../pypi/file-versions.ts';
import { releaseOf } from '../pypi/filenames.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import type { Detail, DistFile, JsonObject, ProjectName } from '../pypi/types.ts';
import { type FileKind, fileKindOf, type WheelTags, wheelTagsOf } from '../pypi/wheel-name.ts';
import { parseUploadTime, uploadTimeText } from './upload-time.ts';
import { type KnownVersion, knownVersion } from './version-facts.ts';

/** A release with its files, as upstream has them. */
export interface Release extends KnownVersion {
  /** Empty: it is listed and has none. */
  readonly files: FileFacts[];
}

export class FileFacts {
  readonly file: DistFile;
  readonly #project: ProjectView;
  #uploadedMs: number | null | undefined;
  #kind: FileKind | undefined;
  #tags: WheelTags | null | undefined;

  constructor(file: DistFile, project: ProjectView) {
    this.file = file;
    this.#project = project;
  }

  /** Null when neither its name nor the list of versions tells. */
  get release(): Release | null {
    return this.#project.releases.ofFile.get(this) ?? null;
  }

  /** Null when upstream does not say, or nothing that can be read. */
  get uploadedMs(): number | null {
    if (this.#uploadedMs === undefined) {
      const text = uploadTimeText(this.file);
      this.#uploadedMs = text === null ? null : parseUploadTime(text);
    }
    return this.#uploadedMs;
  }

  get kind(): FileKind {
    this.#kind ??= fileKindOf(this.file.filename);
    return this.#kind;
  }

  /** Null for what is no wheel, or not named as one. */
  get tags(): WheelTags | null {
    if (this.#tags === undefined) this.#tags = wheelTagsOf(this.file.filename);
    return this.#tags;
  }

  get isYanked(): boolean {
    return this.file.yanked !== false;
  }
}

interface Releases {
  /** By `versionKey`. */
  readonly byKey: ReadonlyMap<string, Release>;
  readonly ofFile: ReadonlyMap<FileFacts, Release>;
}

export class ProjectView {
  readonly detail: Detail;
  /** The JSON API's `info`; null: not known. */
  readonly info: JsonObject | null;
  readonly files: readonly FileFacts[];
  #releases: Releases | undefined;

  constructor(detail: Detail, info: JsonObject | null) {
    this.detail = detail;
    this.info = info;
    this.files = detail.files.map((file) => new FileFacts(file, this));
  }

  get name(): ProjectName {
    return this.detail.name;
  }

  get releases(): Releases {
    this.#releases ??= releasesOf(this);
    return this.#releases;
  }
}

function releasesOf({ detail, files }: ProjectView): Releases {
  const byKey = new Map<string, Release>();
  const byText = new Map<string, Release>();
  const releaseFor = (version: string): Release => {
    const known = knownVersion(version);
    const release = byKey.get(known.key) ?? { ...known, files: [] };
    byKey.set(known.key, release);
    if (known.isPep440) byText.set(version, release);
    return release;
  };
  const listed = listedVersions(detail);
  for (const version of listed ?? []) releaseFor(version);
  const find = listed === null ? null : finderIn(detail.name, listed, byKey, byText);
  const ofFile = new Map<FileFacts, Release>();
  for (const facts of files) {
    const { filename } = facts.file;
    const release = find === null ? byName(filename, detail.name, releaseFor) : find(filename);
    if (release === null) continue;
    release.files.push(facts);
    ofFile.set(facts, release);
  }
  return { byKey, ofFile };
}

/** PEP 700; null when upstream lists none, or has files and an empty list. */
function listedVersions(detail: Detail): readonly string[] | null {
  const versions = fieldOf(detail.raw, 'versions');
  if (!Array.isArray(versions) || (versions.length === 0 && detail.files.length > 0)) return null;
  return versions.filter((version) => typeof version === 'string');
}

function byName(
  filename: string,
  name: ProjectName,
  releaseFor: (version: string) => Release,
): Release | null {
  const written = releaseOf(filename, name);
  return written === null ? null : releaseFor(asVersion(written));
}

/**
 * As `fileVersions` has it. Nearly every name has a listed version exactly as it is listed, where it must be: that is a
 * tenth of the work.
 */
function finderIn(
  name: ProjectName,
  listed: readonly string[],
  byKey: ReadonlyMap<string, Release>,
  byText: ReadonlyMap<string, Release>,
): (filename: string) => Release | null {
  let keyOf: KeyOfFile | null = null;
  let head = '';
  const plain = (filename: string): Release | undefined => {
    const isWheel = filename.endsWith('.whl');
    if (!isWheel && !filename.endsWith('.tar.gz')) return undefined;
    if (head === '' || !filename.startsWith(head)) {
      const end = filename.indexOf('-');
      if (end === -1 || tryNormalizeName(filename.slice(0, end)) !== name) return undefined;
      head = filename.slice(0, end + 1);
    }
    if (!isWheel) return byText.get(filename.slice(head.length, -'.tar.gz'.length));
    const parts = filename.split('-').length;
    return parts === 5 || parts === 6
      ? byText.get(filename.slice(head.length, filename.indexOf('-', head.length)))
      : undefined;
  };
  return (filename) => {
    const found = plain(filename);
    if (found !== undefined) return found;
    keyOf ??= fileVersions(name, listed);
    const key = keyOf(filename);
    return key === null ? null : (byKey.get(key) ?? null);
  };
}
