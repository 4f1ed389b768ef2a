// The form of a command. Adding one is a file under commands/ and a row in commands/all.ts.

import type { Look } from '../report/look.ts';
import type { ExitCode, ExitMeanings } from './exit-codes.ts';
import type { Options, ValuesOf } from './options.ts';
import type { Progress } from './progress.ts';

/** Where a command writes and what it may know of its surroundings. */
export interface Surroundings {
  /** Results, line by line. */
  readonly out: (line: string) => void;
  /** Remarks that are no result. */
  readonly note: (line: string) => void;
  readonly progress: Progress;
  readonly look: Look;
  /** Fires when the user asks to stop. */
  readonly stop: AbortSignal;
}

export interface Call<O extends Options> {
  readonly values: ValuesOf<O>;
  readonly positionals: readonly string[];
  readonly io: Surroundings;
}

export interface Command<O extends Options = Options> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly says: string;
  /** What follows the name: `[SCENARIO[:VARIANT]...]`. */
  readonly usage: string;
  /** A few lines for the help page. */
  readonly about: readonly string[];
  readonly options: O;
  /** Where its exit codes mean something of their own. */
  readonly exits?: ExitMeanings;
  /** Arguments of an example, and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  // A method, so that commands with different options fit one table.
  run(call: Call<O>): Promise<ExitCode>;
}

export function command<const O extends Options>(text: Command<O>): Command<O> {
  return text;
}

/** A command that is read when it is wanted. */
export interface CommandEntry {
  readonly name: string;
  load(): Promise<Command>;
}
