/** What `jubjub status` does once its command line is understood. */
import type { SqliteCatalogue } from '../catalogue/sqlite.ts';
import type { Clock } from '../clock.ts';
import { loadConfig } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { isJubjubError } from '../errors.ts';
import { unmetNeeds, unmetRequirements } from '../mirror/needs/needs.ts';
import { statusReport } from '../mirror/report.ts';
import { buildSelection } from '../selection/selection.ts';
import { mirrorFolders } from '../store/local.ts';
import { lockHolder } from '../store/lock.ts';
import type { CliContext } from './context.ts';
import { renderStatus, type SelectionNow, statusJson } from './display/status.ts';
import { openCatalogueReadOnly } from './open-mirror.ts';

export interface StatusOptions {
  /** Absolute. */
  readonly configFile: string;
}

/** Prints the state of the mirror, without network, and answers the exit status. */
export async function runStatus(options: StatusOptions, context: CliContext): Promise<number> {
  const settings = settingsOf(options.configFile);
  const catalogue = openCatalogueReadOnly(settings);
  try {
    const report = statusReport(catalogue);
    const holder = lockHolder(mirrorFolders(settings.directory).state);
    const { untried, withdrawnFiles, heldFiles, trashedFiles, trashedBytes } = catalogue.counts();
    const trash = { files: trashedFiles, bytes: trashedBytes };
    const takenDown = { waiting: withdrawnFiles - heldFiles, held: heldFiles, trash };
    const selection = selectionNow(settings, catalogue, context.clock);
    const now = { running: holder, untried, takenDown, selection };
    const { output, print, style } = context;
    print(output.json ? statusJson(report, selection) : renderStatus(report, now, style));
    return 0;
  } finally {
    catalogue.close();
  }
}

/** The state is told whatever became of requirement files; then what they ask for is not counted. */
function settingsOf(file: string): Settings {
  try {
    return loadConfig(file).settings;
  } catch (error) {
    if (!isJubjubError(error, 'CONFIG_INVALID')) throw error;
    return loadConfig(file, { readsRequirements: false }).settings;
  }
}

function selectionNow(settings: Settings, catalogue: SqliteCatalogue, clock: Clock): SelectionNow {
  const selection = buildSelection(settings.selection);
  const mirrorFiles = settings.files.mirror;
  const deps = { catalogue, selection, clock, settings: { mirrorFiles } };
  const reserved = catalogue.reserved().map(({ name }) => name);
  return {
    leftOut: catalogue.counts().leftOut,
    reserved,
    unmetNeeds: unmetNeeds(deps).length,
    unmetRequirements: unmetRequirements(deps).length,
  };
}
