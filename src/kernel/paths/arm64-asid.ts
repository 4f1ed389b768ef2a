// arm64: an invalidation names an address space by its identifier, which another CPU may be replacing.

import { emit } from '../../events/emit.ts';
import { either, type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { each, leave, path, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import { tlbDrop } from '../hardware.ts';
import type { Kernel } from '../kernel.ts';
import type { Arm64Asid } from '../lazy-flush.ts';
import { spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { free_unref_folio } from './alloc.ts';

type Rollover = Kernel & { readonly rollover: Arm64Asid };
export function rollingOver(k: Kernel): Rollover {
  const { rollover } = k;
  if (rollover === undefined) throw new Error('identifiers do not run out in this world');
  return { ...k, rollover };
}

interface Args {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
  readonly slot: Id<'slot'>;
  /** When the identifier is read; with no barrier the store to the entry may be seen later. */
  readonly asid: 'after the store' | 'before the store';
}

/** Reclaim takes a page from one address: empty, invalidate, wait, free. */
export const arm64_reclaim: (k: Rollover, args: Args) => Code = path(
  {
    name: 'try_to_unmap_one',
    source:
      'mm/rmap.c, mm/pgtable-generic.c, arch/arm64/include/asm/tlbflush.h, 6.12 (ptep_clear_flush, flush_tlb_page, __remove_mapping)',
    leavesOut:
      'the rmap walk, which has one entry to find; a store that lingers in a buffer is a later step; broadcast and barrier are one step',
    reads: ['context_id', 'new_asid_cpus', 'mm_cpumask'],
    writes: ['ptl', 'pte', 'pte_dirty', 'tlb', 'page_cache', 'folio'],
    locals: { renewed: bool, folio: maybe('frame') },
  },
  (k, { mm, va, slot, asid }, l) => {
    const read = step('ASID(mm)', l.renewed.set(k.rollover.renewed(mm)));
    const clear = step('ptep_get_and_clear', ptep_get_and_clear(k, mm, va));
    const folio = l.folio.the();
    return [
      waitStep(
        'folio_trylock',
        k
          .cache(slot)
          .isSome()
          .and(k.folio(k.cache(slot).the()).lock.isNone()),
        l.folio.set(k.cache(slot)),
        k.folio(k.cache(slot).the()).lock.set(me),
      ),
      spin_lock_ptl(k, mm, va),
      asid === 'before the store' ? [read, clear] : [clear, read],
      step(
        'tlbi vale1is; dsb(ish)',
        each('cpu', (cpu) => [
          when(either(l.renewed, k.rollover.under.has(cpu), k.rollover.under.has(cpu).not()), [
            emit('tlb.flush', { cpus: cpu.only(), mm, va }),
            tlbDrop(k, cpu, mm, va),
          ]),
        ]),
      ),
      spin_unlock_ptl(k, mm, va),
      step(
        '__remove_mapping',
        when(k.folio(folio).refs.isnt(0), [k.folio(folio).lock.clear(), leave('try_to_unmap_one')]),
        emit('slot.remove', { slot, frame: folio }),
        k.cache(slot).clear(),
        k.folio(folio).mapping.clear(),
        k.folio(folio).lock.clear(),
      ),
      free_unref_folio(k, { folio }),
    ];
  },
);

/** A CPU runs an mm whose identifier is of an old generation: it gets a new one. */
export const check_and_switch_context: (
  k: Rollover,
  args: { cpu: Id<'cpu'>; mm: Id<'mm'> },
) => Code = path(
  {
    name: 'check_and_switch_context',
    source: 'arch/arm64/mm/context.c, 6.12 (new_context, flush_context)',
    leavesOut:
      'reserved identifiers: no other CPU runs the mm; what others have of the old generation',
    reads: [],
    writes: ['context_id', 'new_asid_cpus', 'tlb', 'loaded_mm', 'mm_cpumask'],
  },
  (k, { cpu, mm }) => [
    step('new_context', k.rollover.renewed(mm).set(true)),
    step(
      'local_flush_tlb_all',
      emit('tlb.flush', { cpus: cpu.only() }),
      each('va', (va) => tlbDrop(k, cpu, mm, va)),
    ),
    step(
      'cpu_switch_mm',
      k.rollover.under.add(cpu.only()),
      k.mmCpumask(mm).add(cpu.only()),
      emit('mm.load', { cpu, mm }),
      k.loaded(cpu).set(mm),
    ),
  ],
);
