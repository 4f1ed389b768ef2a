// Who held the page-table lock from when to when, as far as the events tell.

import type { Moment } from './moments.ts';

export interface LockRange {
  readonly lock: string;
  readonly who: string;
  readonly cpu: number;
  readonly from: number;
  readonly to: number;
}

/** Only ranges with both ends: some paths drop the lock in the middle of a step that does more. */
export function lockRanges(moments: readonly Moment[], lock: string): readonly LockRange[] {
  const ranges: LockRange[] = [];
  const taken = new Map<string, Moment>();
  for (const moment of moments) {
    if (moment.event !== 'lock.take' && moment.event !== 'lock.release') continue;
    const { by } = moment;
    if (moment.lock !== lock || by === undefined) continue;
    const start = taken.get(by);
    if (moment.event === 'lock.take') {
      taken.set(by, moment);
    } else if (start !== undefined) {
      ranges.push({ lock, who: by, cpu: moment.cpu, from: start.at, to: moment.at });
      taken.delete(by);
    }
  }
  return ranges;
}
