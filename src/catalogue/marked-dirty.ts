// Marks that say that a page has been stored to: whoever loses one loses the store, when the page is dropped
// or taken away later. Slips there had shown nowhere else.

import { device_store } from '../kernel/paths/gup.ts';
import { shrink_lazyfree } from '../kernel/paths/lazyfree.ts';
import { madvise_free } from '../kernel/paths/madvise-free.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { migrate_vma } from '../kernel/paths/migrate-device.ts';
import { mremap } from '../kernel/paths/mremap.ts';
import { change_prot_numa } from '../kernel/paths/numa.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { load, store } from '../kernel/paths/user.ts';
import { writeback } from '../kernel/paths/writeback.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import { reaches } from '../kernel/witness.ts';
import type { Id } from '../lang/expr.ts';
import type { Code } from '../lang/nodes.ts';
import { asItIs } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

const at = place(0, 0);
const elsewhere = place(0, 1);

/** A store after MADV_FREE, then something that takes the entry away and brings it back, then reclaim. */
function dirtyWhile(
  about: Pick<Scenario, 'id' | 'title' | 'provenance' | 'says'>,
  meanwhile: (k: UserKernel, cpu: Id<'cpu'>) => readonly Code[],
): Scenario {
  return {
    ...about,
    world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 0 },
    setup: {
      vmas: [
        { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
      ],
      cached: [],
      loaded: [0, null],
    },
    threads: [
      thread('user', 0, (k, cpu) => [
        madvise_free(k, at),
        store(k, { cpu, ...at }),
        ...meanwhile(k, cpu),
        tell(k, k.thread('kswapd')),
        hear(k, k.thread('kswapd')),
        load(k, { cpu, ...at }),
      ]),
      thread('kswapd', 1, (k) => [
        hear(k, k.thread('user')),
        shrink_lazyfree(k, {}),
        tell(k, k.thread('user')),
      ]),
    ],
    reaches: [
      reaches(
        'pte.clear',
        'reclaim takes a page that was stored to since it was free to go',
        (e, k) => k.folio(e.frame).lock.is(k.thread('kswapd')),
      ),
    ],
    variants: asItIs,
  };
}
const unseen = '6.12; found by hand: a dirty bit lost there went unseen';

export const dirtyWhileArmed: Scenario = dirtyWhile(
  {
    id: 'dirty-while-armed',
    title:
      'a page that was stored to after MADV_FREE is armed for a hinting fault, and then reclaimed',
    provenance: {
      source: 'numa_rebuild_single_mapping: pte_modify keeps the dirty bit',
      where: `mm/memory.c, ${unseen}`,
    },
    says: 'MADV_FREE makes a page clean, and a store makes it dirty again. NUMA balancing arms its entry, and the next load brings it back. Reclaim drops what is clean: unless the entry is still dirty, the store is gone.',
  },
  (k, cpu) => [change_prot_numa(k, at), load(k, { cpu, ...at })],
);

export const dirtyWhileMoved: Scenario = dirtyWhile(
  {
    id: 'dirty-while-moved',
    title: 'a page that was stored to after MADV_FREE is moved, and then reclaimed',
    provenance: {
      source: 'try_to_migrate_one marks the page dirty, and the new page takes that over',
      where: 'mm/rmap.c, mm/migrate.c, 6.12 (folio_mark_dirty, folio_migrate_flags)',
    },
    says: 'MADV_FREE makes a page clean, and a store makes it dirty again. Compaction moves it. Reclaim drops what is clean: unless the new page is dirty, the store is gone.',
  },
  (k) => [migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' })],
);

export const dirtyWhileCollected: Scenario = dirtyWhile(
  {
    id: 'dirty-while-collected',
    title:
      'a page that was stored to after MADV_FREE is collected for a device, and then reclaimed',
    provenance: {
      source: 'migrate_vma_collect_pmd, which marks the page dirty where the entry was',
      where: `mm/migrate_device.c, fd35ca3d12cc, ${unseen}`,
    },
    says: 'MADV_FREE makes a page clean, and a store makes it dirty again. A driver collects it, does not want it and gives it back. Reclaim drops what is clean: unless the entry, or the page, is dirty, the store is gone.',
  },
  (k) => [migrate_vma(k, at)],
);

export const dirtyWhileRemapped: Scenario = {
  id: 'dirty-while-remapped',
  title: 'a page of a file is stored to, mapped elsewhere with mremap, and reclaimed',
  provenance: {
    source: 'move_ptes: the entry goes to its new address as it is',
    where: `mm/mremap.c, ${unseen}`,
  },
  says: 'A program stores to a page of a file and moves its mapping. Reclaim writes out what is dirty: unless the entry is still dirty at its new address, or the page, the store is gone.',
  world: { cpus: 2, mms: 1, vas: 2, frames: 1, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable and dirty' }],
    cached: [0],
    loaded: [0, null],
  },
  threads: [
    thread('user', 0, (k, cpu) => [
      store(k, { cpu, ...at }),
      mremap(k, { mm: at.mm, from: at.va, to: elsewhere.va }),
      tell(k, k.thread('kswapd')),
      hear(k, k.thread('kswapd')),
      load(k, { cpu, ...elsewhere }),
    ]),
    thread('kswapd', 1, (k) => [
      hear(k, k.thread('user')),
      ...reclaim(k),
      tell(k, k.thread('user')),
    ]),
  ],
  reaches: [reaches('slot.writeout', 'what was stored is written out')],
  variants: asItIs,
};

export const pinnedWhileCleaned: Scenario = {
  id: 'pinned-while-cleaned',
  title: 'a page is written out while it is pinned, and a device stores into it afterwards',
  provenance: {
    source:
      'unpin_user_pages_dirty_lock: whoever stored into a pinned page says so when it is done',
    where: 'mm/gup.c, 6.12; found by hand: a page that was not marked went unseen',
  },
  says: 'A driver has a page of a file pinned. Writeback write-protects and cleans it; then the device stores. Reclaim must find the page dirty: a clean one is taken away with what was stored.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable and dirty' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    thread('kernel', 0, (k) => [
      writeback(k, { slot: filePage(0) }),
      hear(k, k.thread('driver')),
      ...reclaim(k),
      tell(k, k.thread('reader')),
    ]),
    thread('reader', 1, (k, cpu) => [hear(k, k.thread('kernel')), load(k, { cpu, ...at })]),
    thread('driver', 2, (k) => [
      device_store(k, { ...at, slot: filePage(0) }),
      tell(k, k.thread('kernel')),
    ]),
  ],
  reaches: [
    reaches('device.write', 'a device stores into a page that counts as clean', (e, k) =>
      k.folio(e.frame).dirty.not().and(k.pteDirty(at.mm, at.va).bit.not()),
    ),
  ],
  variants: asItIs,
};
