import { blkdev_flushbuf } from '../kernel/paths/block-device.ts';
import { device_store } from '../kernel/paths/gup.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load, store } from '../kernel/paths/user.ts';
import { reaches } from '../kernel/witness.ts';
import { withLufToo } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

const at = place(0, 0);
const slot = filePage(0);

export const evictedInUse: Scenario = {
  id: 'evicted-in-use',
  title: 'the cache of a block device is dropped while a program and a device use a page of it',
  provenance: {
    source: 'mapping_evict_folio: a page that is dirty, mapped or referred to stays',
    where: 'mm/truncate.c, 6.12; found by hand: each of the three left out went unseen',
  },
  says: 'A program stores to a page of a block device that it has mapped, lets its entry go, and looks again; a driver has the page pinned and stores into it. Meanwhile BLKFLSBUF drops what is cached and not in use: nobody may lose what was stored.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0],
  },
  threads: [
    thread('flusher', 0, (k) => [blkdev_flushbuf(k, { slot })]),
    thread('driver', 0, (k) => [device_store(k, { ...at, slot }), tell(k, k.thread('user'))]),
    thread('user', 1, (k, cpu) => [
      madvise_dontneed(k, at),
      store(k, { cpu, ...at }),
      madvise_dontneed(k, at),
      hear(k, k.thread('driver')),
      load(k, { cpu, ...at }),
    ]),
  ],
  reaches: [
    reaches('device.write', 'a device stores into a page of the cache that is not mapped', (e, k) =>
      k.pte(at.mm, at.va).frame.isnt(e.frame).and(k.cache(slot).is(e.frame)),
    ),
    reaches('slot.remove', 'a page that nobody uses is dropped'),
  ],
  variants: withLufToo,
};
