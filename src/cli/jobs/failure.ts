// Why a question has no answer, as plain data, and the exit code that says so.

import { Problem } from '../../base/problem.ts';
import type { Failure } from '../../explain/judge.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { inUserFile } from '../user-file.ts';
import type { Death } from './pool.ts';

/** What was thrown while a question was answered. */
export function failureOf(thrown: unknown, file: string | undefined): Failure {
  const error = file === undefined ? thrown : inUserFile(thrown, file);
  if (error instanceof Problem) {
    const { code, message, where, hint } = error;
    return {
      code,
      message,
      ...(where === undefined ? {} : { where }),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    code: 'LUF-E302',
    message: 'internal error; this is a bug of lufcheck, not of what it checks',
    stack: stack ?? String(error),
  };
}

export function failureOfDeath({ outOfMemory, how }: Death, file: string | undefined): Failure {
  const smaller = '--max-states or --max-bytes stops it earlier, --jobs 1 leaves it more memory';
  const hint = outOfMemory
    ? smaller
    : file === undefined
      ? 'ask it alone to see more'
      : 'the code of a scenario must not end the process, nor throw after it has returned';
  return { code: 'LUF-E301', message: how, hint };
}

/** The user's own mistakes are 2; a thread that died, and bugs, are 70. */
export function exitCodeOfFailure({ code }: Failure): ExitCode {
  return code.startsWith('LUF-E3') ? exitCodes.internal : exitCodes.usage;
}

/** Of at least one. */
export function worstFailure(failures: readonly Failure[]): ExitCode {
  const codes = failures.map(exitCodeOfFailure);
  return codes.includes(exitCodes.internal) ? exitCodes.internal : exitCodes.usage;
}
