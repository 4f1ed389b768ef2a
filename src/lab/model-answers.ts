// What the explorer says of each flush point, read from the file that `lufcheck rules --flush-points
// --json` writes: it takes minutes, and need not be found again for every run of the lab.

import { Problem } from '../base/problem.ts';
import type { ModelAnswer } from './lab-table.ts';

export type { ModelAnswer } from './lab-table.ts';

/** @throws Problem LUF-E202 if it is not that, LUF-E204 if it says nothing of the design. */
export function readModelAnswers(text: string, where: string, design: string): ModelAnswer[] {
  const rows = rowsOf(text);
  if (rows === undefined) {
    throw new Problem('LUF-E202', 'no answers of the explorer (lufcheck.flush-points/1)', {
      where,
      hint: `lufcheck rules --flush-points --design ${design} --json > ${where}`,
    });
  }
  const answers = rows.filter((one) => one.design === design);
  if (answers.length === 0) {
    throw new Problem('LUF-E204', `nothing in it is about ${design}`, { where });
  }
  return answers;
}

function rowsOf(text: string): (ModelAnswer & { design: string })[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { schema, flushPoints } = value as { schema?: unknown; flushPoints?: unknown };
  if (schema !== 'lufcheck.flush-points/1' || !Array.isArray(flushPoints)) return undefined;
  return flushPoints.every(isAnswer) ? flushPoints : undefined;
}

function isAnswer(value: unknown): value is ModelAnswer & { design: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { design, point, questions, hold, bounded, wrong } = value as Record<string, unknown>;
  const counts = [questions, hold, bounded].every((one) => Number.isSafeInteger(one));
  const isWrong =
    wrong === undefined ||
    (typeof wrong === 'object' &&
      wrong !== null &&
      Array.isArray((wrong as { command?: unknown }).command));
  return typeof design === 'string' && typeof point === 'string' && counts && isWrong;
}
