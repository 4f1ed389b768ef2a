// Parts of a recording left out, several at once: what is missing must never look like a fault.

import type { MadeRecord } from './records.ts';

type Records = readonly MadeRecord[];
type Thinner = (records: Records) => MadeRecord[];

export interface Thinned {
  /** What was left out, for the message of a test. */
  readonly what: string;
  readonly records: MadeRecord[];
}

/** Of every 200 records (`every`), some from one CPU are lost, and the next of that CPU says so. */
export function withLosses(records: Records, every = 200): MadeRecord[] {
  const missing = new Map<number, { left: number; lost: number }>();
  const kept: MadeRecord[] = [];
  records.forEach((one, i) => {
    const here = missing.get(one.cpu);
    if (here === undefined && i % every === every - 1) {
      missing.set(one.cpu, { left: i % 17, lost: 1 });
    } else if (here !== undefined && here.left > 0) {
      here.left--;
      here.lost++;
    } else {
      kept.push(here === undefined ? one : { ...one, lostBefore: here.lost });
      missing.delete(one.cpu);
    }
  });
  return kept;
}

export function withoutMask(one: MadeRecord): MadeRecord {
  if (one.event !== 'rmap_del') return one;
  const { cpus: _, ...fields } = one.fields;
  return { ...one, fields };
}

export function inStepsOf(ns: number, records: Records): MadeRecord[] {
  return records.map((one) => ({ ...one, time: Math.floor(one.time / ns) * ns }));
}

/**
 * One to three things left out, by `pick`, which gives a number below its argument. Losses come last: the
 * record that tells of them is never taken out. A probe is missing from start to end, as switching one off
 * while others go on shows in a recording (survey.ts).
 */
export function thin(records: Records, pick: (below: number) => number): Thinned {
  const events = [...new Set(records.map(({ event }) => event))];
  const part = (): number => pick(100) / 100;
  const names: string[] = [];
  let kept = [...records];
  let lose: Thinner = (all) => [...all];
  const apply = (name: string, thinner: Thinner): void => {
    names.push(name);
    kept = thinner(kept);
  };
  for (let left = 1 + pick(3); left > 0; left--) {
    const [cpu, at] = [pick(6), part()];
    switch (pick(7)) {
      case 0: {
        const ns = [100, 1e3, 1e4, 1e5][pick(4)] as number;
        apply(`in steps of ${ns} ns`, (all) => inStepsOf(ns, all));
        break;
      }
      case 1:
        apply(`from ${at} on`, (all) => all.slice(all.length * at * 0.8));
        break;
      case 2:
        apply(`CPU ${cpu} from ${at} on`, (all) =>
          all.filter((one, i) => one.cpu !== cpu || i > all.length * at),
        );
        break;
      case 3:
        apply(`CPU ${cpu} until ${at}`, (all) =>
          all.filter((one, i) => one.cpu !== cpu || i < all.length * at),
        );
        break;
      case 4:
        apply('no CPU masks', (all) => all.map(withoutMask));
        break;
      case 5: {
        const event = events[pick(events.length)];
        apply(`no ${event}`, (all) => all.filter((one) => one.event !== event));
        break;
      }
      default: {
        const every = 50 + pick(400);
        names.push(`losses each ${every}`);
        lose = (all) => withLosses(all, every);
      }
    }
  }
  return { what: names.join(', '), records: lose(kept) };
}
