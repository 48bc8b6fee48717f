/**
 * Every command of jubjub, in the order of the help. A new command is one file and one line here.
 *
 * A command's file knows options and help only; what it runs is imported when it runs, so that no command waits for
 * the libraries of another.
 */
import type { CommandSpec } from './command.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo.ts';
import { serveCommand } from './commands/serve.ts';
import { statusCommand } from './commands/status.ts';
import { syncCommand } from './commands/sync.ts';

export const COMMANDS: readonly CommandSpec[] = [
  syncCommand,
  statusCommand,
  serveCommand,
  demoCommand,
  configCommand,
];
