import { immediate } from '../kernel/designs/immediate.ts';
import { lufV12, lufV12With } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import { filePage, kswapd, place, sleep, thread, wake } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const provenance = {
  source: 'found by reading LUF v12, patches 19 and 20, beside the model',
  where: 'mm/rmap.c, fold_luf_batch_mm(), fold_batch(), luf_flush_mm(), luf_flush_mapping()',
};

/** The debts of mms and files as they were posted. */
export const lufFlushRequired: Scenario = {
  id: 'LUF-v12-flush-required',
  title: 'the debt of an mm or a file is never paid, since nothing marks it as owed',
  provenance,
  says: 'fold_luf_batch_mm() adds the CPUs of an mm to the debt of the mm and of the file, and does not set flush_required there. luf_flush_mm() and luf_flush_mapping() take that debt by fold_batch(), which returns at once where flush_required is not set. A write(2) after a lazy unmap pays nothing.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('writer')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('writer', 2, (k) => [write(k, { slot: filePage(0) }), tell(k, k.thread('reader'))]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'as-posted',
      says: 'flush_required stays unset',
      design: {
        design: lufV12With({
          id: 'luf-v12-as-posted',
          says: 'LUF v12 to the letter: debts of mms and files are never marked as owed',
          forgetsFlushRequired: true,
        }),
      },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'fold_luf_batch_mm() sets it, as the text around it takes for granted',
      design: { design: lufV12 },
      expect: 'holds',
    },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};

/** The mask is compared before the generation goes up: a CPU that comes back in between is lost. */
export const lufFoldRace: Scenario = {
  id: 'LUF-v12-fold-race',
  title: 'a CPU that returns to an mm slips past the debts of the mm and the file',
  provenance,
  says: "Reclaim has decided to defer when the last CPU of the mm goes to sleep: fold_luf_batch_mm() sees nothing to add to the debt. Another CPU comes back, finds the generation unchanged, and keeps its entries. Only then does the generation go up. write(2) pays the file's debt, in which that CPU is not.",
  world: {
    cpus: 3,
    mms: 1,
    vas: 1,
    frames: 2,
    slots: 1,
    versions: 2,
    generations: 3,
    switching: { asids: 1 },
  },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, 0],
    running: [null, 'reader', 'writer'],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [
      ...sleep(k, cpu, 'deep'),
      wake(k, cpu, 0, 'reader'),
      hear(k, k.thread('writer')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('writer', 2, (k, cpu) => [
      ...sleep(k, cpu, 'deep'),
      // From here on it is a kernel thread that writes, as for a server of files.
      write(k, { slot: filePage(0) }),
      tell(k, k.thread('reader')),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v12',
      says: 'LUF v12: arch_tlbbatch_add_pending() is called for the debt only if CPUs are missing',
      design: { design: lufV12 },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'it is called always: the generation goes up before the mask is read',
      design: {
        design: lufV12With({
          id: 'luf-v12-folds-always',
          says: 'LUF v12 whose debts raise the generation before they read the mask',
          foldsAlways: true,
        }),
      },
      expect: 'holds',
    },
    {
      id: 'mainline',
      says: 'mainline that flushes its batch before a folio leaves the cache',
      design: { design: mainline, plus: ['__remove_mapping'] },
      expect: 'holds',
    },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};
