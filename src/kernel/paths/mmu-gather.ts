// struct mmu_gather: what a path has emptied and not flushed yet, and that others can see that there is
// something.

import type { BoolRef, Id } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, type Codes, step, when } from '../../lang/program.ts';
import type { Kernel } from '../kernel.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/** `tlb_gather_mmu`: from here to the end of the gather the mm says that a flush is pending. */
export function tlb_gather_mmu(k: Kernel, mm: Id<'mm'>): Code {
  const pending = k.tlbFlushPending(mm);
  return step('tlb_gather_mmu', pending.set(pending.plus(1)));
}

interface Finish {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
  /** An entry was emptied, or changed, and not flushed yet. */
  readonly gathered: BoolRef;
  /** A local of the path, false so far. */
  readonly nested: BoolRef;
  /** What happens instead of the flush and `then`. */
  readonly instead?: Codes | undefined;
}

/**
 * `tlb_finish_mmu`: flushes what was gathered, or the whole mm if somebody else has a gather under way:
 * an entry may have looked as it did because of that one. `then` is what waits for the flush.
 */
export function tlb_finish_mmu(
  k: Kernel,
  { mm, va, gathered, nested, instead }: Finish,
  then: Codes = [],
): Codes {
  const pending = k.tlbFlushPending(mm);
  const range = branch(gathered, [flush_tlb_mm_range(k, { mm, va })]);
  return [
    k.has('mm_tlb_flush_nested@tlb_finish_mmu')
      ? step('mm_tlb_flush_nested', when(pending.lt(2).not(), [nested.set(true)]))
      : [],
    instead ?? [branch(nested, [flush_tlb_mm_range(k, { mm })], [range]), then],
    step('dec_tlb_flush_pending', pending.set(pending.minus(1))),
  ];
}
