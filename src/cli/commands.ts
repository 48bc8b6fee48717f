/**
 * Every command of jubjub, in the order of the help. A new command is one file and one line here.
 *
 * A command's file knows options and help only; what it runs is imported when it runs, so that no command waits for
 * the libraries of another.
 */
import type { CommandSpec } from './command.ts';
import { adoptCommand } from './commands/adopt.ts';
import { compareCommand } from './commands/compare.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo.ts';
import { explainCommand } from './commands/explain.ts';
import { pruneCommand } from './commands/prune.ts';
import { restoreCommand } from './commands/restore.ts';
import { serveCommand } from './commands/serve.ts';
import { statusCommand } from './commands/status.ts';
import { syncCommand } from './commands/sync.ts';
import { verifyCommand } from './commands/verify.ts';

export const COMMANDS: readonly CommandSpec[] = [
  syncCommand,
  statusCommand,
  explainCommand,
  verifyCommand,
  pruneCommand,
  restoreCommand,
  compareCommand,
  serveCommand,
  demoCommand,
  adoptCommand,
  configCommand,
];
