import { emit } from '../../events/emit.ts';
import { type Bool, type Id, type MaybeRef, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { type Codes, leave, loop, pickStep } from '../../lang/program.ts';
import type { Kernel } from '../kernel.ts';
import { spin_unlock_ptl } from '../locks.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/**
 * `page_vma_mapped_walk` goes by the PMD: where that is empty, as while a collapse has taken the page table
 * away, it finds nothing, whatever is in the table.
 */
function throughPmd({ huge }: Kernel, among: (at: At) => Bool): (at: At) => Bool {
  if (huge === undefined) return among;
  return (at) => huge.pmd(at.mm).none.not().and(among(at));
}

/**
 * `rmap_walk` with `page_vma_mapped_walk`: visits the entries that `among` accepts, in any order, each
 * under its page-table lock. `at` are two locals of the path: they hold the place that is visited.
 */
export function rmap_walk(
  k: Kernel,
  at: { readonly mm: MaybeRef<'mm'>; readonly va: MaybeRef<'va'> },
  among: (at: At) => Bool,
  ...visit: Codes
): Code {
  return loop(
    'rmap_walk',
    pickStep('page_vma_mapped_walk', {
      pick: ['mm', 'va'],
      among: throughPmd(k, among),
      when: ({ mm, va }) => k.ptl(mm, va).isNone(),
      does: ({ mm, va }) => [
        emit('lock.take', { lock: 'ptl', thread: me }),
        k.ptl(mm, va).set(me),
        at.mm.set(mm),
        at.va.set(va),
      ],
      otherwise: [leave('rmap_walk')],
    }),
    ...visit,
    spin_unlock_ptl(k, at.mm.the(), at.va.the()),
  );
}
