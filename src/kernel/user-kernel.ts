// The kernel as the threads of a scenario see it.

import type { BoolRef, Id } from '../lang/expr.ts';
import type { Kernel } from './kernel.ts';

/** What user threads share beside memory. */
export interface UserState {
  readonly told: (to: Id<'thread'>) => BoolRef;
}
export interface UserKernel extends Kernel, UserState {
  /** A thread of the scenario, by name. */
  readonly thread: (name: string) => Id<'thread'>;
}
