// A command's options as a table. The parser, the types of the values and the help are all made
// from it, so none of them can drift from the others.

import { parseArgs } from 'node:util';
import { closeMatches } from '../base/close-match.ts';
import { Problem } from '../base/problem.ts';

export type OptionType = 'flag' | 'switch' | 'count' | 'seconds' | 'text';

export interface OptionSpec {
  readonly type: OptionType;
  /** One line of help. */
  readonly says: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in the help: `N`. */
  readonly value?: string;
  /** Shown on a page of its own (`--help-search`, `--help-stories`), or under a title of its own. */
  readonly page?: 'search' | 'stories' | 'events' | undefined;
}
export type Options = Readonly<Record<string, OptionSpec>>;

/** A flag is set or not; a switch `x` is set by `--x`, unset by `--no-x`, or left as it is. */
type ValueOf<T extends OptionType> = T extends 'flag'
  ? boolean
  : T extends 'switch'
    ? boolean | undefined
    : T extends 'text'
      ? string | undefined
      : number | undefined;
export type ValuesOf<O extends Options> = { readonly [K in keyof O]: ValueOf<O[K]['type']> };

export interface Parsed<O extends Options> {
  readonly values: ValuesOf<O>;
  readonly positionals: readonly string[];
}

/**
 * Reads arguments by a table.
 *
 * @throws Problem LUF-E101 for an unknown option, LUF-E103 for a value that does not fit.
 */
export function parseOptions<const O extends Options>(
  options: O,
  args: readonly string[],
  where: string,
): Parsed<O> {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(withContraries(options)).map(([name, { type, short }]) => [
        name,
        {
          type: valueless(type) ? ('boolean' as const) : ('string' as const),
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(options)) {
    values[name] = type === 'flag' ? false : undefined;
  }
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const contrary = switchOf(token.name, options);
    if (contrary !== undefined) {
      const spec = options[contrary] as OptionSpec;
      values[contrary] = !(readValue(token.rawName, spec, token.value, where) as boolean);
      continue;
    }
    const spec = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (spec === undefined) throw unknownOption(token.rawName, options, where);
    values[token.name] = readValue(token.rawName, spec, token.value, where);
  }
  return { values: values as ValuesOf<O>, positionals };
}

function valueless(type: OptionType): boolean {
  return type === 'flag' || type === 'switch';
}

/** The switch that `no-x` unsets. */
function switchOf(name: string, options: Options): string | undefined {
  const positive = name.startsWith('no-') ? name.slice(3) : '';
  return Object.hasOwn(options, positive) && options[positive]?.type === 'switch'
    ? positive
    : undefined;
}

function withContraries(options: Options): Options {
  const contraries = Object.entries(options)
    .filter(([, { type }]) => type === 'switch')
    .map(([name, spec]) => [`no-${name}`, spec] as const);
  return { ...options, ...Object.fromEntries(contraries) };
}

function unknownOption(raw: string, options: Options, where: string): Problem {
  const [near] = closeMatches(
    raw,
    Object.keys(withContraries(options)).map((name) => `--${name}`),
  );
  return new Problem('LUF-E101', `unknown option ${raw}`, {
    where,
    hint: near === undefined ? `${where} --help lists the options` : `did you mean ${near}?`,
  });
}

function readValue(
  raw: string,
  { type, value: word = 'VALUE' }: OptionSpec,
  given: string | undefined,
  where: string,
): unknown {
  const bad = (sentence: string, hint: string): Problem =>
    new Problem('LUF-E103', sentence, { where, hint });
  if (valueless(type)) {
    if (given === undefined) return true;
    throw bad(`${raw} takes no value`, `write ${raw} alone`);
  }
  if (given === undefined || given === '') {
    throw bad(`${raw} needs a value`, `for example ${raw} ${type === 'text' ? word : '1000'}`);
  }
  if (type === 'text') return given;
  const number = Number(given);
  const fits = Number.isFinite(number) && number > 0;
  if (type === 'count' && !(fits && Number.isSafeInteger(number))) {
    throw bad(`${raw} ${given} is not a whole number above 0`, `for example ${raw} 1000`);
  }
  if (!fits) throw bad(`${raw} ${given} is not a number above 0`, `for example ${raw} 60`);
  return number;
}
