import { gup_fast_device_store } from '../kernel/paths/gup-fast.ts';
import { ksm_merge } from '../kernel/paths/ksm.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load } from '../kernel/paths/user.ts';
import { reaches } from '../kernel/witness.ts';
import { asItIs } from './designs.ts';
import { hugeWorld, mm, smallPages } from './huge-pages.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

const [keep, merge] = [place(0, 0), place(0, 1)];

export const mergedWhilePinned: Scenario = {
  id: 'merged-while-pinned',
  title: 'KSM would merge a page that a device stores into',
  provenance: {
    source:
      'write_protect_page: "check that no O_DIRECT or similar I/O is in progress on the page"',
    where: 'mm/ksm.c, 6.12; found by hand: that look left out went unseen',
  },
  says: 'A driver pins a page of private memory, and its device stores into it. KSM finds the page equal to another one and would put that in its place: what the device stores would be in a page that nobody has mapped any more.',
  world: { ...hugeWorld, frames: 5 },
  setup: {
    vmas: smallPages('writable and dirty', 'writable and dirty'),
    cached: [],
    loaded: [null, 0],
    huge: { frames: [2, 3] },
  },
  threads: [
    thread('ksmd', 0, (k) => [ksm_merge(k, { mm, keep: keep.va, merge: merge.va })]),
    thread('driver', 0, (k) => [gup_fast_device_store(k, merge), tell(k, k.thread('user'))]),
    thread('user', 1, (k, cpu) => [hear(k, k.thread('driver')), load(k, { cpu, ...merge })]),
  ],
  reaches: [
    reaches('device.write', 'a device stores while KSM has the page in its hands', (e, k) =>
      k.folio(e.frame).lock.isSome(),
    ),
  ],
  variants: asItIs,
};
