import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { paravirt, stopAndRun } from '../kernel/paths/paravirt.ts';
import { load } from '../kernel/paths/user.ts';
import type { World } from '../kernel/world.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

const world: World = { cpus: 2, mms: 1, vas: 1, frames: 1, slots: 1, paravirt: true };

export const stealTime: Scenario = {
  id: 'CVE-2019-3016',
  title: 'the host overwrites the bit that asks a stopped virtual CPU for a flush',
  provenance: {
    source:
      'CVE-2019-3016, 2020: KVM keeps the flush that a guest asked of a preempted virtual CPU',
    where: 'arch/x86/kvm/x86.c, record_steal_time',
  },
  says: 'A virtual CPU is stopped by its host. Another one of the same guest unmaps an address: it does not interrupt, but sets a bit in the word that both share with the host. The host, about to run the first again, has read the word before and stores zero. The flush is lost.',
  world,
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0],
  },
  threads: [
    thread('caller', 0, (k) => [munmap(k, place(0, 0)), tell(k, k.thread('reader'))]),
    thread('reader', 1, (k, cpu) => [
      stopAndRun(paravirt(k), { cpu }),
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'read, then a plain store',
      design: { design: mainline },
      world: { ...world, mistakes: ['steal-time-plain-store'] },
      expect: 'stale-permission',
    },
    { id: 'repaired', says: 'one exchange', design: { design: mainline }, expect: 'holds' },
    immediateHolds,
  ],
};
