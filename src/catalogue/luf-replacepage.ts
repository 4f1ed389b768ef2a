import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { strict } from '../kernel/designs/strict.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { uprobe_write_opcode } from '../kernel/paths/uprobes.ts';
import { load } from '../kernel/paths/user.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

const runner = thread('runner', 1, (k, cpu) => [
  hear(k, k.thread('patcher')),
  load(k, { cpu, ...place(0, 0) }),
]);
const byAddress = [
  kswapd,
  runner,
  thread('patcher', 2, (k) => [
    uprobe_write_opcode(k, place(0, 0), { walk: 'address' }),
    tell(k, k.thread('runner')),
  ]),
];

export const lufReplacepage: Scenario = {
  id: 'LUF-replacepage',
  title: 'uprobes puts another page at an address while a lazy flush is owed there',
  provenance: {
    source: 'review of LUF v11, Dave Hansen, 3 June 2024, names __replace_page()',
    where: 'linux-mm, reply to [PATCH v11 09/12]; LUF v12 hooks ptep_clear_flush',
  },
  says: 'A CPU has cached a page of program text, which reclaim takes away lazily. uprobes installs a page with a breakpoint at the address and returns. The CPU fetches from the address.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 4, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: false, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, 0],
  },
  threads: [
    kswapd,
    runner,
    thread('patcher', 2, (k) => [uprobe_write_opcode(k, place(0, 0)), tell(k, k.thread('runner'))]),
  ],
  variants: [
    {
      id: 'broken',
      says: '__replace_page written without the walk: it takes the entry as it finds it, and an empty one is not flushed',
      design: { design: lufV11, plus: ['__remove_mapping'] },
      threads: byAddress,
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'the same, where clearing an empty entry pays, as in LUF v12',
      design: { design: lufV11, plus: ['__remove_mapping', 'ptep_clear_flush'] },
      threads: byAddress,
      expect: 'holds',
    },
    {
      id: 'strict-by-address',
      says: 'the same under Hansen’s two rules: the address pays before it gets the new page',
      design: { design: strict },
      threads: byAddress,
      expect: 'holds',
    },
    {
      id: 'strict-rule-2-only',
      says: 'the same under his second rule alone: the new page is private, so no slot is filled',
      design: { design: strict, without: ['set_pte'] },
      threads: byAddress,
      expect: 'stale-read',
    },
    {
      id: 'v11',
      says: 'LUF v11 and __replace_page as they are: the walk finds a present entry or starts over',
      design: { design: lufV11 },
      expect: 'holds',
    },
    { id: 'mainline', says: 'no LUF at all', design: { design: mainline }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
