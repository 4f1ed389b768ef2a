import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import type { Mistake, World } from '../kernel/world.ts';
import { place, sleep, thread, wake } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const world: World = { cpus: 2, mms: 1, vas: 1, frames: 1, slots: 1, switching: { asids: 1 } };
const wrong = (...mistakes: Mistake[]): World => ({ ...world, mistakes });
const setup: Setup = {
  vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
  cached: [0],
  loaded: [0, 0],
  running: ['caller', 'reader'],
};
const threads: readonly ThreadSetup[] = [
  thread('caller', 0, (k) => [munmap(k, place(0, 0)), tell(k, k.thread('reader'))]),
  thread('reader', 1, (k, cpu) => [
    load(k, { cpu, ...place(0, 0) }),
    ...sleep(k, cpu, 'lazy'),
    wake(k, cpu, 0, 'reader'),
    hear(k, k.thread('caller')),
    load(k, { cpu, ...place(0, 0) }),
  ]),
];

export const lazyTlb: Scenario = {
  id: 'lazy-tlb',
  title: 'a CPU that runs a kernel thread is left alone, and catches up when it returns',
  provenance: {
    source: '145f573b89a6 and ac0315896970, "x86/mm/tlb: … lazy TLB mode", Rik van Riel, 2018',
    where: 'arch/x86/mm/tlb.c, switch_mm_irqs_off and native_flush_tlb_multi',
  },
  says: 'A reader sleeps, and its CPU keeps the page tables loaded under a kernel thread. Another thread unmaps the address and does not interrupt that CPU. The reader wakes, is told, and looks.',
  world,
  setup,
  threads,
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'unchecked',
      says: 'leaving lazy mode without a look at the generation',
      design: { design: mainline },
      world: wrong('lazy-return-unchecked'),
      expect: 'stale-permission',
    },
    {
      id: 'checked-too-early',
      says: 'the generation is compared while the CPU is still marked lazy',
      design: { design: mainline },
      world: wrong('lazy-checked-too-early'),
      expect: 'stale-permission',
    },
    { id: 'mainline', says: mainline.says, design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};
