import { immediate } from '../kernel/designs/immediate.ts';
import { lufV10 } from '../kernel/designs/luf-v10.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { free_pcppages_bulk, new_slab_interrupted } from '../kernel/paths/free-frames.ts';
import { load } from '../kernel/paths/user.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const interruptedAlloc: Scenario = {
  id: 'LUF-interrupt',
  title: 'an interrupt that frees pages takes away the tag of the page being allocated',
  provenance: {
    source: 'found with this model; hand_over_task_ugen() and prep_new_page() of LUF v10 and v11',
    where: 'linux-mm, [PATCH v10 07/12]: mm/internal.h, mm/page_alloc.c',
  },
  says: 'A task takes a lazily unmapped frame off the free lists and notes its tag in task_struct. Before it looks at the note an interrupt frees pages into the buddy lists, on behalf of the same task_struct: the note goes to one of those. The task uses the frame unflushed, and a reader of the mapping looks.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 3, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
    thread('slab', 2, (k) => [new_slab_interrupted(k, { interrupt: [free_pcppages_bulk(k, {})] })]),
  ],
  reaches: [usedAfterwards],
  variants: [
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'leak' },
    { id: 'v10', says: 'LUF v10 as posted', design: { design: lufV10 }, expect: 'leak' },
    {
      id: 'repaired',
      says: "LUF v11 whose interrupts leave the interrupted task's tag alone",
      design: { design: lufV11, plus: ['interrupt_context'] },
      expect: 'holds',
    },
    {
      id: 'v12',
      says: 'LUF v12 as posted: only the task that opened a bracket closes it',
      design: { design: lufV12 },
      expect: 'holds',
    },
    { id: 'mainline', says: 'no LUF at all', design: { design: mainline }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
