import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { strict } from '../kernel/designs/strict.ts';
import { spin_lock_ptl, spin_unlock_ptl } from '../kernel/locks.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { flush_tlb_mm_range } from '../kernel/paths/tlb-flush.ts';
import {
  type ReplacePage,
  set_breakpoint_pte,
  uprobe_write_opcode,
} from '../kernel/paths/uprobes.ts';
import { load } from '../kernel/paths/user.ts';
import { ptep_get_and_clear } from '../kernel/pte.ts';
import { branch, path, step, when } from '../lang/program.ts';
import { bool } from '../lang/sorts.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

/** Written without the walk: whatever is at the address is cleared and replaced. */
const replaceByAddress: ReplacePage = path(
  {
    name: '__replace_page',
    source: 'kernel/events/uprobes.c, rewritten',
    leavesOut: "as the kernel's own in the model",
    reads: ['content_of_anon', 'vma', 'mm_cpumask'],
    writes: ['ptl', 'pte', 'pte_dirty'],
    locals: { present: bool },
  },
  (k, args, l) => {
    const { mm, va } = args;
    const { frame } = k.pte(mm, va);
    return [
      spin_lock_ptl(k, mm),
      // ptep_clear_flush flushes only what was accessible.
      step(
        'ptep_clear_flush',
        l.present.set(frame.isSome()),
        when(frame.isSome(), [ptep_get_and_clear(k, mm, va)]),
      ),
      branch(
        l.present,
        [flush_tlb_mm_range(k, { mm, va })],
        [k.hooks.cancel('ptep_clear_flush', { mm })],
      ),
      k.hooks.before_pte_change(mm, va),
      step('set_pte_at', set_breakpoint_pte(k, args)),
      spin_unlock_ptl(k, mm),
    ];
  },
);

const runner = thread('runner', 1, (k, cpu) => [
  hear(k, k.thread('patcher')),
  load(k, { cpu, ...place(0, 0) }),
]);
const byAddress = [
  kswapd,
  runner,
  thread('patcher', 2, (k) => [
    uprobe_write_opcode(k, place(0, 0), replaceByAddress),
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
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: '__replace_page written without the walk: it takes the entry as it finds it, and an empty one is not flushed',
      design: { design: lufV11 },
      threads: byAddress,
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'the same under LUF v12, where clearing an empty entry pays for the mm',
      design: { design: lufV12 },
      threads: byAddress,
      expect: 'holds',
    },
    {
      id: 'v12-broken',
      says: 'the same under LUF v12 less that hook',
      design: { design: lufV12, without: ['ptep_clear_flush'] },
      threads: byAddress,
      expect: 'stale-read',
    },
    {
      id: 'strict-by-address',
      says: "the same under Hansen's two rules: the address pays before it gets the new page",
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
