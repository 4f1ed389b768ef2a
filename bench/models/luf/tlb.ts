// The TLBs, in two forms. Explicit: one entry for each CPU and page, filled and dropped at any time,
// each a step of the hardware. May-hold: the set of frames that an entry could hold, which grows
// when a frame is mapped and shrinks only by flushes; loads are judged where contents change.

import { Declarations } from '../../../src/lang/declare.ts';
import { type Bool, boundId, exists, type Id } from '../../../src/lang/expr.ts';
import type { Ambient } from '../../../src/lang/machine.ts';
import type { Bound, Stmt } from '../../../src/lang/nodes.ts';
import type { Observer } from '../../../src/lang/observer.ts';
import { each, flatStmts, type Stmts, when } from '../../../src/lang/program.ts';
import { maybe, setOf } from '../../../src/lang/sorts.ts';
import { isWrong, type LufState, writeContent } from './state.ts';

export interface Tlb {
  /** The CPU forgets its entries to a frame. */
  readonly drop: (cpu: Id<'cpu'>, frame: Id<'frame'>) => Stmts;
  /** A page was mapped: what the hardware may do with it from now on. */
  readonly mapped: (va: Id<'va'>, frame: Id<'frame'>) => Stmts;
  /** The slot's content was read into the frame. */
  readonly filled: (slot: Id<'slot'>, frame: Id<'frame'>) => Stmts;
  /** The slot has a new version, and only this frame has it. */
  readonly written: (slot: Id<'slot'>, frame: Id<'frame'>) => Stmts;
  readonly hardware: readonly Ambient[];
}

/** Names of what can go wrong. */
export const lufNames: Observer = {
  id: 'luf',
  reports: ['stale-read', 'lost-write'],
  declarations: new Declarations(),
  hears: {},
  init: [],
};
function report(id: 'stale-read' | 'lost-write', wrong: Bool): Stmt {
  return when(wrong, [{ op: 'report', id, parties: {} }]);
}

function bound<N extends string>(of: N): Bound & { of: N } {
  return { name: of, of };
}
const [aCpu, aVa, aFrame] = [bound('cpu'), bound('va'), bound('frame')] as const;
const cpu = boundId(aCpu);
const va = boundId(aVa);
const frame = boundId(aFrame);

function ambient(label: string, params: readonly Bound[], cond: Bool, ...body: Stmts): Ambient {
  return { label, params, when: cond.node, body: flatStmts(body) };
}

/** A store through an entry: it must hit the frame that the page cache has. */
function store(k: LufState, to: Id<'frame'>): Stmts {
  const slot = k.backs(va);
  return [report('lost-write', k.slotFrame(slot).isnt(to)), writeContent(k, slot, to)];
}

export function explicitTlb(d: Declarations, k: LufState): Tlb {
  const tlb = d.column('tlb', ['cpu', 'va'], maybe('frame'));
  const entry = tlb(cpu, va);
  const both = [aCpu, aVa];
  return {
    drop: (on, frame) => [
      each('va', (one) => [when(tlb(on, one).is(frame), [tlb(on, one).clear()])]),
    ],
    mapped: () => [],
    filled: () => [],
    written: () => [],
    hardware: [
      ambient('fill', both, k.pte(va).isSome().and(entry.isNone()), entry.set(k.pte(va))),
      ambient('drop', both, entry.isSome(), entry.clear()),
      ambient('load', both, entry.isSome(), report('stale-read', isWrong(k, va, entry.the()))),
      ambient('store', both, k.writable(va).and(entry.isSome()), store(k, entry.the())),
    ],
  };
}

export function mayHoldTlb(d: Declarations, k: LufState): Tlb {
  const tlb = d.column('tlb', ['cpu', 'va'], setOf('frame'));
  const anywhere = (holds: (cpu: Id<'cpu'>, va: Id<'va'>) => Bool): Bool =>
    exists('cpu', (on) => exists('va', (at) => holds(on, at)));
  const written = (slot: Id<'slot'>, to: Id<'frame'>): Stmt =>
    report(
      'stale-read',
      anywhere((on, at) => k.backs(at).is(slot).and(tlb(on, at).without(to).isSome())),
    );
  return {
    // What is still mapped can be walked again at once.
    drop: (on, frame) => [
      each('va', (one) => [when(k.pte(one).isnt(frame), [tlb(on, one).remove(frame.only())])]),
    ],
    mapped: (at, frame) => [each('cpu', (one) => [tlb(one, at).add(frame.only())])],
    filled: (slot, frame) => [
      report(
        'stale-read',
        anywhere((on, at) => k.backs(at).isnt(slot).and(tlb(on, at).has(frame))),
      ),
    ],
    written: (slot, to) => [written(slot, to)],
    hardware: [
      ambient(
        'store',
        [aCpu, aVa, aFrame],
        k.writable(va).and(tlb(cpu, va).has(frame)),
        store(k, frame),
        written(k.backs(va), frame),
      ),
    ],
  };
}
