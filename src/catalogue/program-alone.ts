// A program that is alone, the memory or the file that it has, and moments that it may come to.

import { load, store } from '../kernel/paths/user.ts';
import type { Setup, VmaSetup } from '../kernel/scenario.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import { reaches, type Witness } from '../kernel/witness.ts';
import type { World } from '../kernel/world.ts';
import type { Id } from '../lang/expr.ts';
import type { Code } from '../lang/nodes.ts';
import { hugeWorld, smallPages, wasHuge } from './huge-pages.ts';
import { filePage, place } from './places.ts';

export const at = place(0, 0);
export const elsewhere = place(0, 1);
export const child = place(1, 0);
export const slot = filePage(0);
export const [mm, other] = [at.mm, child.mm];

/** What it does. */
export type Does = (k: UserKernel, cpu: Id<'cpu'>) => readonly Code[];
export interface Call {
  readonly id: string;
  readonly says: string;
  readonly on: Ground;
  readonly does: Does;
  /** What must come about. */
  readonly comes: readonly Witness[];
}
/** What it has at the start. */
export interface Ground {
  readonly world: World;
  readonly setup: Setup;
}

export const world: World = { cpus: 1, mms: 1, vas: 1, frames: 2, slots: 0 };
/** Private memory, there or not. */
export function memory(more: Partial<VmaSetup> = {}, where: Partial<World> = {}): Ground {
  return {
    world: { ...world, ...where },
    setup: {
      vmas: [{ ...{ mm: 0, va: 0, frame: 0, writable: true, shared: false }, ...more }],
      ...{ cached: [], loaded: [0] },
    },
  };
}
export const untouched: Ground = {
  world,
  setup: {
    vmas: [{ mm: 0, va: 0, writable: true, shared: false }],
    ...{ cached: [], loaded: [0] },
  },
};
export const stored: Ground = memory({ present: 'writable and dirty' });
/** A file that it has mapped, cached or not. */
export function fileOf(
  more: Partial<VmaSetup> = {},
  where: Partial<World> = {},
  cached = true,
): Ground {
  return {
    // A page of a file that is cut has two versions more each time.
    world: { ...world, slots: 1, ...(where.truncation === true ? { versions: 7 } : {}), ...where },
    setup: {
      vmas: [{ ...{ mm: 0, va: 0, file: 0, writable: true, shared: true }, ...more }],
      ...{ cached: [cached ? 0 : null], loaded: [0] },
    },
  };
}
export const mapped: Ground = fileOf({ present: 'writable and dirty' });
export const readOnly: Ground = fileOf({ present: 'read-only', writable: false });
export const small: Ground = {
  world: { ...hugeWorld, cpus: 1 },
  setup: {
    vmas: smallPages('writable and dirty', 'writable and dirty'),
    ...{ cached: [], loaded: [0], huge: { frames: [2, 3] } },
  },
};
export const huge: Ground = {
  world: { ...hugeWorld, cpus: 1, frames: 2 },
  setup: { ...wasHuge, loaded: [0] },
};

export const readsIt: Does = (k, cpu) => [load(k, { cpu, ...at })];
export const storesIt: Does = (k, cpu) => [store(k, { cpu, ...at })];
/** A load or a store that goes through, at the address where it should. */
export const used = (where: typeof at, way: 'loads' | 'stores'): Witness =>
  reaches('tlb.use', `the program ${way} there`, (e) => {
    const here = e.mm.is(where.mm).and(e.va.is(where.va));
    return here.and(way === 'stores' ? e.store : e.store.not());
  });
export const [loads, stores] = [used(at, 'loads'), used(at, 'stores')];
export const emptied = reaches('pte.clear', 'the entry is emptied');
export const dropped = reaches('slot.remove', 'the page leaves the cache');
export const written = reaches('slot.writeout', 'the page is written out');
export const overwritten = reaches('frame.write', 'a free frame is used for something else');
