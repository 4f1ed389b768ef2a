import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { strict } from '../kernel/designs/strict.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load, store } from '../kernel/paths/user.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const faultRace: Scenario = {
  id: 'fault-race',
  title: 'a second thread stores through a new entry before the first has paid for it',
  provenance: {
    source: 'Nadav Amit on migrc v3, November 2023: flags and data seen out of order',
    where: 'linux-mm, thread of [v3 0/3] mm/migrate: the same window in the fault path',
  },
  says: 'Two threads store to a shared page whose read-only alias is still cached elsewhere. The one that takes the fault pays when it is done. The other one finds the entry in place, stores at once, and tells a reader of the alias.',
  world: { cpus: 4, mms: 1, vas: 2, frames: 2, slots: 1 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 0, va: 1, file: 0, writable: true, shared: true },
    ],
    cached: [0],
    loaded: [null, 0, 0, 0],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('second')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('first', 2, (k, cpu) => [store(k, { cpu, ...place(0, 1) })]),
    thread('second', 3, (k, cpu) => [
      store(k, { cpu, ...place(0, 1) }),
      tell(k, k.thread('reader')),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'pays-at-the-end',
      says: 'every fault that may write pays at its end, as in LUF v12',
      design: { design: lufV11, plus: ['__remove_mapping', 'handle_mm_fault'] },
      expect: 'stale-read',
    },
    {
      id: 'pays-after-the-lock',
      says: "the installing fault pays after the page-table lock; all of v11's hooks are in place",
      design: { design: lufV11, plus: ['__remove_mapping', 'set_pte_range'] },
      expect: 'stale-read',
    },
    {
      id: 'strict',
      says: "Hansen's two rules, enforced: paid before the new folio is in its slot",
      design: { design: strict },
      expect: 'holds',
    },
    {
      id: 'v12',
      says: 'LUF v12 as posted',
      design: { design: lufV12 },
      expect: 'stale-read',
    },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
