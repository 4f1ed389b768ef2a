// Small pages that are as large together as one huge page, and who makes them one.

import { type CollapseHow, collapse_huge_page } from '../kernel/paths/khugepaged.ts';
import { hear } from '../kernel/paths/message.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup, VmaSetup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import { theId } from '../lang/expr.ts';
import { place, thread } from './places.ts';

export const mm = theId('mm', 0);

type Present = NonNullable<VmaSetup['present']>;
/** Private memory: two small pages, as large together as one huge page. */
export function smallPages(first: Present, second: Present): VmaSetup[] {
  return [first, second].map((present, n) => ({
    mm: 0,
    va: n,
    frame: n,
    writable: true,
    shared: false,
    present,
  }));
}

export const hugeWorld: World = { cpus: 2, mms: 1, vas: 2, frames: 4, slots: 0, huge: true };

/** The same memory as one huge page, writable and clean. */
export const wasHuge: Setup = {
  vmas: [0, 1].map((n) => ({ mm: 0, va: n, frame: n, writable: true, shared: false })),
  cached: [],
  loaded: [null, 0],
  huge: { frames: [0, 1], mapped: [{ mm: 0, as: 'writable' }] },
};

export const khugepaged = (how?: CollapseHow): ThreadSetup =>
  thread('khugepaged', 0, (k) => [collapse_huge_page(k, { mm }, how)]);

/** A thread that looks at an address once another one has told it of a change. */
export const reader = (from: string, va: number): ThreadSetup =>
  thread('reader', 1, (k, cpu) => [hear(k, k.thread(from)), load(k, { cpu, ...place(0, va) })]);
