// Stories with what was found to mend them.

import { setImmediate } from 'node:timers/promises';
import { counted } from '../base/text.ts';
import { searchRepairs } from '../explain/repair-search.ts';
import type { Surroundings } from './command.ts';
import type { SearchWish } from './judge-all.ts';
import { nameOf } from './select.ts';
import type { Told } from './told.ts';

/** Each kernel that is tried is explored within the bounds of `search`. */
export async function repaired(
  told: readonly Told[],
  search: SearchWish,
  io: Surroundings,
): Promise<Told[]> {
  const mended: Told[] = [];
  for (const one of told) {
    const run = searchRepairs({ ...one.verdict, violation: one.violation }, search);
    let next = run.next(true);
    while (next.done !== true) {
      io.progress.show(`${nameOf(one.one)} ${counted(next.value, 'kernel')} tried`);
      await setImmediate();
      next = run.next(!io.stop.aborted);
    }
    io.progress.clear();
    mended.push({ ...one, story: { ...one.story, repairs: next.value } });
  }
  return mended;
}
