// Variants of smaller scenarios: less the parts that the user names, or less all that shrinking finds.

import { setImmediate } from 'node:timers/promises';
import { counted, listed } from '../base/text.ts';
import { cutName, cutsNamed, without } from '../explain/cuts.ts';
import { shrinking } from '../explain/shrink.ts';
import type { Surroundings } from './command.ts';
import type { SearchWish } from './judge-all.ts';
import { nameOf, type Selected } from './select.ts';
import { retold, type Told } from './told.ts';

/** @throws Problem LUF-E103 for a part that is not there, or in use. */
export function cutDown(selected: readonly Selected[], parts: string | undefined): Selected[] {
  if (parts === undefined) return [...selected];
  const cuts = cutsNamed(parts);
  return selected.map((one) => ({ ...one, variant: without(one.scenario, one.variant, cuts) }));
}

export function cutArguments(parts: string | undefined): string[] {
  return parts === undefined ? [] : ['--cut', parts];
}

/** Each story in the smallest scenario found that goes wrong in the same way. */
export async function shrunk(
  told: readonly Told[],
  search: SearchWish,
  more: readonly string[],
  io: Surroundings,
): Promise<Told[]> {
  const smaller: Told[] = [];
  for (const one of told) {
    const run = shrinking(one.verdict, search);
    let next = run.next(true);
    while (next.done !== true) {
      io.progress.show(`${nameOf(one.one)} ${counted(next.value, 'smaller scenario')} tried`);
      await setImmediate();
      next = run.next(!io.stop.aborted);
    }
    io.progress.clear();
    const { cuts, verdict, tried } = next.value;
    const names = cuts.map(cutName);
    const what = names.length === 0 ? 'nothing can go' : `goes wrong without ${listed(names)}`;
    io.note(`${nameOf(one.one)}: ${what} (${counted(tried, 'smaller scenario')} explored)`);
    smaller.push(names.length === 0 ? one : retold(one, verdict, { cuts: names, more }));
  }
  return smaller;
}
