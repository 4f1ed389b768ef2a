// What the scenarios about files have in common: one page of a file, mapped read-only by a reader
// who looks once he has been told, and reclaim that may take the page.

import { hear, tell } from '../kernel/paths/message.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import type { World } from '../kernel/world.ts';
import type { Code } from '../lang/nodes.ts';
import { kswapd, place, thread } from './places.ts';

export const onePageWorld: World = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 };
export const mappedReadOnly: Setup = {
  vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
  cached: [0],
  loaded: [null, 0, null],
};

/** The reader on CPU 1: looks when told, and, if asked to, once before. */
export function readerOf(teller: string, before = 0): ThreadSetup {
  return thread('reader', 1, (k, cpu) => [
    ...Array.from({ length: before }, () => load(k, { cpu, ...place(0, 0) })),
    hear(k, k.thread(teller)),
    load(k, { cpu, ...place(0, 0) }),
  ]);
}

/** Reclaim, the reader, and a thread on CPU 2 that changes the file and tells the reader. */
export function changedBy(
  name: string,
  change: (k: UserKernel) => readonly Code[],
  before = 0,
): ThreadSetup[] {
  return [
    kswapd,
    readerOf(name, before),
    thread(name, 2, (k) => [...change(k), tell(k, k.thread('reader'))]),
  ];
}
