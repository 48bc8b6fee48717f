/**
 * Everything that may happen to an index like PyPI, one method for each event, one transaction for each call.
 *
 * Most events write rows. Those in the last part write none: they are what a mirror finds by looking at pages only
 * (protocol §1.7, "State changes that write NO journal row").
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../pypi/types.ts';
import { type Distribution, normalize } from './distribution.ts';
import { type Entry, IndexCore, type IndexStateOptions, refused } from './index-core.ts';
import type {
  IndexFile,
  IndexProject,
  IndexRelease,
  ProjectStatus,
  RawRow,
  RoleHolder,
} from './index-model.ts';

export type { IndexStateOptions };

export type Role = RoleHolder['role'];

export interface UploadOptions {
  /** false: the file has core metadata and pages do not say so, until `backfillMetadata`. @default true */
  readonly advertiseMetadata?: boolean;
}

export interface QuietOptions {
  /** false: the CDN is not told either, so that the edge keeps the old page for its day. @default true */
  readonly purges?: boolean;
}

function hexDigest(algorithm: 'md5' | 'sha256' | 'blake2b512', bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

/** PyPI names files by BLAKE2b-256, which Node lacks: this is another 256 bits of the same kind, and not the sha256. */
function filePath(dist: Distribution): string {
  const hex = hexDigest('blake2b512', dist.bytes).slice(0, 64);
  return `/packages/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4)}/${dist.filename}`;
}

function newRelease(dist: Distribution): IndexRelease {
  return {
    version: dist.version,
    requiresPython: dist.requiresPython,
    yanked: false,
    quarantined: false,
    formMetadata: dist.formMetadata?.toString() ?? '',
    vulnerabilities: [],
    files: new Map(),
  };
}

export class IndexState extends IndexCore {
  createProject(displayName: string, owner = 'carroll'): void {
    const normalized = normalize(displayName);
    if (this.projectsByName.has(normalized)) throw refused(`the project exists: ${displayName}`);
    const project: IndexProject = {
      displayName,
      normalized,
      lastSerial: 0,
      status: 'active',
      statusReason: null,
      roles: [{ role: 'Owner', user: owner }],
      organization: null,
      releases: new Map(),
    };
    this.projectsByName.set(normalized, project);
    this.write(project, [
      [null, 'create'],
      [null, `add Owner ${owner}`],
    ]);
  }

  /** One file, as an upload brings it; project and release come into being with their first file. */
  uploadFile(
    dist: Distribution,
    provenance: JsonObject | null = null,
    { advertiseMetadata = true }: UploadOptions = {},
  ): IndexFile {
    if (this.filenames.has(dist.filename)) throw refused(`the filename was used before: ${dist.filename}`);
    if (!this.projectsByName.has(normalize(dist.name))) this.createProject(dist.name);
    const project = this.requireProject(dist.name);
    const entries: Entry[] = [];
    let release = project.releases.get(dist.version);
    if (release === undefined) {
      release = newRelease(dist);
      project.releases.set(dist.version, release);
      entries.push([dist.version, 'new release']);
    }
    const path = filePath(dist);
    const advertised = advertiseMetadata ? dist.metadata : null;
    const file: IndexFile = {
      filename: dist.filename,
      path,
      sha256: hexDigest('sha256', dist.bytes),
      md5: hexDigest('md5', dist.bytes),
      sizeBytes: dist.bytes.length,
      metadataSha256: advertised === null ? null : hexDigest('sha256', advertised),
      withheldMetadata: advertiseMetadata ? null : dist.metadata,
      pythonVersion: dist.pythonVersion,
      uploadedMs: this.now(),
      provenance,
    };
    release.files.set(dist.filename, file);
    this.filenames.add(dist.filename);
    this.blobs.set(path, dist.bytes);
    if (advertised !== null) this.blobs.set(`${path}.metadata`, advertised);
    entries.push([dist.version, `add ${dist.pythonVersion} file ${dist.filename}`]);
    this.write(project, entries);
    return file;
  }

  yankRelease(name: string, version: string, reason = ''): void {
    const { project, release } = this.requireRelease(name, version);
    release.yanked = reason === '' ? true : reason;
    this.write(project, [[version, 'yank release']]);
  }

  unyankRelease(name: string, version: string): void {
    const { project, release } = this.requireRelease(name, version);
    release.yanked = false;
    this.write(project, [[version, 'unyank release']]);
  }

  /** The file leaves its release; a release without files stays. */
  removeFile(filename: string): void {
    const { project, release } = this.requireFile(filename);
    release.files.delete(filename);
    this.write(project, [[release.version, `remove file ${filename}`]]);
  }

  removeRelease(name: string, version: string): void {
    const { project } = this.requireRelease(name, version);
    project.releases.delete(version);
    this.write(project, [[version, 'remove release']]);
  }

  /**
   * `purges: false` is what deleting a user does to the user's projects (protocol §1.7). `journal: false` is the missed
   * removal: no row tells of it, or it fell into a hole of the journal (protocol §1.8).
   */
  removeProject(
    name: string,
    { purges = true, journal = true }: QuietOptions & { journal?: boolean } = {},
  ): void {
    const project = this.requireProject(name);
    this.projectsByName.delete(project.normalized);
    this.write(project, journal ? [[null, 'remove project']] : [], purges);
  }

  quarantineProject(name: string): void {
    this.#setStatus(name, 'quarantined', null, [[null, 'project quarantined']]);
  }

  clearProjectQuarantine(name: string): void {
    this.#setStatus(name, 'active', null, [[null, 'project quarantine cleared']]);
  }

  quarantineRelease(name: string, version: string): void {
    const { project, release } = this.requireRelease(name, version);
    release.quarantined = true;
    this.write(project, [[version, 'release quarantined']]);
  }

  clearReleaseQuarantine(name: string, version: string): void {
    const { project, release } = this.requireRelease(name, version);
    release.quarantined = false;
    this.write(project, [[version, 'release quarantine cleared']]);
  }

  addRole(name: string, role: Role, user: string): void {
    const project = this.requireProject(name);
    project.roles = [...project.roles.filter((holder) => holder.user !== user), { role, user }];
    this.write(project, [[null, `add ${role} ${user}`]]);
  }

  removeRole(name: string, role: Role, user: string): void {
    const project = this.requireProject(name);
    project.roles = project.roles.filter((holder) => holder.user !== user || holder.role !== role);
    this.write(project, [[null, `remove ${role} ${user}`]]);
  }

  /** An invitation moves the serial and purges nothing (trap 7). */
  invite(name: string, role: Role, user: string): void {
    this.write(this.requireProject(name), [[null, `invite ${role} ${user}`]], false);
  }

  /** A team's role moves the serial and purges nothing; team names may hold spaces. */
  teamRole(name: string, role: Role, team: string): void {
    this.write(this.requireProject(name), [[null, `add ${role} ${team}`]], false);
  }

  /** Writes the row as it stands. */
  journal(row: RawRow): void {
    const name = row.name === null ? null : { displayName: row.name, normalized: normalize(row.name) };
    this.write(name, [[row.version ?? null, row.action]], row.purges ?? true);
  }

  // What follows writes no row: the serial does not move (trap 9).

  archiveProject(name: string, quiet: QuietOptions = {}): void {
    this.setProjectStatus(name, 'archived', null, quiet);
  }

  unarchiveProject(name: string, quiet: QuietOptions = {}): void {
    this.setProjectStatus(name, 'active', null, quiet);
  }

  /** Any status with any reason (PEP 792). To quarantine as PyPI does, with its row, use `quarantineProject`. */
  setProjectStatus(
    name: string,
    status: ProjectStatus,
    reason: string | null,
    quiet: QuietOptions = {},
  ): void {
    this.#setStatus(name, status, reason, [], quiet);
  }

  /** The file's pages begin to advertise core metadata, as PyPI's did in 2024: by default what its upload withheld. */
  backfillMetadata(
    filename: string,
    metadata: Buffer | null = null,
    { purges = true }: QuietOptions = {},
  ): void {
    const { project, release, file } = this.requireFile(filename);
    const bytes = metadata ?? file.withheldMetadata;
    if (bytes === null) throw refused(`no metadata was withheld: ${filename}`);
    const metadataSha256 = hexDigest('sha256', bytes);
    release.files.set(filename, { ...file, metadataSha256, withheldMetadata: null });
    this.blobs.set(`${file.path}.metadata`, bytes);
    this.write(project, [], purges);
  }

  /** Another provenance document (PEP 740: they may change), a first one, or none any more. */
  setProvenance(filename: string, provenance: JsonObject | null, { purges = true }: QuietOptions = {}): void {
    const { project, release, file } = this.requireFile(filename);
    release.files.set(filename, { ...file, provenance });
    this.write(project, [], purges);
  }

  /** A transfer to an organization, or out of one: the JSON API's `ownership`, and nothing on simple pages. */
  setOrganization(name: string, slug: string | null, { purges = true }: QuietOptions = {}): void {
    const project = this.requireProject(name);
    project.organization = slug;
    this.write(project, [], purges);
  }

  /** A report from the advisory database: the JSON API's `vulnerabilities`, and nothing on simple pages. */
  setVulnerabilities(
    name: string,
    version: string,
    vulnerabilities: readonly JsonObject[],
    { purges = true }: QuietOptions = {},
  ): void {
    const { project, release } = this.requireRelease(name, version);
    release.vulnerabilities = vulnerabilities;
    this.write(project, [], purges);
  }

  #setStatus(
    name: string,
    status: ProjectStatus,
    reason: string | null,
    entries: readonly Entry[],
    { purges = true }: QuietOptions = {},
  ): void {
    const project = this.requireProject(name);
    project.status = status;
    project.statusReason = reason;
    this.write(project, entries, purges);
  }
}
