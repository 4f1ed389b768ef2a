// The paths: reclaim unmaps without a flush where nothing could be written, and notes on the frame
// which CPUs still owe one; whoever takes the frame, or writes the file, pays.

import type { Id } from '../../../src/lang/expr.ts';
import { all, exists, me } from '../../../src/lang/expr.ts';
import {
  again,
  block,
  each,
  leave,
  loop,
  path,
  pickStep,
  step,
  waitStep,
  when,
} from '../../../src/lang/program.ts';
import { id, setOf } from '../../../src/lang/sorts.ts';
import { isCached, type LufState, writeContent } from './state.ts';
import type { Tlb } from './tlb.ts';

/** What the paths of one model share. `pays` is false in the broken variant. */
export interface LufKernel {
  readonly state: LufState;
  readonly tlb: Tlb;
  readonly pays: boolean;
}

const source = 'mm, simplified for the bench';
const leavesOut = 'all but the order of unmapping, flushing and reuse';

const reclaimLocals = { frame: id('frame'), urgent: setOf('cpu') };
export const shrinkFolioList = path<LufKernel, object, typeof reclaimLocals>(
  {
    name: 'shrink_folio_list',
    source,
    leavesOut,
    reads: ['vm_write'],
    writes: ['pte', 'ptl', 'tlb', 'pending', 'slot_frame', 'folio_lock', 'free'],
    locals: reclaimLocals,
  },
  ({ state: k, tlb }, _, l) => [
    pickStep('folio_trylock', {
      pick: ['frame'],
      when: ({ frame }) => isCached(k, frame).and(k.folioLock(frame).isNone()),
      does: ({ frame }) => [k.folioLock(frame).set(me), l.frame.set(frame)],
    }),
    waitStep('pte_offset_map_lock', k.ptl.isNone(), k.ptl.set(me)),
    loop(
      'rmap_walk',
      pickStep('ptep_get_and_clear', {
        pick: ['va'],
        among: ({ va }) => k.pte(va).is(l.frame),
        does: ({ va }) => [
          k.pte(va).clear(),
          when(k.writable(va), [l.urgent.set(all('cpu'))], [k.pending(l.frame).set(all('cpu'))]),
        ],
        otherwise: [k.ptl.clear(), leave('rmap_walk')],
      }),
    ),
    loop(
      'flush',
      pickStep('try_to_unmap_flush', {
        pick: ['cpu'],
        among: ({ cpu }) => l.urgent.has(cpu),
        does: ({ cpu }) => [tlb.drop(cpu, l.frame), l.urgent.remove(cpu.only())],
        otherwise: [leave('flush')],
      }),
    ),
    step(
      '__remove_mapping',
      each('slot', (slot) => [when(k.slotFrame(slot).is(l.frame), [k.slotFrame(slot).clear()])]),
    ),
    step('free_unref_folio', k.folioLock(l.frame).clear(), k.free(l.frame).set(true)),
  ],
);

const faultLocals = { va: id('va'), frame: id('frame') };
export const handleMmFault = path<LufKernel, object, typeof faultLocals>(
  {
    name: 'handle_mm_fault',
    source,
    leavesOut,
    reads: ['backs', 'version'],
    writes: ['pte', 'ptl', 'tlb', 'pending', 'slot_frame', 'folio_lock', 'free', 'content'],
    locals: faultLocals,
  },
  ({ state: k, tlb, pays }, _, l) => {
    const slot: Id<'slot'> = k.backs(l.va);
    const lock = k.folioLock(l.frame);
    return [
      pickStep('handle_mm_fault', {
        pick: ['va'],
        when: ({ va }) => k.pte(va).isNone(),
        does: ({ va }) => [l.va.set(va)],
      }),
      loop(
        'retry',
        block(
          'cached',
          step(
            'filemap_get_folio',
            when(k.slotFrame(slot).isSome(), [
              l.frame.set(k.slotFrame(slot).the()),
              leave('cached'),
            ]),
          ),
          pickStep('rmqueue', {
            pick: ['frame'],
            when: ({ frame }) => k.free(frame),
            does: ({ frame }) => [
              k.free(frame).set(false),
              k.folioLock(frame).set(me),
              l.frame.set(frame),
            ],
          }),
          loop(
            'pay',
            pickStep('prep_new_page', {
              pick: ['cpu'],
              among: ({ cpu }) => k.pending(l.frame).has(cpu),
              does: ({ cpu }) => [
                pays ? tlb.drop(cpu, l.frame) : [],
                k.pending(l.frame).remove(cpu.only()),
              ],
              otherwise: [leave('pay')],
            }),
          ),
          step(
            'filemap_add_folio',
            when(k.slotFrame(slot).isSome(), [
              k.free(l.frame).set(true),
              lock.clear(),
              again('retry'),
            ]),
            k.slotFrame(slot).set(l.frame),
            k.content(l.frame).of.set(slot),
            k.content(l.frame).version.set(k.version(slot)),
            tlb.filled(slot, l.frame),
            leave('retry'),
          ),
        ),
        waitStep(
          'folio_lock',
          lock.isNone(),
          when(k.slotFrame(slot).isnt(l.frame), [again('retry')]),
          lock.set(me),
          leave('retry'),
        ),
      ),
      waitStep('pte_offset_map_lock', k.ptl.isNone(), k.ptl.set(me)),
      step(
        'set_pte_at',
        when(k.pte(l.va).isNone(), [k.pte(l.va).set(l.frame), tlb.mapped(l.va, l.frame)]),
      ),
      step('pte_unmap_unlock', k.ptl.clear()),
      step('folio_unlock', lock.clear()),
    ];
  },
);

const writeLocals = { slot: id('slot'), frame: id('frame') };
export const genericPerformWrite = path<LufKernel, object, typeof writeLocals>(
  {
    name: 'generic_perform_write',
    source,
    leavesOut,
    reads: ['slot_frame', 'backs', 'pte'],
    writes: ['tlb', 'pending', 'folio_lock', 'content', 'version'],
    locals: writeLocals,
  },
  ({ state: k, tlb, pays }, _, l) => [
    pickStep('filemap_lock_folio', {
      pick: ['slot', 'frame'],
      when: ({ slot, frame }) => k.slotFrame(slot).is(frame).and(k.folioLock(frame).isNone()),
      does: ({ slot, frame }) => [k.folioLock(frame).set(me), l.slot.set(slot), l.frame.set(frame)],
    }),
    loop(
      'pay',
      pickStep('luf_flush', {
        pick: ['cpu'],
        among: ({ cpu }) => exists('frame', (frame) => k.pending(frame).has(cpu)),
        does: ({ cpu }) => [
          each('frame', (frame) => [
            when(k.pending(frame).has(cpu), [
              pays ? tlb.drop(cpu, frame) : [],
              k.pending(frame).remove(cpu.only()),
            ]),
          ]),
        ],
        otherwise: [leave('pay')],
      }),
    ),
    step('copy_from_iter', writeContent(k, l.slot, l.frame), tlb.written(l.slot, l.frame)),
    step('folio_unlock', k.folioLock(l.frame).clear()),
  ],
);
