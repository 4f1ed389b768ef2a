import { when } from '../lang/program.ts';
import { bool, setOf } from '../lang/sorts.ts';
import { type Rule, rule, violated, violatedIf } from './rule.ts';

const knows = {
  /** The CPUs that have walked it and may know where it is. */
  walkers: setOf('cpu'),
  /** It went back to the allocator, which pages that become tables do not come from here. */
  freed: bool,
};
const id = 'table-freed-before-flush';

/** R5 of the historic bugs, as far as walks are events: a kernel sees none. */
export const tableFreedBeforeFlush: Rule<'mm' | 'frame', typeof knows> = rule({
  id,
  says: 'A page-table page is not freed while a CPU may still walk through it, and is not walked afterwards.',
  askedBy: 'R5 of the historic bugs: 0ed1325967ab (2020), CVE-2025-22045',
  keptFor: ['mm', 'frame'],
  knows,
  hears: {
    'table.walk': {
      of: (e) => ({ mm: e.mm, frame: e.frame }),
      does: (s, e, at) => [
        when(
          s.freed,
          [violated(id, { ...at, cpus: e.cpu.only() }), s.freed.set(false)],
          [s.walkers.add(e.cpu.only())],
        ),
      ],
    },
    'tlb.flush': {
      of: (e) => ({ mm: e.mm }),
      // x86's INVLPG drops what a CPU knows of tables, whatever the address (Intel SDM volume 3, 4.10.4.1); a
      // flush that is told of last-level entries does not everywhere.
      does: (s, e) => (e.leaves === undefined ? [s.walkers.remove(e.cpus)] : []),
    },
    'mm.load': {
      of: () => ({}),
      // Who leaves an address space walks it no more; what it finds on its return was flushed or not.
      does: (s, e, at) =>
        e.mm === undefined
          ? [s.walkers.remove(e.cpu.only())]
          : [when(at.mm.is(e.mm).not(), [s.walkers.remove(e.cpu.only())])],
    },
    'frame.free': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => [
        violatedIf(s.walkers.isSome(), id, { ...at, cpus: s.walkers }, [s.walkers.clear()]),
        s.freed.set(true),
      ],
    },
  },
  misses: 'a table that a CPU knows of and has not walked until it is freed, and then never walks',
  fires: ['0ed1325967ab:broken', 'a6f572084fbe:broken', 'riscv-pgdir-2024:broken'],
  silent: [
    '0ed1325967ab:repaired',
    'a6f572084fbe:repaired',
    'riscv-pgdir-2024:repaired',
    'table-flushed-at-one-address:mainline',
  ],
});
