// The kernel's verbs on the PMD entry, named as in the kernel, each telling the observers what it does
// to the addresses below. All of them need the PMD lock.

import { emit } from '../events/emit.ts';
import type { Bool, Id } from '../lang/expr.ts';
import { each, type Stmts, when } from '../lang/program.ts';
import { walksTo } from './huge-hardware.ts';
import type { HugeState } from './huge-state.ts';
import { type KernelState, mayHold } from './state.ts';

export type WithHuge = KernelState & { readonly huge: HugeState };

/** A kernel whose world has a huge page, or the reason why a path does not work there. */
export function withHuge<K extends KernelState>(k: K): K & { readonly huge: HugeState } {
  const { huge } = k;
  if (huge === undefined) throw new Error('this world has no huge page');
  return { ...k, huge };
}

/** `pmd_trans_huge` and present. */
export function pmd_present_huge({ huge }: WithHuge, mm: Id<'mm'>): Bool {
  return huge.pmd(mm).huge.and(huge.pmd(mm).invalid.not());
}
/** A page table hangs there. */
export function pmd_table({ huge }: WithHuge, mm: Id<'mm'>): Bool {
  return huge.pmd(mm).none.or(huge.pmd(mm).huge).not();
}

/** `pmdp_collapse_flush` but for its flush: the page table is out of hardware's reach. */
export function pmdp_clear_table(k: WithHuge, mm: Id<'mm'>): Stmts {
  return [
    each('va', (va) => {
      const { frame, writable } = k.pte(mm, va);
      return [
        when(walksTo(k, mm, va), [
          emit('pte.clear', { mm, va, frame: frame.the(), writable, cpus: mayHold(k, mm) }),
        ]),
      ];
    }),
    k.huge.pmd(mm).none.set(true),
  ];
}

/** `pmd_populate`: the page table is within hardware's reach, with all that is in it. */
export function pmd_populate(k: WithHuge, mm: Id<'mm'>): Stmts {
  const pmd = k.huge.pmd(mm);
  return [
    each('va', (va) => {
      const { frame, writable } = k.pte(mm, va);
      return [when(frame.isSome(), [emit('pte.set', { mm, va, frame: frame.the(), writable })])];
    }),
    pmd.none.set(false),
    pmd.huge.set(false),
    pmd.invalid.set(false),
    pmd.writable.set(false),
    k.huge.pmdDirty(mm).bit.set(false),
  ];
}

/** `set_pmd_at` of an entry for the huge page, into an empty one; its page table is deposited. */
export function set_pmd_at(k: WithHuge, mm: Id<'mm'>, writable: Bool, dirty: Bool): Stmts {
  const pmd = k.huge.pmd(mm);
  return [
    each('va', (va) => [emit('pte.set', { mm, va, frame: k.huge.part(va), writable })]),
    pmd.none.set(false),
    pmd.huge.set(true),
    pmd.writable.set(writable),
    k.huge.pmdDirty(mm).bit.set(dirty),
  ];
}

/** The huge entry leaves hardware's reach: invalidated, or cleared. Read what you need of it before. */
export function pmd_hide(k: WithHuge, mm: Id<'mm'>, how: 'invalid' | 'none'): Stmts {
  const pmd = k.huge.pmd(mm);
  return [
    each('va', (va) => [
      emit('pte.clear', {
        mm,
        va,
        frame: k.huge.part(va),
        writable: pmd.writable,
        cpus: mayHold(k, mm),
      }),
    ]),
    how === 'invalid'
      ? pmd.invalid.set(true)
      : [
          pmd.huge.set(false),
          pmd.none.set(true),
          pmd.writable.set(false),
          k.huge.pmdDirty(mm).bit.set(false),
        ],
  ];
}
