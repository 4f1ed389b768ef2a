// Help pages, made from the tables that the parser reads. Each fits one screen.

import { padEnd, width } from '../base/text.ts';
import type { Look } from '../report/look.ts';
import type { Command } from './command.ts';
import { type ExitMeanings, exitMeanings } from './exit-codes.ts';
import type { OptionSpec } from './options.ts';

export function topHelp(commands: readonly Command[], { paint }: Look): string[] {
  return [
    `${paint.bold('lufcheck')}  finds what goes wrong when Linux puts TLB flushes off (LUF)`,
    '',
    'Usage: lufcheck COMMAND [ARGUMENTS] [OPTIONS]',
    '',
    paint.bold('Commands'),
    ...columns([
      ...commands.map(({ name, says }): readonly [string, string] => [name, says]),
      ['help COMMAND', 'what a command does and takes (or COMMAND --help)'],
    ]),
    '',
    paint.bold('Options'),
    ...columns([
      ['-h, --help', 'this page'],
      ['--version', 'the version'],
    ]),
    '',
    ...exitLines(paint.bold('Exit codes')),
    '',
    paint.bold('Examples'),
    ...columns(
      commands.flatMap(({ examples: [first, second] }) =>
        [first, second]
          .filter((one) => one !== undefined)
          .map(([args, says]): readonly [string, string] => [`lufcheck ${args}`, says]),
      ),
    ),
  ];
}

export function commandHelp(command: Command, { paint }: Look): string[] {
  const options: [string, string][] = Object.entries(command.options).map(([name, spec]) => [
    optionName(name, spec),
    spec.says,
  ]);
  return [
    `${paint.bold(`lufcheck ${command.name}`)}  ${command.says}`,
    '',
    `Usage: lufcheck ${[command.name, command.usage, '[OPTIONS]'].filter(Boolean).join(' ')}`,
    '',
    ...command.about,
    '',
    paint.bold('Options'),
    ...columns([...options, ['-h, --help', 'this page']]),
    '',
    ...exitLines(paint.bold('Exit codes'), command.exits),
    '',
    paint.bold('Examples'),
    ...columns(command.examples.map(([args, says]) => [`lufcheck ${args}`, says])),
  ];
}

function optionName(name: string, { short, value }: OptionSpec): string {
  const long = `--${name}${value === undefined ? '' : ` ${value}`}`;
  return short === undefined ? long : `-${short}, ${long}`;
}

function exitLines(title: string, meanings: ExitMeanings = exitMeanings): string[] {
  return [title, ...columns(meanings.map(([code, means]) => [`${code}`, means]))];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const wide = Math.max(...rows.map(([left]) => width(left)));
  return rows.map(([left, right]) => `  ${padEnd(left, wide)}  ${right}`);
}
