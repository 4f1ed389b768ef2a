// Where the locals of a thread's calls live in the packed state. Calls that are never active
// together share room.

import type { Control, Frame } from './control.ts';
import type { Field, Layout } from './layout.ts';
import type { Local } from './nodes.ts';
import { bitsOf } from './sorts.ts';

/**
 * A call that is written once and used at several places has one set of locals there: it may share
 * room with no call that is around or inside of any of them.
 */
export function placeLocals(control: Control, layout: Layout): void {
  const near = neighbours(control.frames);
  const pool: { field: Field; bits: number }[] = [];
  const taken = new Map<readonly Local[], ReadonlySet<Field>>();
  for (const { locals } of control.frames) {
    if (taken.has(locals)) continue;
    const busy = new Set<Field>();
    for (const other of near.get(locals) ?? []) {
      for (const field of taken.get(other) ?? []) busy.add(field);
    }
    const own = new Set<Field>();
    for (const local of locals) own.add(place(local, busy, own));
    taken.set(locals, own);
  }
  function place(local: Local, busy: Set<Field>, own: Set<Field>): Field {
    const bits = bitsOf(local.sort, layout.sizes);
    let slot = pool.find((one) => one.bits >= bits && !busy.has(one.field) && !own.has(one.field));
    if (slot === undefined) {
      slot = { field: layout.field(bits), bits };
      pool.push(slot);
    }
    layout.addLocal(local, slot.field);
    return slot.field;
  }
}

/** For each call's locals: those of the calls it can be inside of, or that can be inside of it. */
function neighbours(
  frames: readonly Frame[],
): ReadonlyMap<readonly Local[], ReadonlySet<readonly Local[]>> {
  const near = new Map<readonly Local[], Set<readonly Local[]>>();
  const add = (of: readonly Local[], other: readonly Local[]): void => {
    const known = near.get(of);
    if (known === undefined) near.set(of, new Set([other]));
    else known.add(other);
  };
  for (const frame of frames) {
    for (let outer = frame.inside; outer !== undefined; outer = outer.inside) {
      add(frame.locals, outer.locals);
      add(outer.locals, frame.locals);
    }
  }
  return near;
}
