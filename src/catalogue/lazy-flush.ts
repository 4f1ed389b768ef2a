import { immediate } from '../kernel/designs/immediate.ts';
import {
  arm64_reclaim,
  check_and_switch_context,
  rollingOver,
} from '../kernel/paths/arm64-asid.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { type LazyHow, onS390, s390_attach, s390_munmap } from '../kernel/paths/s390.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const design = { design: immediate };
const mapped: Setup['vmas'] = [
  { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
];

const lazily = (how: LazyHow): readonly ThreadSetup[] => [
  thread('caller', 0, (k) => [
    s390_munmap(onS390(k), { ...place(0, 0), how }),
    tell(k, k.thread('reader')),
  ]),
  thread('reader', 1, (k, cpu) => [
    s390_attach(onS390(k), { cpu, mm: place(0, 0).mm, how }),
    hear(k, k.thread('caller')),
    load(k, { cpu, ...place(0, 0) }),
  ]),
];

export const s390LazyFlush: Scenario = {
  id: 's390-lazy-flush',
  title: 'a CPU that attaches pays the flush before the entry has changed',
  provenance: {
    source:
      's390, 2012 and 2014: lazy flushes, and CPUs that attach while an entry is being changed',
    where: 'arch/s390/mm/pgtable.c, ptep_flush_lazy; mmu_context.h, finish_arch_post_lock_switch',
  },
  says: 'The only CPU of an mm notes that a flush is owed and is about to empty the entry. Another CPU attaches, sees the note, flushes and takes it away, and caches the entry. The first one empties it, and finds nothing owed at the end of munmap.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 1, slots: 1, arch: 's390' },
  setup: { vmas: mapped, cached: [0], loaded: [0, null] },
  threads: lazily({ flag: 'after the entry' }),
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'first the note, then the entry; who attaches does not wait',
      design,
      threads: lazily({ flag: 'before the entry' }),
      expect: 'stale-permission',
    },
    {
      id: 'repaired',
      says: 'first the entry; who attaches waits for changes in progress',
      design,
      expect: 'holds',
    },
  ],
};

const replaced = (asid: 'after the store' | 'before the store'): readonly ThreadSetup[] => [
  thread('kswapd', 0, (k) => [
    arm64_reclaim(rollingOver(k), { ...place(0, 0), slot: filePage(0), asid }),
    new_slab(k, {}),
  ]),
  thread('reader', 1, (k, cpu) => [
    check_and_switch_context(rollingOver(k), { cpu, mm: place(0, 0).mm }),
    load(k, { cpu, ...place(0, 0) }),
  ]),
];

export const asidReplaced: Scenario = {
  id: '5e10f9887ed8',
  title: 'an invalidation names an address space by an identifier that is being replaced',
  provenance: {
    source: '5e10f9887ed8, "arm64: mm: Fix TLBI vs ASID rollover", Will Deacon, 2021',
    where: "the commit's text; found by inspection and then modelled in TLA+",
  },
  says: 'Reclaim empties an entry and invalidates it by the identifier of the mm. Nothing orders the two: it may read the identifier while its store is not seen yet. Another CPU gives the mm a new identifier, runs it and caches the entry under that. The invalidation names the old one; the page goes free.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 1, rollover: true },
  setup: { vmas: mapped, cached: [0], loaded: [null, null] },
  threads: replaced('after the store'),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the identifier is read before the store to the entry is seen',
      design,
      threads: replaced('before the store'),
      expect: 'leak',
    },
    { id: 'repaired', says: 'a barrier between the two', design, expect: 'holds' },
  ],
};
