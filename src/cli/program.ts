// From arguments to an exit code: finds the command, reads its options, and says what went wrong in
// the one way that befits it (a user's mistake in a sentence, a bug with its stack).

import { closeMatches } from '../base/close-match.ts';
import { Problem } from '../base/problem.ts';
import type { Command, CommandEntry, Surroundings } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { commandHelp, searchHelp, storiesHelp, topHelp } from './help.ts';
import { parseOptions } from './options.ts';

export interface Program {
  readonly commands: readonly CommandEntry[];
  readonly version: string;
}

export async function runProgram(
  { commands, version }: Program,
  args: readonly string[],
  io: Surroundings,
): Promise<ExitCode> {
  try {
    const [verb, ...rest] = args;
    if (verb === undefined) {
      for (const line of topHelp(await loaded(commands), io.look)) io.note(line);
      return exitCodes.usage;
    }
    if (verb === '--version' || verb === '-V') {
      io.out(version);
      return exitCodes.asExpected;
    }
    if (verb === '--help' || verb === '-h' || verb === 'help') {
      const [about] = rest;
      const lines =
        about === undefined
          ? topHelp(await loaded(commands), io.look)
          : commandHelp(await commandNamed(commands, about), io.look);
      for (const line of lines) io.out(line);
      return exitCodes.asExpected;
    }
    const command = await commandNamed(commands, verb);
    if (asksForHelp(rest)) {
      for (const line of commandHelp(command, io.look)) io.out(line);
      return exitCodes.asExpected;
    }
    if (rest.includes('--help-search') && 'workers' in command.options) {
      for (const line of searchHelp(command, io.look)) io.out(line);
      return exitCodes.asExpected;
    }
    if (rest.includes('--help-stories') && 'stories' in command.options) {
      for (const line of storiesHelp(command, io.look)) io.out(line);
      return exitCodes.asExpected;
    }
    const { values, positionals } = parseOptions(command.options, rest, `lufcheck ${verb}`);
    refuseExtra(command, positionals);
    return await command.run({ values, positionals, io });
  } catch (error) {
    io.progress.clear();
    if (error instanceof Problem) {
      io.note(error.render());
      return exitCodes.usage;
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.note('lufcheck: internal error; this is a bug of lufcheck, not of what it checks');
    io.note(stack);
    io.note(`to reproduce: ${[io.look.program, ...args.map(quoted)].join(' ')}`);
    return exitCodes.internal;
  }
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((one) => one === '--help' || one === '-h');
}

function loaded(commands: readonly CommandEntry[]): Promise<Command[]> {
  return Promise.all(commands.map((one) => one.load()));
}

async function commandNamed(commands: readonly CommandEntry[], name: string): Promise<Command> {
  const found = commands.find((one) => one.name === name);
  if (found !== undefined) return await found.load();
  const [near] = closeMatches(
    name,
    commands.map((one) => one.name),
  );
  const kind = name.startsWith('-') ? 'option' : 'command';
  throw new Problem('LUF-E101', `unknown ${kind} ${name}`, {
    where: 'lufcheck',
    hint: near === undefined ? 'lufcheck --help lists the commands' : `did you mean ${near}?`,
  });
}

/** A command whose usage names no arguments takes none. */
function refuseExtra({ name, usage }: Command, positionals: readonly string[]): void {
  if (usage !== '' || positionals.length === 0) return;
  throw new Problem('LUF-E101', `takes no arguments: ${positionals.join(' ')}`, {
    where: `lufcheck ${name}`,
    hint: `lufcheck ${name} --help`,
  });
}

/** Such a line is sent about: what is before a host in an address (user, password) is not for all. */
function quoted(given: string): string {
  const arg = given.replace(/(:\/\/)[^/@\s]*@/, '$1...@');
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
