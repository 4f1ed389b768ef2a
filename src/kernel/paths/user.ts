import type { Code } from '../../lang/nodes.ts';
import { branch, leave, loop, path } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { type Access, userLoadStep, userStoreStep } from './access.ts';
import { handle_mm_fault } from './fault.ts';

/** A user load: by the TLB entry if there is one, else by a walk, else by a fault. */
export const load: (k: Kernel, args: Access) => Code = path(
  {
    name: 'load',
    source: 'a user instruction; x86 translation as the manuals allow it',
    leavesOut:
      'speculative loads: they leave a TLB entry, which the hardware may make at any time anyway',
    reads: ['pte', 'pte_dirty'],
    writes: ['tlb'],
    locals: { segv: bool },
  },
  (k, { cpu, mm, va }, l) => [
    loop(
      'access',
      userLoadStep(k, { cpu, mm, va }),
      handle_mm_fault(k, { mm, va, write: false, segv: l.segv }),
      branch(l.segv, [leave('access')]),
    ),
  ],
);

/**
 * A user store. Only a writable and dirty entry is used as it is; any other makes the CPU walk, and
 * the walk sets the PTE's dirty bit if the PTE is present and writable, and faults if not. A
 * read-only PTE can thus hide a writable, dirty entry in another CPU, never a clean one.
 */
export const store: (k: Kernel, args: Access) => Code = path(
  {
    name: 'store',
    source: 'a user instruction; x86 translation as the manuals allow it',
    leavesOut: 'store buffers: a store reaches memory as it is executed',
    reads: ['pte'],
    writes: ['tlb', 'pte_dirty'],
    locals: { segv: bool },
  },
  (k, { cpu, mm, va }, l) => [
    loop(
      'access',
      userStoreStep(k, { cpu, mm, va }),
      handle_mm_fault(k, { mm, va, write: true, segv: l.segv }),
      branch(l.segv, [leave('access')]),
    ),
  ],
);
