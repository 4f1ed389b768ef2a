// Entry and return of any kernel function, without its arguments: what tells a call of a modelled
// function apart from what its task does before and after it (`lufcheck lab conform`).

import { type ProbeText, pointProbes, type RecordProfile, recordProfiles } from './probe-texts.ts';

/** System calls that are one operation each and are recorded for their brackets alone. */
const calls = ['ftruncate', 'fallocate'];

/**
 * A profile that records the calls of these functions, besides all that the others do. A function that
 * the kernel does not have, or has inlined, is left out without a word: a path may stand for a system call.
 */
export function conformProfile(functions: readonly string[]): RecordProfile {
  const full = recordProfiles.find(({ id }) => id === 'full') ?? { probes: [], tracepoints: [] };
  return {
    id: 'conform',
    says: 'as full, and the calls of modelled functions (for lufcheck lab conform)',
    probes: [...full.probes, ...bracketProbes(functions, full.probes)],
    tracepoints: [
      ...full.tracepoints,
      ...calls.flatMap((name) => [`syscalls/sys_enter_${name}`, `syscalls/sys_exit_${name}`]),
    ],
  };
}

/**
 * Probes for what `known` does not bracket yet.
 *
 * @example
 * ```ts
 * bracketProbes(['shrink_folio_list'], []).map(({ event }) => event)
 * // => ['in_shrink_folio_list', 'out_shrink_folio_list']
 * ```
 */
export function bracketProbes(
  functions: readonly string[],
  known: readonly ProbeText[],
): ProbeText[] {
  const at = (edge: 'entry' | 'return', name: string): ProbeText | undefined =>
    known.find((one) => one.at === edge && one.functions.some((text) => text.name === name));
  return functions.flatMap((name): ProbeText[] => {
    const entry = at('entry', name);
    const returned = at('return', name);
    const text = { functions: [{ name, fields: {} }], isExtra: true };
    return [
      ...(entry === undefined ? [{ ...text, event: `in_${name}`, at: 'entry' } as const] : []),
      ...(returned === undefined
        ? [
            {
              ...text,
              event: entry === undefined ? `out_${name}` : `${entry.event}_ret`,
              at: 'return',
            } as const,
          ]
        : []),
    ];
  });
}

/** Whether the absence of the function means nothing. */
export function isBracket({ event }: ProbeText): boolean {
  return /^(in|out)_/.test(event) || pointProbes.some((one) => event === `${one.event}_ret`);
}
