// Help pages, made from the tables that the parser reads.

import { padEnd, width } from '../base/text.ts';
import type { Look } from '../report/look.ts';
import type { Command } from './command.ts';
import { type ExitMeanings, exitMeanings } from './exit-codes.ts';
import type { OptionSpec } from './options.ts';

/** More do not fit one screen; each command's page has its own. */
const MOST_EXAMPLES = 5;

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
      commands
        .flatMap(({ examples }) => examples.slice(0, 1))
        .slice(0, MOST_EXAMPLES)
        .map(([args, says]): readonly [string, string] => [`lufcheck ${args}`, says]),
    ),
  ];
}

export function commandHelp(command: Command, { paint }: Look): string[] {
  const options = optionRows(command, undefined);
  if (optionRows(command, 'search').length > 0) {
    options.push([
      '--help-search',
      'options of the search: jobs, memory, reductions, bounds, certificate',
    ]);
  }
  if (optionRows(command, 'stories').length > 0) {
    options.push(['--help-stories', 'options of stories: formats, every step, tests, ...']);
  }
  return [
    `${paint.bold(`lufcheck ${command.name}`)}  ${command.says}`,
    '',
    `Usage: lufcheck ${[command.name, command.usage, '[OPTIONS]'].filter(Boolean).join(' ')}`,
    '',
    ...command.about,
    '',
    paint.bold('Options'),
    ...columns([...options, ['-h, --help', 'this page']]),
    ...eventsLines(command, paint.bold('Options of --events')),
    '',
    ...exitLines(paint.bold('Exit codes'), command.exits),
    '',
    paint.bold('Examples'),
    ...columns(command.examples.map(([args, says]) => [`lufcheck ${args}`, says])),
  ];
}

function eventsLines(command: Command, title: string): string[] {
  const rows = optionRows(command, 'events');
  return rows.length === 0 ? [] : ['', title, ...columns(rows)];
}

/** The page of `--help-search`. */
export function searchHelp(command: Command, { paint }: Look): string[] {
  return [
    `${paint.bold(`lufcheck ${command.name}`)}  ${command.says}`,
    '',
    paint.bold('Options of the search'),
    ...columns(optionRows(command, 'search')),
    '',
    'Each of the --jobs questions has --workers threads of its own, which it starts once it has some',
    '50,000 states: --workers is for one large question, --jobs for many.',
    '',
    'None of them changes a verdict, except that a bound may stop it. What they do and when they are',
    'chosen without being asked for: docs/decisions/0006-which-search.md',
  ];
}

/** The page of `--help-stories`. */
export function storiesHelp(command: Command, { paint }: Look): string[] {
  return [
    `${paint.bold(`lufcheck ${command.name}`)}  ${command.says}`,
    '',
    paint.bold('Options of stories'),
    ...columns(optionRows(command, 'stories')),
    '',
    'What a story says, and what each format is for: docs/stories.md',
  ];
}

function optionRows({ options }: Command, page: OptionSpec['page']): [string, string][] {
  return Object.entries(options)
    .filter(([, spec]) => spec.page === page)
    .map(([name, spec]) => [optionName(name, spec), spec.says]);
}

function optionName(name: string, { type, short, value }: OptionSpec): string {
  if (type === 'switch') return `--[no-]${name}`;
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
