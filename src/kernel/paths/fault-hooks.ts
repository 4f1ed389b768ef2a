import type { Bool, Id } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch } from '../../lang/program.ts';
import type { CancelPoint, Kernel } from '../kernel.ts';

export interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/** LUF v11's `need_luf_flush`: the entry is writable now and was not when the fault looked. */
export function need_luf_flush(k: Kernel, { mm, va }: At, origWritable: Bool): Bool {
  return k.pte(mm, va).frame.isSome().and(k.pte(mm, va).writable).and(origWritable.not());
}

/** After the page-table lock: pays if the entry turned out to be somebody else's, and writable. */
export function cancelIf(k: Kernel, cond: Bool, point: CancelPoint, mm: Id<'mm'>): Code {
  return branch(cond, [k.hooks.cancel(point, { mm })]);
}
