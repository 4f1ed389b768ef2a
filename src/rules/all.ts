// The rules, in the order in which they are listed.

import { frameReusedBeforeFlush } from './frame-reused-before-flush.ts';
import { pteRewrittenBeforeFlush } from './pte-rewritten-before-flush.ts';
import type { AnyRule } from './rule.ts';
import { slotRefilledBeforeFlush } from './slot-refilled-before-flush.ts';

export const rules: readonly AnyRule[] = [
  frameReusedBeforeFlush,
  pteRewrittenBeforeFlush,
  slotRefilledBeforeFlush,
];
