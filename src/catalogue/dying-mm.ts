import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { scheduled_in } from '../kernel/paths/context-switch.ts';
import { exit_mmap } from '../kernel/paths/exit-mmap.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load } from '../kernel/paths/user.ts';
import type { World } from '../kernel/world.ts';
import { kswapd, place, sleep, switching, thread, wake } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const world: World = { cpus: 3, mms: 2, vas: 1, frames: 3, slots: 2, switching: { asids: 1 } };

/** Entries of an address space that ends are nobody's any more: whoever has them cannot use them. */
export const dyingMm: Scenario = {
  id: 'dying-mm',
  title: 'a CPU keeps entries of an address space that has ended',
  provenance: {
    source: 'exit_mm() and exit_mmap(): a lazy CPU outlives the mm; luf.md calls it scenario 28',
    where: 'kernel/exit.c, mm/mmap.c, arch/x86/mm/tlb.c',
  },
  says: 'A thread exits, and its CPU keeps the dying mm loaded under a kernel thread while the mm is reclaimed from and torn down elsewhere. The next process on that CPU gets the same tag.',
  world,
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 1, va: 0, file: 1, writable: false, shared: true, present: 'read-only' },
    ],
    cached: [0, 1],
    loaded: [null, 0, null],
    running: [null, 'first', null],
  },
  threads: [
    kswapd,
    thread('first', 1, (k, cpu) => [
      load(k, { cpu, ...place(0, 0) }),
      ...sleep(k, cpu, 'lazy'),
      tell(k, k.thread('last')),
      wake(k, cpu, 1, 'second'),
    ]),
    // As mmput_async() would have it: not even loaded where it is torn down.
    thread('last', 2, (k) => [hear(k, k.thread('first')), exit_mmap(k, { mm: place(0, 0).mm })]),
    thread('second', 1, (k, cpu) => [
      scheduled_in(switching(k), cpu),
      load(k, { cpu, ...place(1, 0) }),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: "the next process gets the tag with the dead one's entries",
      design: { design: mainline },
      world: { ...world, mistakes: ['asid-reused-unflushed'] },
      expect: 'leak',
    },
    { id: 'mainline', says: mainline.says, design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};
