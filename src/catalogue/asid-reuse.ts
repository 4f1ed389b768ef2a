import { mainline } from '../kernel/designs/mainline.ts';
import { scheduled_in } from '../kernel/paths/context-switch.ts';
import { load } from '../kernel/paths/user.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import { reaches } from '../kernel/witness.ts';
import type { Mistake, World } from '../kernel/world.ts';
import { type Bool, exists, type Id, yes } from '../lang/expr.ts';
import { place, switching, thread, wake } from './places.ts';
import type { Scenario } from './scenario.ts';

const world: World = { cpus: 1, mms: 2, vas: 1, frames: 2, slots: 2, switching: { asids: 1 } };
const wrong = (...mistakes: Mistake[]): World => ({ ...world, mistakes });

/** The CPU holds a translation under such a tag. */
function tagged(k: UserKernel, cpu: Id<'cpu'>, such: (asid: Id<'asid'>) => Bool): Bool {
  return exists('asid', (asid) =>
    such(asid).and(
      exists('va', (va) =>
        k.mayTlb === undefined
          ? k.tlbOf(cpu, asid, va).frame.isSome()
          : k.mayTlb.under(cpu, asid, va).read.isEmpty().not(),
      ),
    ),
  );
}

export const asidReuse: Scenario = {
  id: 'asid-reuse',
  title: 'one process translates through the entries of another',
  provenance: {
    source:
      '"ARM: 8299/1: mm: ensure local active ASID is marked as allocated on rollover", 2015, as it would be on x86; XSA-292, 2019, for the bit that keeps entries',
    where: "the commit's text; the advisory",
  },
  says: 'Two processes take turns on a CPU that has fewer tags than there are processes. The second gets the tag of the first and reads the same address.',
  world,
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 1, va: 0, file: 1, writable: false, shared: true, present: 'read-only' },
    ],
    cached: [0, 1],
    loaded: [0],
    running: ['first'],
  },
  threads: [
    thread('first', 0, (k, cpu) => [
      load(k, { cpu, ...place(0, 0) }),
      wake(k, cpu, 1, 'second'),
      scheduled_in(switching(k), cpu),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('second', 0, (k, cpu) => [
      scheduled_in(switching(k), cpu),
      load(k, { cpu, ...place(1, 0) }),
      wake(k, cpu, 0, 'first'),
    ]),
  ],
  reaches: [
    reaches('tlb.flush', 'a tag changes hands while the CPU has entries under it', (e, k) =>
      exists('cpu', (cpu) => e.cpus.has(cpu).and(tagged(k, cpu, () => yes))),
    ),
  ],
  variants: [
    {
      id: 'broken',
      says: 'a tag that changes hands is not flushed',
      design: { design: mainline },
      world: wrong('asid-reused-unflushed'),
      expect: 'leak',
    },
    {
      id: 'keep-bit',
      says: 'it is flushed by a load of CR3 that carries the bit that keeps entries',
      design: { design: mainline },
      world: wrong('keep-bit'),
      expect: 'leak',
    },
    { id: 'repaired', says: 'mainline, one tag', design: { design: mainline }, expect: 'holds' },
    {
      id: 'two-tags',
      says: 'mainline, a tag for each: entries survive both switches',
      design: { design: mainline },
      world: { ...world, switching: { asids: 2 } },
      reaches: [
        reaches('tlb.use', "an access while the other process's entries are kept", (e, k) =>
          tagged(k, e.cpu, (asid) => switching(k).switching.tlbstate(e.cpu).asid.isnt(asid)),
        ),
      ],
      expect: 'holds',
    },
  ],
};
