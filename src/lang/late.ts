// What the hardware can make of a state right before a step that could tell: the interpreter's half of
// late hardware (docs/decisions/0004-fewer-interleavings.md).

import type { HardwarePlan, Noticed } from './reduce/hardware.ts';
import { MOST_VARIANTS } from './reduce/runner.ts';
import { type Alternative, isOpen } from './ways.ts';

/** A state that the hardware makes of another one, by which actions. */
export interface Variant {
  readonly words: Int32Array;
  readonly steps: readonly number[];
}

/** Steps with what the hardware can do before each. */
export interface LateMoves {
  readonly threads: readonly {
    readonly t: number;
    readonly choice: number;
    readonly variants: readonly Variant[];
  }[];
  readonly reporting: readonly {
    readonly way: Alternative;
    readonly variants: readonly Variant[];
  }[];
}

/** `asked`: by thread and way, what its step notices. Undefined if there are too many variants. */
export function lateMovesOf(
  state: Int32Array,
  asked: readonly (readonly Noticed[])[],
  ambient: readonly Alternative[],
  plan: HardwarePlan,
): LateMoves | undefined {
  const threads: LateMoves['threads'][number][] = [];
  for (const [t, ways] of asked.entries()) {
    for (const [choice, noticed] of ways.entries()) {
      const variants = variantsOf(state, noticed, ambient, plan);
      if (variants === undefined) return undefined;
      threads.push({ t, choice, variants });
    }
  }
  const reporting: LateMoves['reporting'][number][] = [];
  for (const way of ambient) {
    const found = plan.reporting.find((one) => one.way === way.choice);
    if (found === undefined) continue;
    const variants = variantsOf(state, found.notices, ambient, plan);
    if (variants === undefined) return undefined;
    reporting.push({ way, variants });
  }
  return { threads, reporting };
}

/** More ways than a word has bits are all taken for roots. */
const BITS = 30;

/**
 * The other states that the hardware can lead to so that each of its steps makes a difference to a
 * later one, or to the step that follows. Undefined if they are too many.
 */
export function variantsOf(
  state: Int32Array,
  { ways, roots }: Noticed,
  ambient: readonly Alternative[],
  plan: HardwarePlan,
): Variant[] | undefined {
  if (roots.length === 0) return [];
  const some = ambient.flatMap((way) => {
    const { choice, run, action } = way;
    if (!ways.includes(choice)) return [];
    const { bit, clears } = maskOf(choice, { ways, roots }, plan);
    return [{ way, run, action, bit, clears }];
  });
  const found: (Variant & { readonly pending: number })[] = [
    { words: state, steps: [], pending: 0 },
  ];
  for (const { words, steps, pending } of found) {
    for (const { way, run, action, bit, clears } of some) {
      if (!isOpen(way, words)) continue;
      const next = words.slice();
      run?.(next);
      const open = (pending & ~clears) | bit;
      if (found.some((one) => one.pending === open && equal(one.words, next))) continue;
      if (found.length === MOST_VARIANTS) return undefined;
      found.push({ words: next, steps: [...steps, action], pending: open });
    }
  }
  return found.slice(1).filter(({ words, pending }) => pending === 0 && !equal(words, state));
}

/** The bit of a way that waits for one that it makes a difference to; and whom it does so. */
export function maskOf(
  way: number,
  { ways, roots }: Noticed,
  { conflicts }: HardwarePlan,
): { bit: number; clears: number } {
  if (ways.length > BITS) return { bit: 0, clears: 0 };
  let clears = 0;
  for (const other of conflicts[way] ?? []) {
    const at = ways.indexOf(other);
    if (at >= 0) clears |= 1 << at;
  }
  return { bit: roots.includes(way) ? 0 : 1 << ways.indexOf(way), clears };
}

function equal(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
