// KVM's side of guest memory: its own tables, filled on demand from the process's, emptied by mmu
// notifiers. It holds no reference to what it maps; the order of its lock, its flush and the
// notifier's return is all there is.

import { type BoolRef, type Id, no } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, loop, path, step, when } from '../../lang/program.ts';
import { bool, int, maybe } from '../../lang/sorts.ts';
import { foundBySecond, secondTlbFill } from '../hardware.ts';
import type { Kernel } from '../kernel.ts';
import { lock, unlock } from '../locks.ts';
import type { SecondMmu } from '../second-mmu.ts';
import { makes } from '../world.ts';
import { loadStep } from './access.ts';
import { handle_mm_fault } from './fault.ts';
import { folio_put } from './folio.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}
type WithSecond<K> = K & { readonly second: SecondMmu };

/** Guest memory that KVM has no entry for: takes the process's page, unless it is being invalidated. */
const kvm_mmu_page_fault: (
  k: WithSecond<Kernel>,
  args: At & { write: boolean; segv: BoolRef },
) => Code = path(
  {
    name: 'kvm_tdp_page_fault',
    source: 'arch/x86/kvm/mmu/mmu.c, virt/kvm/kvm_main.c, 6.12 (kvm_faultin_pfn, hva_to_pfn)',
    leavesOut: 'huge pages, asynchronous page faults, emulated devices; dirty logging',
    reads: ['pte', 'mmu_invalidate_seq', 'mmu_invalidate_in_progress'],
    writes: ['folio', 'mmu_lock', 'second_pte'],
    locals: { seq: int(7), pfn: maybe('frame'), stale: bool },
  },
  (k, { mm, va, write, segv }, l) => {
    const { second } = k;
    const pte = k.pte(mm, va);
    const found = write ? pte.frame.isSome().and(pte.writable) : pte.frame.isSome();
    const invalidated = second.invalidating.isnt(0).or(second.seq.isnt(l.seq));
    const unchecked = makes(k.world, 'second-retry-unchecked');
    return [
      loop(
        'retry',
        step('mmu_seq', l.seq.set(second.seq), l.stale.set(false)),
        loop(
          'hva_to_pfn',
          step(
            'get_user_pages_fast',
            when(found, [
              l.pfn.set(pte.frame),
              k.folio(pte.frame.the()).refs.set(k.folio(pte.frame.the()).refs.plus(1)),
              leave('hva_to_pfn'),
            ]),
          ),
          handle_mm_fault(k, { mm, va, write, segv }),
          branch(segv, [leave('kvm_tdp_page_fault')]),
        ),
        lock('KVM_MMU_LOCK', 'mmu_lock', second.lock),
        step(
          'kvm_tdp_mmu_map',
          when(
            unchecked ? no : invalidated,
            [l.stale.set(true)],
            [second.pte(mm, va).frame.set(l.pfn), second.pte(mm, va).writable.set(write)],
          ),
        ),
        unlock('KVM_MMU_UNLOCK', 'mmu_lock', second.lock),
        folio_put(k, l.pfn),
        branch(l.stale.not(), [leave('retry')]),
      ),
    ];
  },
);

/** A guest's load: by the TLB entry, else through KVM's tables, else by an exit to KVM. */
export const guest_load: (k: WithSecond<Kernel>, args: At & { cpu: Id<'cpu'> }) => Code = path(
  {
    name: 'guest_load',
    source: "a guest's instruction; nested translation as the manuals allow it",
    leavesOut: "the guest's own page tables",
    reads: ['second_pte'],
    writes: ['tlb'],
    locals: { segv: bool },
  },
  (k, { cpu, mm, va }, l) => {
    return [
      loop(
        'access',
        loadStep(
          k,
          { cpu, mm, va },
          {
            ...{ label: 'load', leaves: 'access', found: foundBySecond(k, mm, va) },
            fill: () => secondTlbFill(k, { cpu, mm, va }),
          },
        ),
        kvm_mmu_page_fault(k, { mm, va, write: false, segv: l.segv }),
        branch(l.segv, [leave('access')]),
      ),
    ];
  },
);

/** The kernel with its second MMU, in a world that has one. */
export function virtual(k: Kernel): WithSecond<Kernel> {
  const { second } = k;
  if (second === undefined) throw new Error('this world has no second MMU');
  return { ...k, second };
}
