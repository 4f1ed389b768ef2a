import { mainline } from '../kernel/designs/mainline.ts';
import { fuse_notify_inval_inode } from '../kernel/paths/fuse.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { shmem_punch_hole } from '../kernel/paths/shmem.ts';
import { punch_hole } from '../kernel/paths/truncate.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import { reaches } from '../kernel/witness.ts';
import type { World } from '../kernel/world.ts';
import type { Code } from '../lang/nodes.ts';
import { immediateHolds } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';

const at = place(0, 0);
const slot = filePage(0);
const world: World = { cpus: 2, mms: 1, vas: 1, frames: 3, slots: 1 };

function beside(change: (k: UserKernel) => Code): readonly ThreadSetup[] {
  return [
    thread('changer', 0, (k) => [hear(k, k.thread('user')), change(k), tell(k, k.thread('user'))]),
    thread('user', 1, (k, cpu) => [
      load(k, { cpu, ...at }),
      store(k, { cpu, ...at }),
      tell(k, k.thread('changer')),
      hear(k, k.thread('changer')),
      load(k, { cpu, ...at }),
    ]),
  ];
}
const invalidated = beside((k) => fuse_notify_inval_inode(k, { slot }));

interface Way extends Pick<Variant, 'world' | 'threads'> {
  readonly id: string;
  readonly says: string;
}
const ways: readonly Way[] = [
  { id: 'inval', says: 'the page is invalidated', world, threads: invalidated },
  {
    id: 'hole',
    says: 'a hole is punched',
    world: { ...world, truncation: true },
    threads: beside((k) => punch_hole(k, { slot })),
  },
  {
    id: 'tmpfs',
    says: 'a hole is punched in tmpfs',
    world: { ...world, truncation: true, tmpfs: true },
    threads: beside((k) => shmem_punch_hole(k, { slot })),
  },
];

export const privateCopiesStay: Scenario = {
  id: 'private-copies-stay',
  title: 'a file changes below a private mapping, which reads it, and stores to a copy',
  provenance: {
    source:
      'unmap_mapping_range with even_cows false: private copies stay, unless the file ends there; do_read_fault, which maps the page of the file read-only',
    where: 'mm/memory.c, 6.12; found by hand: either done wrong went unseen',
  },
  says: 'A program reads a page of a file that it has mapped private, stores to it, and reads what it has stored after somebody has changed the file and had its page dropped. The copy is none of the file, and the file has nothing of the copy.',
  world,
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: false }],
    cached: [0],
    loaded: [null, 0],
  },
  threads: invalidated,
  reaches: [
    reaches('slot.remove', 'the page of the file is dropped while the copy is mapped', (e, k) =>
      k.pte(at.mm, at.va).frame.isSome().and(k.pte(at.mm, at.va).frame.isnt(e.frame)),
    ),
  ],
  variants: ways.flatMap(({ id, says, ...where }): Variant[] => [
    {
      id,
      says: `${says}; ${mainline.says}`,
      design: { design: mainline },
      ...where,
      expect: 'holds',
    },
    { ...immediateHolds, id: `${id}-immediate`, says: `${says}; ${immediateHolds.says}`, ...where },
  ]),
};
