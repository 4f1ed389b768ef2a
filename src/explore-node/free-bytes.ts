// How much memory this machine, or the group of processes that this one is in, could still give.

import { freemem } from 'node:os';

/** For SearchOptions.freeBytes. */
export function freeBytes(): number {
  // Absent before Node 20.13 and 22; cgroups' limits count there.
  const { availableMemory } = process as { availableMemory?: () => number };
  return availableMemory === undefined ? freemem() : availableMemory.call(process);
}
