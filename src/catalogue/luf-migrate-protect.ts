import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { migrcV9 } from '../kernel/designs/migrc-v9.ts';
import type { Design } from '../kernel/kernel.ts';
import { fork } from '../kernel/paths/fork.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { change_prot_numa } from '../kernel/paths/numa.ts';
import { clear_refs, uffd_writeprotect } from '../kernel/paths/write-protect.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import { theId } from '../lang/expr.ts';
import { compaction, keeper } from './migrate-writable.ts';
import { place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const provenance = {
  source:
    'review of LUF v10, David Hildenbrand, 28 May 2024: an entry that reads read-only may still be cached writable',
  where: 'linux-mm, thread of [PATCH v10 00/12] LUF; no answer in v11 or v12',
};
const setup: Setup = {
  vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' }],
  cached: [],
  loaded: [null, 0, 0],
};
const world: World = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0 };

function repaired(design: Design): Variant {
  return {
    id: `${design.id}-repaired`,
    says: `${design.id} that flushes before it copies wherever an entry was dirty`,
    design: { design, plus: ['try_to_unmap_flush_dirty@migrate_pages_batch'] },
    expect: 'holds',
  };
}
const variants: readonly Variant[] = [
  { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'lost-write' },
  { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'lost-write' },
  repaired(lufV11),
  repaired(lufV12),
  {
    id: 'migrc-v9',
    says: 'migrc v9, which defers nothing that has a dirty entry in it',
    design: { design: migrcV9 },
    expect: 'holds',
  },
  { id: 'mainline', says: 'no LUF at all', design: { design: mainline }, expect: 'holds' },
  { id: 'immediate', says: 'every flush at once', design: { design: immediate }, expect: 'holds' },
];

interface Way {
  readonly id: string;
  readonly by: string;
  readonly protector: ThreadSetup;
  readonly world?: World;
  readonly setup?: Setup;
}

function scenario({ id, by, protector, ...where }: Way): Scenario {
  return {
    id: `LUF-migrate-${id}`,
    title: `a page that ${by} is migrated lazily, and a store is lost`,
    provenance,
    says: `A CPU has a writable, dirty entry cached. The page-table entry is read-only already, because the page ${by}, but the flush for that comes later. Migration finds the entry read-only, defers its own flush and copies. The CPU stores once more, into the old frame.`,
    world: where.world ?? world,
    setup: where.setup ?? setup,
    threads: [compaction, keeper, protector],
    reaches: [usedAfterwards],
    variants,
  };
}

const protector = (code: Parameters<typeof thread>[2]): ThreadSetup => thread('protector', 2, code);

export const lufMigrateProtect: readonly Scenario[] = [
  scenario({
    id: 'mprotect',
    by: 'is being made read-only by mprotect',
    protector: protector((k) => [mprotect(k, { ...place(0, 0), writable: false })]),
  }),
  scenario({
    id: 'fork',
    by: 'is being shared with a child by fork',
    protector: protector((k) => [fork(k, { from: theId('mm', 0), to: theId('mm', 1) })]),
    world: { ...world, mms: 2, frames: 3 },
  }),
  scenario({
    id: 'uffd',
    by: 'is being write-protected by userfaultfd',
    protector: protector((k) => [
      uffd_writeprotect(k, { ...place(0, 0), protect: true }),
      uffd_writeprotect(k, { ...place(0, 0), protect: false }),
    ]),
    world: { ...world, uffd: true },
    setup: { ...setup, vmas: setup.vmas.map((one) => ({ ...one, uffd: true })) },
  }),
  scenario({
    id: 'soft-dirty',
    by: 'is being write-protected to find out who dirties it',
    protector: protector((k) => [clear_refs(k, place(0, 0))]),
  }),
  scenario({
    id: 'numa',
    by: 'is being armed for a NUMA hinting fault',
    protector: protector((k) => [change_prot_numa(k, place(0, 0))]),
  }),
];
