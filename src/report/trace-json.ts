// Verdicts on traces as one JSON object: of a single file as it is, of several in a list.

import type { Problem } from '../base/problem.ts';
import type { TraceVerdict } from '../trace/check/verdict.ts';

export const TRACES_SCHEMA = 'lufcheck.traces/1';

/** A file that could not be judged at all. */
export interface TraceFailure {
  readonly file: string;
  readonly error: Problem;
}

export function tracesJson(results: readonly (TraceVerdict | TraceFailure)[]): object {
  const [only, ...more] = results.map(resultJson);
  if (only !== undefined && more.length === 0) return only;
  return { schema: TRACES_SCHEMA, traces: results.map(resultJson) };
}

function resultJson(result: TraceVerdict | TraceFailure): object {
  if (!('error' in result)) return result;
  const { code, message, where, hint } = result.error;
  return {
    schema: 'lufcheck.trace/1',
    file: result.file,
    verdict: 'error',
    error: { code, message, ...(where && { where }), ...(hint && { hint }) },
  };
}
