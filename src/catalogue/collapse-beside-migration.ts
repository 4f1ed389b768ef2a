import { migrate_pages } from '../kernel/paths/migrate.ts';
import { load } from '../kernel/paths/user.ts';
import { reaches } from '../kernel/witness.ts';
import { asItIs } from './designs.ts';
import { hugeWorld, khugepaged, smallPages } from './huge-pages.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

const at = place(0, 0);

export const collapseBesideMigration: Scenario = {
  id: 'collapse-beside-migration',
  title: 'khugepaged takes a page table away while migration comes back to one of its entries',
  provenance: {
    source:
      'collapse_huge_page holds the anon_vma while the PMD is empty: an rmap walk would find nothing there',
    where:
      'mm/khugepaged.c, mm/page_vma_mapped.c, 6.12 ("the VM handled by the anon_vma lock + PG_lock"); found by hand: without the lock nothing went wrong anywhere',
  },
  says: 'Compaction has replaced the entry of a page by a migration entry, and moves the page. khugepaged empties the PMD, finds the page table unsuitable, and hangs it up again. If the walk that puts the new page in comes in between it passes over the entry, and whoever faults there waits for ever.',
  world: { ...hugeWorld, cpus: 2, frames: 5 },
  setup: {
    vmas: smallPages('writable and dirty', 'writable and dirty'),
    cached: [],
    loaded: [null, 0],
    huge: { frames: [2, 3] },
  },
  threads: [
    khugepaged(),
    thread('compaction', 0, (k) => [
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC', of: at }),
    ]),
    thread('user', 1, (k, cpu) => [load(k, { cpu, ...at })]),
  ],
  reaches: [
    reaches('frame.copy', 'a page is copied while the page table that names it is away', (_, k) =>
      k.huge?.pmd(at.mm).none.and(k.pte(at.mm, at.va).target.isSome()),
    ),
  ],
  variants: asItIs,
};
