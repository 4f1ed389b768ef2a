import { immediate } from '../kernel/designs/immediate.ts';
import { lufV10 } from '../kernel/designs/luf-v10.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { strict } from '../kernel/designs/strict.ts';
import { alloc_atomic, page_reporting_cycle } from '../kernel/paths/free-frames.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup } from '../kernel/scenario.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { emptiedWhileHeld } from './witnesses.ts';

const both: Setup = {
  vmas: [
    { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
    { mm: 0, va: 1, file: 1, writable: false, shared: true, present: 'read-only' },
  ],
  cached: [0, 1],
  loaded: [null, 0, 0],
};
const packets = [
  thread('kswapd', 0, (k) => reclaim(k, 2)),
  thread('packet on CPU 1', 1, (k) => [alloc_atomic(k, {})]),
  thread('packet on CPU 2', 2, (k) => [alloc_atomic(k, {})]),
];
const oneReader = {
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' as const }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
    thread('packet', 2, (k) => [alloc_atomic(k, {})]),
  ],
};

export const atomicAlloc: Scenario = {
  id: 'LUF-atomic',
  title: 'interrupt handlers that take lazily unmapped frames wait for each other',
  provenance: {
    source: 'LUF v9 to v11 flush in prep_new_page(), whatever the context; v12 patches 10 and 22',
    where:
      'linux-mm, [PATCH v10 07/12], [RFC PATCH v12 10/26]; smp_call_function_many() warns of it',
  },
  says: 'Two file pages of one process are reclaimed lazily. On the two CPUs that ran it, interrupt handlers take the frames, with interrupts off. Each must flush, or wait for, the other CPU, which does not answer.',
  world: { cpus: 3, mms: 1, vas: 2, frames: 2, slots: 2, keys: 2 },
  setup: both,
  threads: packets,
  reaches: [emptiedWhileHeld],
  variants: [
    {
      id: 'v11',
      says: 'LUF v11 as posted: it flushes in the handler',
      design: { design: lufV11 },
      expect: 'deadlock',
    },
    {
      id: 'v10',
      says: 'LUF v10 as posted: the same',
      design: { design: lufV10 },
      expect: 'deadlock',
    },
    {
      id: 'v12',
      says: 'LUF v12 as posted: a handler takes only what owes nothing, or nothing',
      design: { design: lufV12 },
      expect: 'holds',
    },
    {
      id: 'v12-claimed',
      says: 'a handler beside a task that has claimed what both frames owe, and is still flushing; LUF v12',
      design: { design: lufV12 },
      world: { cpus: 2, mms: 1, vas: 2, frames: 2, slots: 2 },
      setup: { ...both, loaded: [null, 0] },
      threads: [
        thread('kernel', 0, (k) => [
          ...reclaim(k, 2),
          tell(k, k.thread('packet')),
          page_reporting_cycle(k, {}),
        ]),
        thread('packet', 1, (k) => [
          hear(k, k.thread('kernel')),
          alloc_atomic(k, {}),
          tell(k, k.thread('reader')),
        ]),
        thread('reader', 1, (k, cpu) => [
          hear(k, k.thread('packet')),
          load(k, { cpu, ...place(0, 0) }),
        ]),
      ],
      expect: 'holds',
    },
    {
      id: 'v12-reader',
      says: 'one handler, and a reader of the page',
      design: { design: lufV12 },
      ...oneReader,
      expect: 'holds',
    },
    {
      id: 'v11-reader',
      says: 'one handler, and a reader of the page, LUF v11: it flushes, and the reader answers',
      design: { design: lufV11 },
      ...oneReader,
      expect: 'holds',
    },
    {
      id: 'strict',
      says: 'the strict reference, whose handlers take only what owes nothing',
      design: { design: strict },
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
