import {
  beginsAnew,
  type ContentOwing,
  contentOwing,
  followsContent,
  shows,
} from './content-owed.ts';
import { followsOwed, mustOweNothing, type Translation, translation, user } from './owed.ts';
import { type Rule, rule } from './rule.ts';

const id = 'content-changed-before-flush';
const follows = followsOwed(id);

/** R8 of the historic bugs, strictly: the flush comes before the change. */
export const contentChangedBeforeFlush: Rule<Translation, ContentOwing> = rule({
  id,
  says: 'While a CPU may still hold an old translation, what it stands for does not change elsewhere: neither the page of the file, nor what is at the address.',
  askedBy:
    'R8 of the historic bugs; Dave Hansen on LUF v10 and v11: write(2), shared mappings, servers, devices',
  keptFor: translation,
  knows: contentOwing,
  hears: {
    ...follows,
    'pte.clear': beginsAnew(follows['pte.clear'], () => []),
    ...followsContent,
    'frame.write': {
      of: () => ({}),
      concerns: (s, e, at) => shows(s, e.frame, at),
      does: (s, _, at) => mustOweNothing(id, s, at, undefined),
    },
    'device.write': {
      of: () => ({}),
      concerns: (s, e, at) => shows(s, e.frame, at),
      does: (s, _, at) => mustOweNothing(id, s, at, undefined),
    },
    'tlb.use': {
      of: () => ({}),
      concerns: (s, e, at) => e.store.and(shows(s, e.frame, at)),
      does: (s, e, at) => mustOweNothing(id, s, at, undefined, {}, user(e, at)),
    },
    'slot.change': {
      of: () => ({}),
      concerns: (s, e) => s.left.is(e.slot),
      does: (s, e, at) => mustOweNothing(id, s, at, undefined, { slot: e.slot }),
    },
  },
  misses: 'a frame that is reused, and rights that are lowered',
  cries:
    'it wants the flush before the change, where kernels flush between the change and the moment when anyone may rely on it: while one thread discards or unmaps a page, another one may already store to the page that comes after it',
  fires: ['LUF-write2:broken', 'LUF-rwalias:broken', 'LUF-remote:mainline'],
  silent: ['LUF-write2:immediate', 'upgrade-to-writable:luf-v11', 'nested-zap:immediate'],
});
