/**
 * Goal: a mirror.toml that was made of a bandersnatch.conf keeps the files that bandersnatch keeps.
 * Method: for each filter option some configurations, over a table of small projects of every kind: a model of bandersnatch, written
 * from its documentation, against our selection of the imported file. Where both differ on purpose, the files are named.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { importBandersnatch } from '../../src/bandersnatch/import.ts';
import { readConfig } from '../../src/config/load.ts';
import { buildSelection } from '../../src/selection/selection.ts';
import { bandersnatchKeeps, type ModelProject } from '../support/bandersnatch-model.ts';
import { detailFor, infoFor, PROJECTS } from '../support/bandersnatch-projects.ts';
import { withTempDir } from '../support/temp.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const REQUIREMENTS = 'requirements.txt';

interface Case {
  readonly what: string;
  readonly plugins: readonly string[];
  readonly conf?: string;
  readonly requirements?: string;
  /** What we keep and bandersnatch does not, and the other way round: filenames, and why that is so. */
  readonly differs?: {
    readonly why: string;
    readonly more?: readonly string[];
    readonly less?: readonly string[];
  };
}

const CASES: readonly Case[] = [
  { what: 'no filter', plugins: [] },
  {
    what: 'sections without their plugins',
    plugins: [],
    conf: '[latest_release]\nkeep = 1\n[allowlist]\npackages = odd',
  },
  {
    what: 'allowlist packages, projects',
    plugins: ['allowlist_project'],
    conf: '[allowlist]\npackages =\n  web_frame>=2 # two\n  Native\n',
  },
  { what: 'an empty allowlist', plugins: ['allowlist_project'], conf: '[allowlist]\npackages =\n' },
  {
    what: 'allowlist packages, releases',
    plugins: ['allowlist_release'],
    conf: '[allowlist]\npackages =\n  web-frame>=2.0a1,!=2.0\n  web-frame==1.0\n  native\n  odd\n',
    differs: { why: 'what is not PEP 440 is kept', more: ['odd-2004d.tar.gz'] },
  },
  {
    what: 'allowlist packages, both',
    plugins: ['whitelist_project', 'whitelist_release'],
    conf: '[whitelist]\npackages =\n  web-frame~=1.0\n  early',
  },
  { what: 'an allowlist of no releases', plugins: ['allowlist_release'] },
  {
    what: 'blocklist packages, projects',
    plugins: ['blocklist_project'],
    conf: '[blocklist]\npackages =\n  Web.Frame\n  early<0.2\n',
  },
  {
    what: 'blocklist packages, releases',
    plugins: ['blocklist_release'],
    conf: '[blocklist]\npackages =\n  web-frame>=2\n  early\n  odd\n',
    differs: { why: 'a whole project is blocked with its odd versions', less: ['odd-2004d.tar.gz'] },
  },
  {
    what: 'blocklist packages, both, by their old names',
    plugins: ['blacklist_project', 'blacklist_release'],
    conf: '[blacklist]\npackages =\n  early\n  web-frame==2.0a1\n',
  },
  {
    what: 'regex packages',
    plugins: ['regex_project'],
    conf: '[filter_regex]\npackages =\n  .+-evil$\n  ear\n  arge\n',
  },
  {
    what: 'regex releases',
    plugins: ['regex_release'],
    conf: '[filter_regex]\nreleases =\n  .+(a|b)\\d+$\n  2004',
  },
  { what: 'prereleases', plugins: ['prerelease_release'] },
  {
    what: 'prereleases of some projects',
    plugins: ['prerelease_release'],
    conf: '[filter_prerelease]\npackages =\n  Early\n',
  },
  {
    what: 'latest',
    plugins: ['latest_release'],
    conf: '[latest_release]\nkeep = 2',
    differs: { why: 'what is not PEP 440 is kept', more: ['odd-2004d.tar.gz'] },
  },
  {
    what: 'the latest one',
    plugins: ['latest_release'],
    conf: '[latest_release]\nkeep = 1\nsort_by = version',
    differs: { why: 'what is not PEP 440 is kept', more: ['odd-2004d.tar.gz'] },
  },
  { what: 'latest, without a number', plugins: ['latest_release'] },
  { what: 'latest by time', plugins: ['latest_release'], conf: '[latest_release]\nkeep = 2\nsort_by = time' },
  {
    what: 'platforms',
    plugins: ['exclude_platform'],
    conf: '[blocklist]\nplatforms =\n  windows\n  macos\n',
  },
  {
    what: 'platforms of Linux',
    plugins: ['exclude_platform'],
    conf: '[blocklist]\nplatforms = linux freebsd',
  },
  {
    what: 'one platform of Linux',
    plugins: ['exclude_platform'],
    conf: '[blocklist]\nplatforms =\n  manylinux2014_x86_64\n  linux_armv7l\n  nonsense',
  },
  {
    what: 'platforms, Pythons',
    plugins: ['exclude_platform'],
    conf: '[blocklist]\nplatforms =\n  py2\n  py2.7\n  py3.6\n  py3.10\n',
  },
  {
    what: 'size',
    plugins: ['size_project_metadata'],
    conf: '[size_project_metadata]\nmax_package_size = 2K',
  },
  {
    what: 'size, and exemptions',
    plugins: ['size_project_metadata'],
    conf: '[size_project_metadata]\nmax_package_size = 1K\n[allowlist]\npackages =\n  large\n',
  },
  {
    what: 'count of versions',
    plugins: ['versions_count_project_metadata'],
    conf: '[versions_count_project_metadata]\nmax_versions = 3',
  },
  {
    what: 'least count of versions',
    plugins: ['versions_count_project_metadata'],
    conf: '[versions_count_project_metadata]\nmin_versions = 2\n',
  },
  {
    what: 'count of versions, and exemptions',
    plugins: ['versions_count_project_metadata', 'size_project_metadata'],
    conf: '[versions_count_project_metadata]\nmin_versions = 2\nmax_versions = 3\n[size_project_metadata]\nmax_package_size = 1K\n[allowlist]\npackages =\n  native\n  Web.Frame==1.0\n',
  },
  {
    what: 'counts of versions that do not go together',
    plugins: ['versions_count_project_metadata'],
    conf: '[versions_count_project_metadata]\nmin_versions = 3\nmax_versions = 2\n',
  },
  {
    what: 'metadata of projects: any',
    plugins: ['regex_project_metadata'],
    conf: '[regex_project_metadata]\nnot-null:info.classifiers =\n  .*Python :: 3.*\n  .*Alpha$\nany:info.license =\n  MIT License$\n  .*GPL',
  },
  {
    what: 'metadata of projects: none and null',
    plugins: ['regex_project_metadata'],
    conf: '[regex_project_metadata]\nnone:info.license =\n  GPL\nmatch-null:info.author = Ada|Zo\\w$',
  },
  {
    what: 'metadata of projects: all, anywhere',
    plugins: ['regex_project_metadata'],
    conf: '[regex_project_metadata]\nsearch = true\nall:info.license =\n  MIT\n  hereby granted$\n',
  },
  {
    what: 'metadata of files: types',
    plugins: ['regex_release_file_metadata'],
    conf: '[regex_release_file_metadata]\nany:release_file.packagetype =\n  sdist\n  bdist_wheel\n',
  },
  {
    what: 'metadata of files: not these types',
    plugins: ['regex_release_file_metadata'],
    conf: '[regex_release_file_metadata]\nnone:release_file.packagetype =\n  bdist_(?!wheel)\n',
  },
  {
    what: 'metadata of files: names',
    plugins: ['regex_release_file_metadata'],
    conf: '[regex_release_file_metadata]\nany:release_file.filename =\n  .*-cp3\n  .*any\\.whl$\nall:release_file.filename =\n  .*linux\n  native\nnone:release_file.filename =\n  .*arm',
  },
  {
    what: 'metadata of files: versions of releases',
    plugins: ['regex_release_file_metadata', 'regex_release'],
    conf: '[regex_release_file_metadata]\nsearch = true\nany:release =\n  \\.[01]\n  d\nnone:release =\n  ^3\n[filter_regex]\nreleases =\n  .*b\n',
  },
  {
    what: 'ranges of Pythons',
    plugins: ['version_range_release_file_metadata'],
    conf: '[version_range_release_file_metadata]\nany:release_file.requires_python =\n  3.7\n  3.8\n',
  },
  {
    what: 'ranges of Pythons, exactly, and of files that say which',
    plugins: ['version_range_release_file_metadata'],
    conf: '[version_range_release_file_metadata]\nnot-null:release_file.requires_python =\n  3.7.2\n  3\n  3.11rc1\n',
    differs: { why: 'an empty Requires-Python is none', less: ['ranged-2.1-py2-none-any.whl'] },
  },
  {
    what: 'requirements',
    plugins: ['project_requirements'],
    conf: requirementsConf(),
    requirements: 'Web.Frame==2.0  # pinned\nnative\n',
  },
  {
    what: 'requirements without versions',
    plugins: ['project_requirements'],
    conf: requirementsConf(),
    requirements: '# all\nweb-frame\nnative\n',
  },
  {
    what: 'requirements, pinned',
    plugins: ['project_requirements', 'project_requirements_pinned'],
    conf: requirementsConf(),
    requirements: 'Web.Frame>=1.1,<2.0\nnative\n',
  },
  {
    what: 'requirements, pinned, beside other filters',
    plugins: ['project_requirements_pinned', 'prerelease_release', 'latest_release'],
    conf: `${requirementsConf()}[latest_release]\nkeep = 1\n`,
    requirements: 'Web.Frame>=2.0a1,<=2.0\nbackports\n',
  },
  {
    what: 'requirements, pinned, beside expressions over versions',
    plugins: [
      'project_requirements_pinned',
      'regex_release',
      'regex_release_file_metadata',
      'blocklist_release',
    ],
    conf: `${requirementsConf()}[filter_regex]\nreleases =\n  1\n  2\\.0\n[regex_release_file_metadata]\nnone:release =\n  .*b\n[blocklist]\npackages =\n  web-frame==1.1\n`,
    requirements: 'Web.Frame>=1.1,<=2.0\nbackports\nnative\n',
  },
  {
    what: 'requirements beside an allowlist',
    plugins: [
      'project_requirements',
      'project_requirements_pinned',
      'allowlist_project',
      'allowlist_release',
    ],
    conf: `${requirementsConf()}packages =\n  web-frame\n  backports>2\n  early\n`,
    requirements: 'Web.Frame==1.0\nbackports\nnative\n',
  },
  {
    what: 'a usual mixture',
    plugins: ['blocklist_project', 'prerelease_release', 'latest_release', 'exclude_platform'],
    conf: '[blocklist]\npackages =\n  early\n  odd\nplatforms =\n  windows\n[latest_release]\nkeep = 2\n',
  },
];

function requirementsConf(): string {
  return `[allowlist]\nrequirements_path = FOLDER\nrequirements =\n  ${REQUIREMENTS}\n`;
}

function filenamesOf({ releases }: ModelProject): readonly string[] {
  return Object.values(releases)
    .flat()
    .map(({ filename }) => filename);
}

describe('what was imported keeps what bandersnatch keeps', () => {
  const folder = withTempDir({ after: (done) => after(done as () => void) });
  for (const { what, plugins, conf = '', requirements = '', differs } of CASES) {
    test(differs === undefined ? what : `${what}, but ${differs.why}`, () => {
      writeFileSync(join(folder, REQUIREMENTS), requirements);
      const text = `[mirror]\ndirectory = /srv/pypi\n[plugins]\nenabled =\n  ${plugins.join('\n  ')}\n${conf.replace('FOLDER', folder)}`;
      const file = join(folder, 'mirror.toml');
      const readRequirements = (path: string) => [{ path, text: requirements }];
      const { toml } = importBandersnatch(text, { name: 'bandersnatch.conf', file, readRequirements });
      const selection = buildSelection(readConfig(toml, file).settings.selection);
      const more: string[] = [];
      const less: string[] = [];
      for (const project of PROJECTS) {
        const detail = detailFor(project);
        const facts = { detail, info: infoFor(project), needs: [] };
        const named = selection.judgeName(detail.name, []) === null;
        const judged = named ? selection.judge(facts, NOW_MS) : null;
        const theirs = bandersnatchKeeps(text, project, requirements);
        const ours = filenamesOf(project).filter(
          (name) => judged !== null && judged.drop === null && !judged.files.has(name),
        );
        more.push(...ours.filter((name) => !theirs.includes(name)));
        less.push(...theirs.filter((name) => !ours.includes(name)));
      }
      const said = `\n${toml}`;
      assert.deepEqual(more, differs?.more ?? [], `only here${said}`);
      assert.deepEqual(less, differs?.less ?? [], `only in bandersnatch${said}`);
    });
  }
});
