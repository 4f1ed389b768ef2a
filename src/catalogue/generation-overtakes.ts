import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { page_reporting_cycle } from '../kernel/paths/free-frames.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup } from '../kernel/scenario.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const page = (mm: number, va: number, file: number): Setup['vmas'][number] => ({
  ...{ mm, va, file, writable: false, shared: true },
  present: 'read-only',
});

/** The generations of LUF v12's zones are done in the order in which they were opened. */
export const generationOvertakes: Scenario = {
  id: 'generation-overtakes',
  title: 'a newer generation of debts is paid before an older one',
  provenance: {
    source: 'luf_takeoff_end: "zone->zone_ugen_done should be updated sequentially"',
    where:
      'mm/page_alloc.c, LUF v12 patch 21; found by hand: a claim that waits for nobody went unseen',
  },
  says: 'Reclaim takes two pages of a process lazily. One of the frames is taken to be reported to the host: whoever takes it claims their generation, and flushes. Somebody else reclaims a page of another process, and takes that frame; then the second one of the older generation, whose flush is still under way.',
  world: { cpus: 3, mms: 2, vas: 2, frames: 3, slots: 3, keys: 2, versions: 1, generations: 3 },
  setup: {
    vmas: [page(0, 0, 0), page(0, 1, 1), page(1, 0, 2)],
    cached: [0, 1, 2],
    loaded: [null, 0, 1],
  },
  threads: [
    thread('first', 0, (k) => [
      ...reclaim(k, 2),
      tell(k, k.thread('second')),
      page_reporting_cycle(k, {}),
    ]),
    thread('second', 0, (k) => [
      hear(k, k.thread('first')),
      ...reclaim(k),
      new_slab(k, {}),
      new_slab(k, {}),
      tell(k, k.thread('reader')),
    ]),
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('second')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [{ id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' }],
};
