import { when } from '../lang/program.ts';
import { bool, setOf } from '../lang/sorts.ts';
import { type Rule, rule, violatedIf } from './rule.ts';

const knows = {
  /** Some entry that named it was emptied since it was handed out. */
  emptied: bool,
  /** The CPUs in the debt that was noted for it, less those flushed since. */
  owed: setOf('cpu'),
};
const id = 'lufd-page-check';

/**
 * What `lufd_check_pages` of LUF v12 reports, re-stated, to compare with. It is the one rule that
 * listens to what a design says that it owes: a debt that the design never noted is none to it. A flush
 * of one address leaves no stamp that it would believe.
 */
export const lufdPageCheck: Rule<'frame', typeof knows> = rule({
  id,
  says: 'A page is not taken off the free lists, overwritten, or mapped writable, while a CPU in the debt that LUF noted for it has not been flushed.',
  askedBy: "LUF v12's own checks (CONFIG_LUF_DEBUG, lufd_check_pages), February 2025",
  keptFor: ['frame'],
  knows,
  hears: {
    'pte.clear': {
      of: (e) => ({ frame: e.frame }),
      does: (s) => [s.emptied.set(true)],
    },
    'debt.record': {
      of: () => ({}),
      concerns: (s) => s.emptied,
      does: (s, e) => [s.owed.add(e.cpus)],
    },
    'tlb.flush': {
      of: () => ({}),
      does: (s, e) => (e.va === undefined ? [s.owed.remove(e.cpus)] : []),
    },
    'frame.alloc': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => [
        violatedIf(s.owed.isSome(), id, { ...at, cpus: s.owed }),
        s.owed.clear(),
        s.emptied.set(false),
      ],
    },
    'frame.write': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => [
        violatedIf(s.owed.isSome(), id, { ...at, cpus: s.owed }, [s.owed.clear()]),
      ],
    },
    'pte.set': {
      of: (e) => ({ frame: e.frame }),
      does: (s, e, at) => [
        when(e.writable, [
          violatedIf(s.owed.isSome(), id, { ...at, cpus: s.owed }, [s.owed.clear()]),
        ]),
      ],
    },
  },
  misses:
    "both of Hansen's rules: it knows frames, not addresses or files, and looks at the new frame of a PTE where the stale one is the old; and every debt that was never noted",
  cries:
    'it knows of no flush but those that leave a stamp for all of an address space, and counts what a design has noted at large against every frame whose entry was emptied',
  fires: ['LUF-buddy:broken'],
  silent: ['LUF-buddy:repaired', 'luf-window:luf-v11'],
});
