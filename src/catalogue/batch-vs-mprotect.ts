import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { store } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

const provenance = {
  source:
    '3ea277194daa, "mm, mprotect: flush TLB if potentially racing with a parallel reclaim", Nadav Amit and Mel Gorman, 2017',
  where: "the commit's text",
};
const setup: Setup = {
  vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable and dirty' }],
  cached: [0],
  loaded: [null, 0, 0],
};
const world = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 };
const writer: ThreadSetup = thread('writer', 1, (k, cpu) => [
  hear(k, k.thread('caller')),
  store(k, { cpu, ...place(0, 0) }),
]);

export const batchVsMprotect: Scenario = {
  id: '3ea277194daa-mprotect',
  title: 'mprotect skips its flush for an entry that reclaim has emptied and not flushed',
  provenance,
  says: 'A CPU has a writable, dirty entry cached. Reclaim empties the page-table entry and will flush later. mprotect(PROT_READ) finds nothing present and returns. The CPU stores.',
  world,
  setup,
  threads: [
    kswapd,
    writer,
    thread('caller', 2, (k) => [
      mprotect(k, { ...place(0, 0), writable: false }),
      tell(k, k.thread('writer')),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline before the commit',
      design: { design: mainline, without: ['flush_tlb_batched_pending@change_pte_range'] },
      expect: 'stale-permission',
    },
    { id: 'repaired', says: 'mainline since', design: { design: mainline }, expect: 'holds' },
    {
      id: 'v11-broken',
      says: 'LUF v11 without what mainline learnt',
      design: { design: lufV11, without: ['flush_tlb_batched_pending@change_pte_range'] },
      expect: 'stale-permission',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};

export const batchVsMunmap: Scenario = {
  id: '3ea277194daa-munmap',
  title: 'munmap skips its flush for an entry that reclaim has emptied and not flushed',
  provenance,
  says: 'As the mprotect form, but the address is unmapped: the store should fault and goes into a page that is on its way out.',
  world,
  setup,
  threads: [
    kswapd,
    writer,
    thread('caller', 2, (k) => [munmap(k, place(0, 0)), tell(k, k.thread('writer'))]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline before the commit',
      design: { design: mainline, without: ['flush_tlb_batched_pending@zap_pte_range'] },
      expect: 'stale-permission',
    },
    { id: 'repaired', says: 'mainline since', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
