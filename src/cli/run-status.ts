/** What `jubjub status` does once its command line is understood. */
import { loadConfig } from '../config/load.ts';
import { statusReport } from '../mirror/report.ts';
import { mirrorFolders } from '../store/local.ts';
import { lockHolder } from '../store/lock.ts';
import type { CliContext } from './context.ts';
import { renderStatus, statusJson } from './display/status.ts';
import { openCatalogueReadOnly } from './open-mirror.ts';

export interface StatusOptions {
  /** Absolute. */
  readonly configFile: string;
}

/** Prints the state of the mirror, without network, and answers the exit status. */
export async function runStatus(options: StatusOptions, context: CliContext): Promise<number> {
  const { settings } = loadConfig(options.configFile);
  const catalogue = openCatalogueReadOnly(settings);
  try {
    const report = statusReport(catalogue);
    const holder = lockHolder(mirrorFolders(settings.directory).state);
    const { untried, withdrawnFiles, heldFiles, trashedFiles, trashedBytes } = catalogue.counts();
    const trash = { files: trashedFiles, bytes: trashedBytes };
    const takenDown = { waiting: withdrawnFiles - heldFiles, held: heldFiles, trash };
    const now = { running: holder, untried, takenDown };
    context.print(context.output.json ? statusJson(report) : renderStatus(report, now, context.style));
    return 0;
  } finally {
    catalogue.close();
  }
}
