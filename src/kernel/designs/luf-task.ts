// What LUF v9 to v12 keep in each task between emptying entries and deciding what to do about them.

import { type BoolRef, type Id, me, type SetRef } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { step, when } from '../../lang/program.ts';
import type { BatchState } from './mainline.ts';

/** `tlb_ubc_ro` and `tlb_ubc_luf` of the task: what was mapped read-only, and what of it may wait. */
export interface LufTask {
  readonly ro: SetRef<'cpu'>;
  readonly roWritable: BoolRef;
  readonly luf: SetRef<'cpu'>;
  readonly lufWritable: BoolRef;
  readonly can_luf: BoolRef;
}

/** `try_to_unmap`, after the rmap walk: what was read-only everywhere may be deferred. */
export function can_luf_test(
  k: BatchState & { readonly task: (t: Id<'thread'>) => LufTask },
): Code {
  return step(
    'can_luf_test',
    when(
      k.task(me).can_luf.and(k.task(me).ro.isSome()),
      [
        k.task(me).luf.add(k.task(me).ro),
        when(k.task(me).roWritable, [k.task(me).lufWritable.set(true)]),
      ],
      [
        k.task(me).can_luf.set(false),
        k.ubc(me).cpus.add(k.task(me).ro),
        when(k.task(me).roWritable, [k.ubc(me).writable.set(true)]),
      ],
    ),
    k.task(me).ro.clear(),
    k.task(me).roWritable.set(false),
  );
}
