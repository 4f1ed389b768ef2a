import {
  followsOwed,
  mustOweNothing,
  owing,
  setAgain,
  type Translation,
  translation,
} from './owed.ts';
import { type Rule, rule } from './rule.ts';

const id = 'frame-reused-before-flush';

/** R1 of the historic bugs: the worst outcome, since another owner's bytes leak. */
export const frameReusedBeforeFlush: Rule<Translation, typeof owing> = rule({
  id,
  says: 'A frame is not handed out, nor written by a new owner, while a CPU may still hold an old translation to it.',
  askedBy: 'Matthew Wilcox on LUF v11, linux-mm, June 2024; LUF itself promises it',
  keptFor: translation,
  knows: owing,
  hears: {
    ...followsOwed(id),
    'pte.set': setAgain,
    'frame.alloc': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => mustOweNothing(id, s, at, undefined),
    },
    'frame.write': {
      of: (e) => ({ frame: e.frame }),
      does: (s, e, at) => mustOweNothing(id, s, at, e.content.isNone()),
    },
  },
  misses: 'every hazard in which the old frame keeps its bytes and only its meaning has changed',
  fires: [
    'LUF-buddy:broken',
    'LUF-buddy:broken-other-file',
    'LUF-buddy:broken-zeroing',
    'LUF-buddy:mainline-broken',
    'LUF-lazy-tlb:unchecked',
    'LUF-pcid:keep-bit',
  ],
  silent: [
    'LUF-buddy:repaired',
    'LUF-buddy:repaired-zeroing',
    'LUF-buddy:mainline',
    'luf-window:luf-v11',
    'LUF-lazy-tlb:mainline',
    'LUF-lazy-tlb:v11',
    'LUF-pcid:v11',
    '6bbd42e2df8f:repaired',
  ],
});
