/** The shape of a command, and how it is put on commander with the help that every command has. */
import type { Command } from 'commander';
import type { Action } from './context.ts';
import { exitMeaning } from './exit-status.ts';
import type { Io } from './io.ts';
import type { OutputFlags } from './options.ts';

/** Runs an action in a context made from the flags; its exit status becomes the program's. */
export type Run = (flags: OutputFlags, action: Action) => Promise<void>;

export interface CommandSpec {
  readonly name: string;
  /** One sentence, which opens the help. */
  readonly purpose: string;
  /** The exit statuses that it can end with. */
  readonly exitStatuses: readonly number[];
  /** What to type, and what it does. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  /** Adds options and the action; absent for a command that only holds others. */
  readonly define?: (command: Command, run: Run, io: Io) => void;
  readonly commands?: readonly CommandSpec[];
}

/** Adds a command, and those below it, to its parent. */
export function addCommand(parent: Command, spec: CommandSpec, run: Run, io: Io): void {
  const command = parent.command(spec.name).description(spec.purpose);
  describe(command, spec);
  spec.define?.(command, run, io);
  for (const inner of spec.commands ?? []) addCommand(command, inner, run, io);
}

/** Adds the sections EXIT STATUS and EXAMPLES to a command's help. */
export function describe(command: Command, spec: Pick<CommandSpec, 'exitStatuses' | 'examples'>): void {
  const width = Math.max(...spec.examples.map(([example]) => example.length));
  const sections = [
    '',
    'EXIT STATUS',
    ...spec.exitStatuses.map((status) => `  ${String(status).padEnd(5)}${exitMeaning(status)}`),
    '',
    'EXAMPLES',
    ...spec.examples.map(([example, does]) => `  ${example.padEnd(width)}  ${does}`),
  ];
  command.addHelpText('after', sections.join('\n'));
}
