// Memory that a device uses through an IOMMU, or through the page tables of a GPU: the driver takes an
// entry away, asks for an invalidation, waits for it, and lets the page go.

import { emit } from '../../events/emit.ts';
import { boundId, type Id, some } from '../../lang/expr.ts';
import type { Ambient } from '../../lang/machine.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  branch,
  type Codes,
  each,
  flatStmts,
  path,
  type Stmts,
  step,
  when,
} from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import { foundBySecond, secondTlbFill, tlbDrop } from '../hardware.ts';
import type { Kernel } from '../kernel.ts';
import { lock, unlock } from '../locks.ts';
import { type PageTables, walkCacheDrop } from '../page-tables.ts';
import type { SecondMmu } from '../second-mmu.ts';
import type { KernelState } from '../state.ts';
import { loadStep } from './access.ts';
import { alloc_pages, free_unref_folio } from './alloc.ts';
import { folio_put } from './folio.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}
type WithSecond<K> = K & { readonly second: SecondMmu };

/** How the invalidation may be written; the right way is the first of each. */
export interface Invalidation {
  /** Whether the device takes the command for one. */
  readonly command?: 'taken' | 'ignored';
  /** Whether the caller stays until it is done. */
  readonly waits?: 'until it is done' | 'gives up';
}

function complete(k: KernelState, { users, queued }: SecondMmu, mm: Id<'mm'>): Stmts {
  return [
    when(queued, [
      emit('tlb.flush', { cpus: users, mm }),
      each('cpu', (cpu) => [
        when(users.has(cpu), [
          each('va', (va) => tlbDrop(k, cpu, mm, va)),
          walkCacheDrop(k, cpu, mm),
        ]),
      ]),
      queued.set(false),
    ]),
  ];
}

/** The hardware does what is in its queue, some time. */
export function invalidationCompletes(k: KernelState, second: SecondMmu): Ambient {
  const param = { name: 'mm', of: 'mm' } as const;
  return {
    label: 'invalidation completes',
    params: [param],
    when: second.queued.node,
    body: flatStmts(complete(k, second, boundId(param))),
  };
}

/** Waiting is a step that brings the invalidation to its end, which may also come earlier. */
function invalidate(
  k: WithSecond<KernelState>,
  mm: Id<'mm'>,
  { command = 'taken', waits = 'until it is done' }: Invalidation,
): Codes {
  return [
    step('queue_invalidate_iotlb', k.second.queued.set(command === 'taken')),
    waits === 'gives up' ? [] : step('invalidate_sync', complete(k, k.second, mm)),
  ];
}

/** A page leaves what a device may reach, and goes free. */
export const iommu_unmap: (k: WithSecond<Kernel>, args: At & { how?: Invalidation }) => Code = path(
  {
    name: 'iommu_unmap',
    source: 'xen/drivers/passthrough (iommu_unmap, queue_invalidate_wait); drivers/iommu, 6.12',
    leavesOut: 'domains, queues of more than one command; the page is pinned by nobody else',
    reads: ['second_mmu_users'],
    writes: ['mmu_lock', 'second_pte', 'invalidation_queued', 'tlb'],
    locals: { page: maybe('frame') },
  },
  (k, { mm, va, how = {} }, l) => {
    const pte = k.second.pte(mm, va);
    return [
      lock('spin_lock(mapping_lock)', 'mapping_lock', k.second.lock),
      step('clear_iommu_pte', l.page.set(pte.frame), pte.frame.clear(), pte.writable.set(false)),
      unlock('spin_unlock(mapping_lock)', 'mapping_lock', k.second.lock),
      branch(l.page.isSome(), [invalidate(k, mm, how), folio_put(k, l.page)]),
    ];
  },
);

/** What `set_iommu_pte_present` compares to see whether there is anything to flush. */
export interface MapHow {
  readonly compares?: 'frame and rights' | 'rights';
}
/**
 * An address of a device gets another page, in one store over the old entry; the old page goes free.
 * The driver has filled the new one with the same bytes.
 */
export const iommu_map_over: (k: WithSecond<Kernel>, args: At & { how?: MapHow }) => Code = path(
  {
    name: 'iommu_map',
    source: 'xen/drivers/passthrough/amd/iommu_map.c (amd_iommu_map_page, set_iommu_pte_present)',
    leavesOut: 'levels of the table; what the driver wanted the other page for',
    reads: ['content_of_anon', 'second_mmu_users'],
    writes: ['mmu_lock', 'second_pte', 'invalidation_queued', 'folio', 'tlb'],
    locals: { page: maybe('frame'), old: maybe('frame'), flush: bool },
  },
  (k, { mm, va, how = {} }, l) => {
    const pte = k.second.pte(mm, va);
    const differs: Stmts =
      how.compares === 'rights'
        ? [l.flush.set(pte.writable.not())]
        : [l.flush.set(pte.frame.isnt(l.page).or(pte.writable.not()))];
    return [
      alloc_pages(k, { out: l.page }),
      step(
        'copy',
        emit('frame.copy', {
          from: pte.frame.the(),
          frame: l.page.the(),
          content: some(k.anonOf(mm, va)),
        }),
        k.folio(l.page.the()).mapping.set(k.anonOf(mm, va)),
        k.folio(l.page.the()).refs.set(1),
      ),
      lock('spin_lock(mapping_lock)', 'mapping_lock', k.second.lock),
      step(
        'set_iommu_pte_present',
        l.old.set(pte.frame),
        differs,
        pte.frame.set(l.page),
        pte.writable.set(true),
      ),
      unlock('spin_unlock(mapping_lock)', 'mapping_lock', k.second.lock),
      branch(l.flush, invalidate(k, mm, {})),
      folio_put(k, l.old),
    ];
  },
);

/** When a table that an update of guest memory leaves empty goes back to the pool. */
export interface PoolHow {
  readonly flush: 'before the table is freed' | 'when the lock is dropped';
}
/** An update of guest memory unlinks one of its tables; the flush of that is deferred. */
export const p2m_update: (
  k: WithSecond<Kernel> & { readonly tables: PageTables },
  args: At & { how: PoolHow },
) => Code = path(
  {
    name: 'ept_set_entry',
    source: 'xen/arch/x86/mm/p2m-ept.c (ept_set_entry, ept_free_entry, p2m_unlock)',
    leavesOut: 'the page that the entry named; the pool: what is freed may be taken by anyone',
    reads: ['second_mmu_users'],
    writes: ['mmu_lock', 'second_pte', 'page_table', 'invalidation_queued', 'tlb'],
    locals: { table: maybe('frame') },
  },
  (k, { mm, va, how }, l) => {
    const pte = k.second.pte(mm, va);
    const flush = invalidate(k, mm, {});
    return [
      lock('p2m_lock', 'p2m_lock', k.second.lock),
      step(
        'atomic_write_ept_entry',
        pte.frame.clear(),
        pte.writable.set(false),
        l.table.set(k.tables.table(mm)),
        k.tables.table(mm).clear(),
      ),
      how.flush === 'before the table is freed' ? flush : [],
      branch(l.table.isSome(), [free_unref_folio(k, { folio: l.table.the() })]),
      how.flush === 'before the table is freed' ? [] : flush,
      unlock('p2m_unlock', 'p2m_lock', k.second.lock),
    ];
  },
);

/** A device reads through its TLB, else through its tables; where it finds nothing it stops. */
export const dma_read: (k: WithSecond<Kernel>, args: At & { cpu: Id<'cpu'> }) => Code = path(
  {
    name: 'DMA',
    source: 'a device behind an IOMMU',
    leavesOut: 'faults that a driver mends (PRI)',
    reads: ['second_pte'],
    writes: ['tlb'],
  },
  (k, { cpu, mm, va }) => [
    loadStep(
      k,
      { cpu, mm, va },
      {
        ...{ label: 'read', leaves: 'DMA', found: foundBySecond(k, mm, va) },
        fill: () => secondTlbFill(k, { cpu, mm, va }),
      },
    ),
  ],
);
