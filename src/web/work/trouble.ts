import { Problem } from '../../base/problem.ts';
import type { Trouble } from './protocol.ts';

/** An error as plain data. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof Problem) {
    const { code, message, where, hint } = error;
    return {
      ...{ code, message },
      ...(where === undefined ? {} : { where }),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}
