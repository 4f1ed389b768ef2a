// The moments that most scenarios are about: something is used, flushed or walked after the page table
// that it came from has let it go. A scenario whose "holds" never comes to one shows nothing
// (kernel/witness.ts). They can be asked of both forms of the TLB.

import type { UserKernel } from '../kernel/user-kernel.ts';
import { reaches, type Witness } from '../kernel/witness.ts';
import { type Bool, exists, type Id, no } from '../lang/expr.ts';

/** What most hazards of a deferred flush are about: somebody still uses what was taken away. */
export const usedAfterwards: Witness = reaches(
  'tlb.use',
  'an access through a translation that the page table has left',
  (e, k) => k.pte(e.mm, e.va).frame.isnt(e.frame),
);

/** Where whoever looks was told before: no access may come late, since a flush is in time. */
export const flushedAfterwards: Witness = reaches(
  'tlb.flush',
  'a flush of a CPU that holds a translation which the page table has left',
  (e, k) =>
    somewhere((cpu, mm, va) =>
      e.cpus
        .has(cpu)
        .and(k.loaded(cpu).is(mm))
        .and(outlived(k, cpu, mm, va)),
    ),
);

/** The same for a huge entry. */
export const hugeFlushedAfterwards: Witness = reaches(
  'tlb.flush',
  'a flush of a CPU that holds a huge translation which the page table has left',
  (e, { huge }) =>
    huge === undefined
      ? no
      : exists('cpu', (cpu) =>
          exists('mm', (mm) =>
            e.cpus.has(cpu).and(huge.tlb(cpu, mm).present).and(huge.pmd(mm).huge.not()),
          ),
        ),
);

/** Where nobody flushes before somebody needs the frame. */
export const emptiedWhileHeld: Witness = reaches(
  'pte.clear',
  'an entry is emptied while a CPU holds a translation made from it',
  (e, k) =>
    exists('cpu', (cpu) =>
      k
        .loaded(cpu)
        .is(e.mm)
        .and(holds(k, cpu, e)),
    ),
);

export const walkedAfterwards: Witness = reaches(
  'table.walk',
  'a walk through a page table that its directory no longer names',
  (e, { tables }) => (tables === undefined ? no : tables.table(e.mm).isnt(e.frame)),
);

/** Behind a second MMU it is that one's tables that count. */
export const usedBehindAfterwards: Witness = reaches(
  'tlb.use',
  'an access through a translation that the second MMU has left',
  (e, { second }) => (second === undefined ? no : second.pte(e.mm, e.va).frame.isnt(e.frame)),
);

function somewhere(is: (cpu: Id<'cpu'>, mm: Id<'mm'>, va: Id<'va'>) => Bool): Bool {
  return exists('cpu', (cpu) => exists('mm', (mm) => exists('va', (va) => is(cpu, mm, va))));
}

/** What the CPU holds names another frame than the page table, or allows stores that it does not. */
function outlived(k: UserKernel, cpu: Id<'cpu'>, mm: Id<'mm'>, va: Id<'va'>): Bool {
  const pte = k.pte(mm, va);
  const small = k.huge === undefined ? undefined : k.huge.pmd(mm).huge.not();
  const left = exists('frame', (frame) =>
    holds(k, cpu, { mm, va, frame })
      .and(pte.frame.isnt(frame))
      .or(storesBy(k, cpu, { mm, va, frame }).and(pte.writable.not())),
  );
  return small === undefined ? left : small.and(left);
}

interface Translation {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
  readonly frame: Id<'frame'>;
}

function holds(k: UserKernel, cpu: Id<'cpu'>, { mm, va, frame }: Translation): Bool {
  const { mayTlb } = k;
  return mayTlb === undefined
    ? k.tlb(cpu, mm, va).frame.is(frame)
    : mayTlb.of(cpu, mm, va).read.has(frame);
}

function storesBy(k: UserKernel, cpu: Id<'cpu'>, { mm, va, frame }: Translation): Bool {
  const { mayTlb } = k;
  if (mayTlb !== undefined) return mayTlb.of(cpu, mm, va).write.has(frame);
  const entry = k.tlb(cpu, mm, va);
  return entry.frame.is(frame).and(entry.writable);
}
