/** What `jubjub status` does once its command line is understood. */
import type { SqliteCatalogue } from '../catalogue/sqlite.ts';
import type { Clock } from '../clock.ts';
import { loadConfig } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { unmetNeeds } from '../mirror/needs/needs.ts';
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
  const { settings } = loadConfig(options.configFile, { readsRequirements: false });
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

function selectionNow(settings: Settings, catalogue: SqliteCatalogue, clock: Clock): SelectionNow {
  const selection = buildSelection(settings.selection);
  const mirrorFiles = settings.files.mirror;
  const unmet = unmetNeeds({ catalogue, selection, clock, settings: { mirrorFiles } });
  const reserved = catalogue.reserved().map(({ name }) => name);
  return { leftOut: catalogue.counts().leftOut, reserved, unmet: unmet.length };
}
