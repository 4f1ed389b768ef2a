// Entries that hardware does not walk: swap and migration entries, and those armed for a NUMA
// hinting fault. Named as in the kernel; all need the page-table lock, which the guards check.

import { emit } from '../events/emit.ts';
import { type Bool, type BoolRef, exists, type Id, no } from '../lang/expr.ts';
import { type Stmts, when } from '../lang/program.ts';
import type { HugeState } from './huge-state.ts';
import { type KernelState, mayHold } from './state.ts';

type Mm = Id<'mm'>;
type Va = Id<'va'>;

export function pte_none(k: KernelState, mm: Mm, va: Va): Bool {
  const pte = k.pte(mm, va);
  return pte.frame.isNone().and(pte.target.isNone()).and(pte.swap.isNone());
}
export function is_migration_entry(k: KernelState, mm: Mm, va: Va): Bool {
  const pte = k.pte(mm, va);
  return pte.target.isSome().and(pte.hint.not());
}
export function pte_protnone(k: KernelState, mm: Mm, va: Va): Bool {
  const pte = k.pte(mm, va);
  return pte.target.isSome().and(pte.hint);
}

/** `folio_mapped`, or a migration entry of the folio. */
export function mapsOrMigrates(k: KernelState, folio: Id<'frame'>): Bool {
  const small = exists('mm', (mm) =>
    exists('va', (va) => k.pte(mm, va).frame.is(folio).or(k.pte(mm, va).target.is(folio))),
  );
  return k.huge === undefined ? small : small.or(mapsHuge(k.huge, folio));
}

function mapsHuge({ pmd, part }: HugeState, folio: Id<'frame'>): Bool {
  return exists('va', (va) => part(va).is(folio)).and(exists('mm', (mm) => pmd(mm).huge));
}

/** `folio_test_anon`: the folio is no file's. */
export function folio_test_anon(k: KernelState, folio: Id<'frame'>): Bool {
  const { mapping } = k.folio(folio);
  return mapping.isSome().and(exists('slot', (slot) => mapping.is(k.contentOf(slot))).not());
}

/** Nothing but the one who asks holds an anonymous folio, apart from `refs` counted ones. */
export function unused(k: KernelState, folio: Id<'frame'>): Bool {
  return mapsOrMigrates(k, folio)
    .or(exists('slot', (slot) => k.cache(slot).is(folio)))
    .or(k.folio(folio).swap.isSome())
    .not();
}

/** `set_pte_at` of a migration entry, into an entry just emptied. */
export function set_migration_entry(
  k: KernelState,
  mm: Mm,
  va: Va,
  old: { frame: Id<'frame'>; writable: Bool; dirty: Bool; uffd_wp: Bool },
): Stmts {
  const pte = k.pte(mm, va);
  return [
    pte.target.set(old.frame),
    pte.hint.set(false),
    pte.writable.set(old.writable),
    k.pteDirty(mm, va).bit.set(old.dirty),
    pte.uffd_wp.set(old.uffd_wp),
  ];
}

/** `set_pte_at` of a swap entry, into an entry just emptied. */
export function set_swap_entry(
  k: KernelState,
  mm: Mm,
  va: Va,
  swap: Id<'swap'>,
  uffd_wp: Bool = no,
): Stmts {
  return [k.pte(mm, va).swap.set(swap), k.pte(mm, va).uffd_wp.set(uffd_wp)];
}

/** `pte_clear` of an entry that hardware does not walk: no translation goes, so nobody is told. */
export function pte_clear_not_present(k: KernelState, mm: Mm, va: Va): Stmts {
  const pte = k.pte(mm, va);
  return [
    pte.target.clear(),
    pte.hint.set(false),
    pte.swap.clear(),
    pte.writable.set(false),
    k.pteDirty(mm, va).bit.set(false),
    pte.uffd_wp.set(false),
  ];
}

/** Arms a present entry for a hinting fault: it keeps its frame, and hardware walks it no more. */
export function pte_modify_protnone(k: KernelState, mm: Mm, va: Va): Stmts {
  const pte = k.pte(mm, va);
  return [
    emit('pte.clear', {
      mm,
      va,
      frame: pte.frame.the(),
      writable: pte.writable,
      cpus: mayHold(k, mm),
    }),
    pte.target.set(pte.frame),
    pte.hint.set(true),
    pte.frame.clear(),
    // PAGE_NONE has no write bit; the dirty bit stays.
    pte.writable.set(false),
  ];
}

/**
 * `zap_pte_range` of entries that hardware does not walk. What a migration entry names is let go by
 * whoever migrates it; the page of a swap slot stays in the swap cache until it is reclaimed.
 */
export function zap_not_present(k: KernelState, mm: Mm, va: Va, gathered: BoolRef): Stmts {
  const pte = k.pte(mm, va);
  return [
    when(pte.target.isSome().and(pte.hint), [gathered.set(true)]),
    when(pte.target.isSome().or(pte.swap.isSome()), pte_clear_not_present(k, mm, va)),
  ];
}
