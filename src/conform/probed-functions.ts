// Which kernel functions a recording shows calls of, and how their records look.

import { type ProbeName, probeOf, probes, systemCallOf } from '../trace/profiles/probes.ts';
import type { ProbedFunction } from './alphabet.ts';

/**
 * madvise(2) is many functions: which one is called is told by its advice. Others have no path.
 * (include/uapi/asm-generic/mman-common.h; mm/madvise.c, madvise_vma_behavior)
 */
const advised: ReadonlyMap<number, string> = new Map([
  [4, 'madvise_dontneed_single_vma'],
  [8, 'madvise_free_single_vma'],
  [20, 'madvise_cold_or_pageout_pte_range'],
  [21, 'madvise_cold_or_pageout_pte_range'],
  [25, 'madvise_collapse'],
]);

/**
 * The path that a call is of: its own name, but for system calls that are several.
 *
 * @example
 * ```ts
 * operationOf('madvise', (field) => (field === 'behavior' ? 4 : undefined))
 * // => 'madvise_dontneed_single_vma'
 * ```
 */
export function operationOf(
  name: string,
  field: (name: string) => number | undefined,
): string | undefined {
  if (name !== 'madvise') return name;
  return advised.get(field('behavior') ?? -1);
}

/** A record that says that a function was entered or has returned. */
export interface CallRecord {
  readonly name: string;
  readonly edge: 'enter' | 'exit';
}

/** Probes whose function's calls say nothing but an event of the vocabulary, or are not the task's own. */
const otherwise: ReadonlySet<string> = new Set<ProbeName>([
  'rmap_add_file',
  'rmap_add_new_anon',
  'rmap_add_anon',
  'rmap_del',
  'switch_mm',
  'tlb_flush',
]);

const RETURN = /_ret$/;
/** Probes that the recorder makes for any function: see src/record/bracket-probes.ts. */
const BRACKET = /^(in|out)_(\w+)$/;

const meanings = new Map<string, CallRecord | undefined>();
const MOST_MEANINGS = 4096;

/** What a record of this event says about a call; undefined if nothing. */
export function callOf(event: string): CallRecord | undefined {
  if (meanings.has(event)) return meanings.get(event);
  if (meanings.size >= MOST_MEANINGS) meanings.clear();
  const meaning = meaningOf(event);
  meanings.set(event, meaning);
  return meaning;
}

function meaningOf(event: string): CallRecord | undefined {
  const call = systemCallOf(event);
  if (call !== undefined) return { name: call.name, edge: call.edge };
  const bracket = BRACKET.exec(event);
  if (bracket !== null) {
    return { name: bracket[2] as string, edge: bracket[1] === 'in' ? 'enter' : 'exit' };
  }
  const edge = RETURN.test(event) ? 'exit' : 'enter';
  const entry = probeOf(event.replace(RETURN, ''));
  if (entry === undefined || otherwise.has(entry)) return undefined;
  const { stands } = probes[entry];
  return /^\w+$/.test(stands) && stands !== 'filemap' ? { name: stands, edge } : undefined;
}

/** Collects, event by event, the functions whose calls are recorded. */
export class FunctionSurvey {
  readonly #seen = new Map<string, { returns: boolean; entered: boolean }>();

  note(event: string): void {
    const call = callOf(event);
    if (call === undefined) return;
    const one = this.#seen.get(call.name) ?? { returns: false, entered: false };
    this.#seen.set(call.name, one);
    if (call.edge === 'enter') one.entered = true;
    else one.returns = true;
  }

  /** Those that were seen to be entered. */
  result(): ProbedFunction[] {
    return [...this.#seen]
      .filter(([, { entered }]) => entered)
      .map(([name, { returns }]) => ({ name, returns }));
  }
}
