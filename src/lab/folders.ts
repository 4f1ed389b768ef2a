// Where the lab keeps what it fetched and built, and where its runs go. Nothing is written elsewhere.

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The lab's folder: packages, kernels and guests that were built.
 *
 * @example
 * ```ts
 * labFolder({ XDG_CACHE_HOME: '/c' }) // => '/c/lufcheck/lab'
 * ```
 */
export function labFolder(env: Readonly<Record<string, string | undefined>>): string {
  const { XDG_CACHE_HOME: cache } = env;
  // The specification: a path that is not absolute is to be ignored.
  const base =
    cache !== undefined && isAbsolute(cache) ? cache : join(env.HOME ?? homedir(), '.cache');
  return join(base, 'lufcheck', 'lab');
}
