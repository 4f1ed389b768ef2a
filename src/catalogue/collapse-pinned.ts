import { mainline } from '../kernel/designs/mainline.ts';
import { device_store } from '../kernel/paths/gup.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { collapse_file } from '../kernel/paths/page-tables.ts';
import { load } from '../kernel/paths/user.ts';
import { reaches } from '../kernel/witness.ts';
import { immediateHolds } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

export const collapsePinned: Scenario = {
  id: 'collapse-pinned',
  title: 'khugepaged would move a page of a file that a device stores into',
  provenance: {
    source: 'collapse_file: a page that anybody else refers to stays where it is',
    where: 'mm/khugepaged.c, 6.12; found by hand: that look left out went unseen',
  },
  says: 'A driver has a page of a file pinned. khugepaged takes its entry away, and would copy it into a huge page: what the device stores afterwards would be in the page that nobody has mapped any more.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 3, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable and dirty' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    thread('khugepaged', 0, (k) => [
      collapse_file(k, { ...place(0, 0), slot: filePage(0), notifies: false }),
    ]),
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('driver')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('driver', 2, (k) => [
      device_store(k, { ...place(0, 0), slot: filePage(0) }),
      tell(k, k.thread('reader')),
    ]),
  ],
  reaches: [
    reaches('device.write', 'a device stores into a page that is not mapped', (e, k) =>
      k.pte(place(0, 0).mm, place(0, 0).va).frame.isnt(e.frame),
    ),
  ],
  variants: [
    { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    immediateHolds,
  ],
};
