// A small memory manager with lazily flushed unmappings: one address space on a few CPUs, pages
// backed by slots of a file, and frames that carry the flush they still owe when they are freed.

import type { Declarations } from '../../../src/lang/declare.ts';
import {
  type Bool,
  exists,
  type Id,
  type IdRef,
  type IntRef,
  type MaybeRef,
  type RefOf,
  type SetRef,
} from '../../../src/lang/expr.ts';
import type { Stmt } from '../../../src/lang/nodes.ts';
import { when } from '../../../src/lang/program.ts';
import { bool, id, int, maybe, setOf } from '../../../src/lang/sorts.ts';

/** Contents have versions modulo this: enough to tell the newest from the one before. */
const VERSIONS = 2;

export interface LufState {
  /** The slot of the file that a page shows, and whether it may be written; both never change. */
  readonly backs: (va: Id<'va'>) => IdRef<'slot'>;
  readonly writable: (va: Id<'va'>) => RefOf<typeof bool>;
  readonly pte: (va: Id<'va'>) => MaybeRef<'frame'>;
  readonly ptl: MaybeRef<'thread'>;
  /** The page cache. */
  readonly slotFrame: (slot: Id<'slot'>) => MaybeRef<'frame'>;
  readonly folioLock: (frame: Id<'frame'>) => MaybeRef<'thread'>;
  readonly free: (frame: Id<'frame'>) => RefOf<typeof bool>;
  /** CPUs that may hold a translation to the frame from before it was unmapped. */
  readonly pending: (frame: Id<'frame'>) => SetRef<'cpu'>;
  /** What a frame's bytes are. */
  readonly content: (frame: Id<'frame'>) => { of: MaybeRef<'slot'>; version: IntRef };
  /** The newest version of a slot's content. */
  readonly version: (slot: Id<'slot'>) => IntRef;
}

export function declareLuf(d: Declarations): LufState {
  return {
    backs: d.column('backs', ['va'], id('slot')),
    writable: d.column('vm_write', ['va'], bool),
    pte: d.column('pte', ['va'], maybe('frame')),
    ptl: d.scalar('ptl', maybe('thread')),
    slotFrame: d.column('slot_frame', ['slot'], maybe('frame')),
    folioLock: d.column('folio_lock', ['frame'], maybe('thread')),
    free: d.column('free', ['frame'], bool),
    pending: d.column('pending', ['frame'], setOf('cpu')),
    content: d.table('content', ['frame'], { of: maybe('slot'), version: int(VERSIONS - 1) }),
    version: d.column('version', ['slot'], int(VERSIONS - 1)),
  };
}

/** A slot gets a new version, written into the frame. */
export function writeContent(k: LufState, slot: Id<'slot'>, frame: Id<'frame'>): Stmt[] {
  const version = k.version(slot);
  return [
    when(version.is(VERSIONS - 1), [version.set(0)], [version.set(version.plus(1))]),
    k.content(frame).version.set(version),
  ];
}

/** Whether a load at the page that hits the frame returns other than the newest bytes. */
export function isWrong(k: LufState, va: Id<'va'>, frame: Id<'frame'>): Bool {
  const { of, version } = k.content(frame);
  const slot = k.backs(va);
  return of.isnt(slot).or(version.is(k.version(slot)).not());
}

export function isCached(k: LufState, frame: Id<'frame'>): Bool {
  return exists('slot', (slot) => k.slotFrame(slot).is(frame));
}
