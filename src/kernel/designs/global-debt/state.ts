// What the versions with one global debt keep: migrc v9 to LUF v11.

import type { BoolRef, Id, IntRef, SetRef } from '../../../lang/expr.ts';
import { bool, int, setOf } from '../../../lang/sorts.ts';
import type { KernelState } from '../../state.ts';
import type { LufTask } from '../luf-task.ts';
import { type BatchState, declareBatch } from '../mainline.ts';

/** LUF v11 less one of the two precautions that its source draws pictures of. */
export interface Luf11Options {
  /** `try_to_unmap_luf` adds to the debt even while a flush is running that will subtract from it. */
  readonly defersWhileFlushing?: boolean;
  /**
   * `set_buddy_order_ugen` as posted in 05/12: it stores the order where the generation belongs. A
   * single page in the buddy lists then carries none.
   */
  readonly storesOrderAsUgen?: boolean;
  /** `expand` gives the rest of a block the generation of the block; as posted it gives it none. */
  readonly splitKeepsUgen?: boolean;
  /** `check_luf_flush` does not wait for a payer that has emptied the debt and is still flushing. */
  readonly waitsForNobody?: boolean;
}

/** What LUF v11 adds to mainline's batches. Generations do not wrap in the model. */
export interface LufState extends BatchState {
  readonly options: Luf11Options;
  readonly task: (t: Id<'thread'>) => LufTask & {
    /** `ugen`: the newest generation of the free pages this task has taken. */
    readonly ugen: IntRef;
    /** The generation of what this task is migrating. */
    readonly migrate_ugen: IntRef;
  };
  /** `luf_ubc`: the one debt of the whole machine. */
  readonly luf_ubc: SetRef<'cpu'>;
  readonly luf_gen: IntRef;
  readonly luf_gen_next: IntRef;
  readonly luf_gen_done: IntRef;
  readonly on_flushing: IntRef;
  readonly luf_on_flushing: BoolRef;
  /** The generation that a free page carries; 0 is none. */
  readonly tag: (frame: Id<'frame'>) => IntRef;
}

export function declareLuf(state: KernelState, options: Luf11Options): LufState {
  const k = declareBatch(state);
  const d = k.declarations;
  const gen = int(k.world.generations ?? 7);
  return {
    ...k,
    options,
    task: d.table('luf_task', ['thread'], {
      ro: setOf('cpu'),
      roWritable: bool,
      luf: setOf('cpu'),
      lufWritable: bool,
      can_luf: bool,
      ugen: gen,
      migrate_ugen: gen,
    }),
    luf_ubc: d.scalar('luf_ubc', setOf('cpu')),
    luf_gen: d.scalar('luf_gen', gen),
    // The kernel starts at 1; the model keeps one less, so that all of its state starts at zero.
    luf_gen_next: d.scalar('luf_gen_next_less_one', gen),
    luf_gen_done: d.scalar('luf_gen_done', gen),
    on_flushing: d.scalar('on_flushing', int(7)),
    luf_on_flushing: d.scalar('luf_on_flushing', bool),
    tag: d.column('luf_tag', ['frame'], gen),
  };
}
