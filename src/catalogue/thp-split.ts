import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import {
  madvise_dontneed_huge,
  reclaim_lazyfree,
  type SplitHow,
  split_huge_pmd,
  type ZapHugeHow,
} from '../kernel/paths/huge-memory.ts';
import { tell } from '../kernel/paths/message.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { reaches } from '../kernel/witness.ts';
import { asItIs, immediateHolds } from './designs.ts';
import { hugeWorld, mm, reader, wasHuge } from './huge-pages.ts';
import { keeper } from './migrate-writable.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { hugeFlushedAfterwards, usedAfterwards } from './witnesses.ts';

const lazyfree = (how?: SplitHow): ThreadSetup =>
  thread('kswapd', 0, (k) => [reclaim_lazyfree(k, place(0, 0), how)]);

export const invalidateDirty: Scenario = {
  id: 'd52605d7cb30',
  title: 'the dirty bit of a huge entry is lost as the entry is split',
  provenance: {
    source:
      'd52605d7cb30, "mm: do not lose dirty and accessed bits in pmdp_invalidate()", Kirill A. Shutemov, 2018',
    where: 'mm/pgtable-generic.c, pmdp_invalidate',
  },
  says: 'A huge page is clean and free to be dropped (MADV_FREE); reclaim splits its entry. A store sets the dirty bit after the entry was read and before it was invalidated. The small entries come out clean, and a page is dropped with the store in it.',
  world: { ...hugeWorld, frames: 3 },
  setup: wasHuge,
  threads: [lazyfree(), keeper],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the entry is read, and then overwritten',
      design: { design: mainline },
      threads: [lazyfree({ invalidate: 'read, then write' }), keeper],
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'mainline as it is: one exchange tells what the entry was to the end',
      design: { design: mainline },
      expect: 'holds',
    },
    immediateHolds,
  ],
};

const discards = (how?: ZapHugeHow): ThreadSetup =>
  thread('caller', 0, (k) => [madvise_dontneed_huge(k, { mm }, how), tell(k, k.thread('reader'))]);

export const zapHuge: Scenario = {
  id: 'thp-zap',
  title: 'a huge page is discarded, and the gather flushes small entries',
  provenance: {
    source:
      'include/asm-generic/tlb.h, 6.12: cleared_pmds and tlb_get_unmap_size(), for machines that are told the page size of a flush',
    where: 'mm/huge_memory.c, zap_huge_pmd and tlb_remove_pmd_tlb_entry',
  },
  says: 'madvise(MADV_DONTNEED) empties a huge entry. If the gather believes that small ones went, a CPU of a machine that tells page sizes apart keeps the huge one, and reads what is gone.',
  world: hugeWorld,
  setup: { ...wasHuge },
  threads: [discards(), reader('caller', 1)],
  reaches: [hugeFlushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the gather flushes small entries only',
      design: { design: mainline },
      threads: [discards({ flush: 'small' }), reader('caller', 1)],
      expect: 'stale-read',
    },
    { id: 'repaired', says: mainline.says, design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};

export const splitReadOnly: Scenario = {
  id: 'split-read-only',
  title: 'a huge page that must not be stored to is split, and a thread stores',
  provenance: {
    source: '__split_huge_pmd_locked: small entries get the rights of the huge one',
    where: 'mm/huge_memory.c, 6.12; found by hand: writable small entries went unseen',
  },
  says: 'Memory that is mapped read-only as a huge page is split. A store to it must end in a signal, before, in between and afterwards.',
  world: hugeWorld,
  setup: {
    ...wasHuge,
    vmas: wasHuge.vmas.map((one) => ({ ...one, writable: false })),
    huge: { frames: [0, 1], mapped: [{ mm: 0, as: 'read-only' }] },
  },
  threads: [
    thread('splitter', 0, (k) => [split_huge_pmd(k, { mm })]),
    thread('user', 1, (k, cpu) => [
      store(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [reaches('tlb.use', 'the page is read', (e) => e.store.not())],
  variants: [
    { id: 'mainline', says: mainline.says, design: { design: mainline }, expect: 'holds' },
    immediateHolds,
  ],
};

export const splitWhole: Scenario = {
  id: 'split-whole',
  title: 'a huge page is stored to and split, and both of its halves are looked at',
  provenance: {
    source: '__split_huge_pmd_locked: one small entry for each piece of the huge page',
    where: 'mm/huge_memory.c, 6.12; found by lufcheck mutate: a piece left out went unseen',
  },
  says: 'A program stores to both halves of a huge page, which is split meanwhile. What it has stored must be there, whichever half it looks at.',
  world: hugeWorld,
  setup: wasHuge,
  threads: [
    thread('splitter', 0, (k) => [split_huge_pmd(k, { mm })]),
    thread('user', 1, (k, cpu) => [
      store(k, { cpu, ...place(0, 0) }),
      store(k, { cpu, ...place(0, 1) }),
      load(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 1) }),
    ]),
  ],
  reaches: [
    reaches('tlb.use', 'a page is read through a small entry', (e, k) =>
      e.store.not().and(k.pte(e.mm, e.va).frame.is(e.frame)),
    ),
  ],
  variants: asItIs,
};
