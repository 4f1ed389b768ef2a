// fork(2) while a page has no ordinary entry: it is being moved, or waits for a hinting fault. Whoever shares
// it from then on must not store to it in place. Slips there had shown nowhere else.

import { mainline } from '../kernel/designs/mainline.ts';
import { fork } from '../kernel/paths/fork.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { change_prot_numa } from '../kernel/paths/numa.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { reaches, type Witness } from '../kernel/witness.ts';
import { theId } from '../lang/expr.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

const family: readonly ThreadSetup[] = [
  thread('parent', 0, (k, cpu) => [
    fork(k, { from: theId('mm', 0), to: theId('mm', 1) }),
    tell(k, k.thread('child')),
    store(k, { cpu, ...place(0, 0) }),
  ]),
  thread('child', 1, (k, cpu) => [hear(k, k.thread('parent')), load(k, { cpu, ...place(1, 0) })]),
];
/** The page has no ordinary entry in the parent when the child gets its own. */
const without: Witness = reaches('mm.fork', 'a page is shared that no entry maps', (e, k) => {
  const pte = k.pte(e.to, place(1, 0).va);
  return pte.target.isSome();
});
const where = 'mm/memory.c, 6.12; found by hand: a page that was not marked as shared went unseen';

function beside(
  about: Pick<Scenario, 'id' | 'title' | 'provenance' | 'says'>,
  other: ThreadSetup,
): Scenario {
  return {
    ...about,
    world: { cpus: 3, mms: 2, vas: 1, frames: 3, slots: 0 },
    setup: {
      vmas: [
        { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
      ],
      cached: [],
      loaded: [0, 1, null],
    },
    threads: [...family, other],
    reaches: [without],
    variants: [
      { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
      immediateHolds,
    ],
  };
}

export const forkBesideMigration: Scenario = beside(
  {
    id: 'fork-beside-migration',
    title: 'a page is shared by fork while it is being moved, and the parent stores to it',
    provenance: { source: 'copy_nonpresent_pte, migration entries', where },
    says: 'Compaction moves a private page: the parent has a migration entry for it. fork gives the child the same. When the page is back, the parent stores: it must make a copy, since the child has the page, too.',
  },
  thread('compaction', 2, (k) => [
    migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' }),
  ]),
);

export const forkBesideHinting: Scenario = beside(
  {
    id: 'fork-beside-hinting',
    title:
      'a page is shared by fork while it waits for a hinting fault, and the parent stores to it',
    provenance: { source: 'copy_present_ptes, entries with PROT_NONE', where },
    says: "NUMA balancing has armed the entry of a private page. fork copies it as it is. The parent's next store brings the entry back, and must then make a copy, since the child has the page, too.",
  },
  thread('scanner', 2, (k) => [change_prot_numa(k, place(0, 0))]),
);
