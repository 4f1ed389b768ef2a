// What a counterexample is called: what went wrong and what made it so. No names of threads, CPUs,
// frames or scenarios, so that the same bug keeps its title when its parties swap.

import { isA, placeOf } from './moments.ts';
import { titleOfCall } from './names.ts';
import type { Parties } from './parties.ts';

const plain: Readonly<Record<string, string>> = {
  'stale-read': 'stale read',
  'stale-permission': 'stale permission',
  'lost-write': 'lost write',
};

/** `inside`: the outermost path that the change happened in. */
export function titleOf(
  property: string,
  parties: Parties | undefined,
  inside: string | undefined,
): string {
  const what = plain[property] ?? property;
  if (parties === undefined) return what;
  const { access, change, promise, strayed, borrowed, gone } = parties;
  if (change === undefined) {
    return borrowed === undefined ? what : `${what} through another address space's entry`;
  }
  if (property === 'leak') {
    const done = isA(change, 'frame.alloc') ? 'handed out' : 'overwritten';
    // A translation that the page table still has waits for no flush: it should not be there.
    const mapped = gone === undefined && borrowed === undefined && isA(access, 'tlb.use');
    return `leak: frame ${done} ${mapped ? 'while it was mapped' : 'before the flush'}`;
  }
  if (isA(access, 'device.write')) {
    return isA(change, 'slot.remove', 'slot.replace')
      ? `${what}: page left the cache before a device stored into it`
      : `${what}: frame freed before a device stored into it`;
  }
  if (isA(change, 'slot.remove')) return `${what}: page left the cache before the flush`;
  if (isA(change, 'slot.replace')) return `${what}: page replaced in the cache before the flush`;
  if (isA(change, 'frame.free')) return `${what}: frame freed before the flush`;
  if (isA(change, 'frame.copy')) return `${what}: page copied before the flush`;
  if (promise !== undefined && isA(promise, 'call.return')) {
    return `${what} after ${titleOfCall(promise.name)}`;
  }
  if (isA(change, 'slot.change')) return `${what} after the content changed elsewhere`;
  if (isA(change, 'tlb.use')) {
    if (strayed) return `${what} after a store through a stale entry`;
    const same = isA(access, 'tlb.use') && placeOf(change) === placeOf(access);
    const other = same ? 'another frame' : isA(access, 'tlb.use') ? 'another mapping' : 'a mapping';
    return `${what} after a store through ${other}`;
  }
  return inside === undefined ? what : `${what} after ${titleOfCall(inside)}`;
}
