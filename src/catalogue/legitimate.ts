import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { load, store } from '../kernel/paths/user.ts';
import { reaches } from '../kernel/witness.ts';
import { exists } from '../lang/expr.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const everywhere: readonly Variant[] = [immediate, mainline, lufV11].map((design) => ({
  id: design.id,
  says: design.says,
  design: { design },
  expect: 'holds',
}));
const where = 'the list of legitimate stalenesses in docs/decisions/0002-truth.md';

/** Stalenesses that nobody can know of: reporting one would be a false alarm. */
export const lufWindow: Scenario = {
  id: 'luf-window',
  title: "reading the old frame while its bytes are still the file's",
  provenance: { source: 'the idea of LUF itself', where },
  says: 'Reclaim takes a file page away lazily; other readers bring it in again, in another frame. The first reader goes on reading the old frame, whose bytes nobody has changed.',
  world: { cpus: 3, mms: 2, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 1, va: 0, file: 0, writable: false, shared: true },
    ],
    cached: [0],
    loaded: [null, 0, 1],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [
      load(k, { cpu, ...place(0, 0) }),
      hear(k, k.thread('other')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('other', 2, (k, cpu) => [load(k, { cpu, ...place(1, 0) }), tell(k, k.thread('reader'))]),
  ],
  reaches: [usedAfterwards],
  variants: everywhere,
};

export const upgrade: Scenario = {
  id: 'upgrade-to-writable',
  title: 'a read-only entry survives an upgrade of the page-table entry to writable',
  provenance: { source: 'x86 and arm64: a spurious fault heals it', where },
  says: 'Two threads have a shared page mapped read-only. One stores, and the fault makes the entry writable without a flush. The other one, told of it, reads and stores through what it still holds.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 1, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [0, 0],
  },
  threads: [
    thread('writer', 0, (k, cpu) => [
      store(k, { cpu, ...place(0, 0) }),
      tell(k, k.thread('other')),
    ]),
    thread('other', 1, (k, cpu) => [
      load(k, { cpu, ...place(0, 0) }),
      hear(k, k.thread('writer')),
      load(k, { cpu, ...place(0, 0) }),
      store(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [
    reaches('tlb.use', 'a load through a read-only entry after the upgrade', (e, k) =>
      e.store
        .not()
        .and(k.pte(e.mm, e.va).writable)
        .and(k.tlb(e.cpu, e.mm, e.va).writable.not()),
    ),
  ],
  variants: everywhere,
};

export const cleanEntry: Scenario = {
  id: 'clean-entry',
  title: 'a clean, writable entry outlives its page-table entry',
  provenance: { source: 'x86: the first store through a clean entry walks again', where },
  says: 'A CPU has a writable entry cached that it never stored through. The page is reclaimed, unmapped or both. Its first store walks the page tables and faults.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable' }],
    cached: [0],
    loaded: [null, 0, 0],
  },
  threads: [
    kswapd,
    thread('writer', 1, (k, cpu) => [store(k, { cpu, ...place(0, 0) })]),
    thread('caller', 2, (k) => [munmap(k, place(0, 0))]),
  ],
  reaches: [
    reaches('pte.clear', 'an entry emptied while a CPU has it cached, writable and clean', (e, k) =>
      exists('cpu', (cpu) => {
        const entry = k.tlb(cpu, e.mm, e.va);
        return entry.frame.is(e.frame).and(entry.writable).and(entry.dirty.not());
      }),
    ),
  ],
  variants: everywhere,
};
