// The rules, in the order in which they are listed.

import { addressChangedBeforeFlush } from './address-changed-before-flush.ts';
import { contentChangedBeforeFlush } from './content-changed-before-flush.ts';
import { contentPromisedBeforeFlush } from './content-promised-before-flush.ts';
import { copiedBeforeFlush } from './copied-before-flush.ts';
import { frameReusedBeforeFlush } from './frame-reused-before-flush.ts';
import { lufdPageCheck } from './lufd-page-check.ts';
import { pteChangedBeforeFlush } from './pte-changed-before-flush.ts';
import { pteRewrittenBeforeFlush } from './pte-rewritten-before-flush.ts';
import { pteSeenBeforeFlush } from './pte-seen-before-flush.ts';
import { rightsLoweredBeforeFlush } from './rights-lowered-before-flush.ts';
import type { AnyRule } from './rule.ts';
import { slotRefilledBeforeFlush } from './slot-refilled-before-flush.ts';
import { slotSeenBeforeFlush } from './slot-seen-before-flush.ts';
import { tableFreedBeforeFlush } from './table-freed-before-flush.ts';

/** Those that judge a recording of a kernel where nothing else is asked for; stories are watched by all. */
export const rules: readonly AnyRule[] = [
  frameReusedBeforeFlush,
  pteRewrittenBeforeFlush,
  slotRefilledBeforeFlush,
  addressChangedBeforeFlush,
];

/** The two that Dave Hansen asked for, in both wordings of when the flush is due. */
export const hansensTwo: readonly { readonly name: string; readonly rules: readonly AnyRule[] }[] =
  [
    {
      name: "Hansen's two rules, flush before the rewrite",
      rules: [pteRewrittenBeforeFlush, slotRefilledBeforeFlush],
    },
    {
      name: "Hansen's two rules, flush after the rewrite and before anyone can see it",
      rules: [pteSeenBeforeFlush, slotSeenBeforeFlush],
    },
  ];

/**
 * What a debugging kernel should check: none of them has a false alarm in the catalogue, and together
 * they speak by all that any such rule speaks of (docs/rules.md, which a test compares).
 */
export const recommendedRules: readonly AnyRule[] = [
  frameReusedBeforeFlush,
  rightsLoweredBeforeFlush,
  copiedBeforeFlush,
  addressChangedBeforeFlush,
  tableFreedBeforeFlush,
  contentPromisedBeforeFlush,
];

/** All of them: what `lufcheck rules` compares. */
export const allRules: readonly AnyRule[] = [
  frameReusedBeforeFlush,
  rightsLoweredBeforeFlush,
  copiedBeforeFlush,
  addressChangedBeforeFlush,
  tableFreedBeforeFlush,
  contentChangedBeforeFlush,
  contentPromisedBeforeFlush,
  pteChangedBeforeFlush,
  pteRewrittenBeforeFlush,
  pteSeenBeforeFlush,
  slotRefilledBeforeFlush,
  slotSeenBeforeFlush,
  lufdPageCheck,
];
