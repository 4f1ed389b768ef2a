import { emit } from '../../events/emit.ts';
import { type Id, me, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, path, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { pmd_table, type WithHuge, withHuge } from '../pmd.ts';
import { folio_put } from './folio.ts';

/** What `gup_fast_pte_range` looks at again once it holds the page; the kernel's own way is the first. */
export interface GupFastHow {
  readonly recheck: 'PMD and PTE' | 'PTE';
}

/**
 * A device stores into private memory that was pinned without a lock: by a walk of the page tables with
 * interrupts off. If the walk gives up, the driver does too.
 */
export function gup_fast_device_store(
  k: Kernel,
  args: { mm: Id<'mm'>; va: Id<'va'> },
  how: GupFastHow = { recheck: 'PMD and PTE' },
): Code {
  return fastPath(withHuge(k), { ...args, how });
}

const fastPath: (
  k: Kernel & WithHuge,
  args: { mm: Id<'mm'>; va: Id<'va'>; how: GupFastHow },
) => Code = path(
  {
    name: 'pin_user_pages_fast',
    source: 'mm/gup.c, 6.12 (gup_fast, gup_fast_pte_range, try_grab_folio_fast)',
    leavesOut:
      'the fallback to the slow walk, huge pages, pins as counts of their own; page tables that are freed under the walk',
    reads: [
      'pte',
      'free',
      'pmd',
      'pmd_lock',
      'pmd_dirty',
      'huge_page',
      'content_of_anon',
      'cpu_of',
    ],
    writes: ['folio', 'irqs_off'],
    locals: { page: maybe('frame'), moved: bool },
  },
  (k, { mm, va, how }, l) => {
    const pte = k.pte(mm, va);
    const folio = k.folio(l.page.the());
    const irqs = k.irqsOff(k.cpuOf(me));
    // All of the entry is compared: one that was write-protected meanwhile is another one.
    const another = pte.frame.isnt(l.page).or(pte.writable.not());
    const changed = how.recheck === 'PTE' ? another : another.or(pmd_table(k, mm).not());
    return [
      step('local_irq_save', irqs.set(true)),
      step(
        'pmdp_get_lockless',
        when(pmd_table(k, mm).not(), [irqs.set(false), leave('pin_user_pages_fast')]),
      ),
      // The table may be out of hardware's reach by now: its entries are still there to be read.
      step(
        'ptep_get_lockless',
        when(pte.frame.isSome().and(pte.writable), [l.page.set(pte.frame)]),
      ),
      branch(l.page.isSome(), [
        step(
          'try_grab_folio_fast',
          when(k.free.has(l.page.the()), [l.page.clear()], [folio.refs.set(folio.refs.plus(1))]),
        ),
      ]),
      branch(l.page.isSome(), [
        step('pte_val(pte) != pte_val(ptep_get(ptep))', when(changed, [l.moved.set(true)])),
        branch(l.moved, [folio_put(k, l.page), step('gup_put_folio', l.page.clear())]),
      ]),
      step('local_irq_restore', irqs.set(false)),
      branch(l.page.isSome(), [
        step(
          'DMA',
          emit('device.write', {
            content: some(k.anonOf(mm, va)),
            frame: l.page.the(),
            thread: me,
          }),
        ),
        folio_put(k, l.page),
      ]),
    ];
  },
);
