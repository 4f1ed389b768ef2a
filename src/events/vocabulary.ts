// The one vocabulary that a model, a lab kernel and a recorded trace all speak, and that rules
// listen to. Names and meanings here; how each world comes by them is its own affair.

import {
  type BoolSort,
  bool,
  type IdSort,
  type IntSort,
  id,
  int,
  type MaybeSort,
  maybe,
  type SetSort,
  setOf,
} from '../lang/sorts.ts';

/** A name that is fixed by the text or the trace: of a lock, a system call, a flush point. */
export type TextSort = 'text';
export const text: TextSort = 'text';

export type FieldSort = BoolSort | IntSort | IdSort | MaybeSort | SetSort | TextSort;
/** A field that may be left out; the meaning of its absence is in the event's text. */
export interface Optional<S extends FieldSort> {
  readonly optional: S;
}
function optional<S extends FieldSort>(sort: S): Optional<S> {
  return { optional: sort };
}

export interface EventText {
  readonly means: string;
  readonly fields: Readonly<Record<string, FieldSort | Optional<FieldSort>>>;
}

const mm: IdSort<'mm'> = id('mm');
const va: IdSort<'va'> = id('va');
const cpu: IdSort<'cpu'> = id('cpu');
const cpus: SetSort<'cpu'> = setOf('cpu');
const frame: IdSort<'frame'> = id('frame');
const slot: IdSort<'slot'> = id('slot');
const swap: IdSort<'swap'> = id('swap');
const content: MaybeSort<'content'> = maybe('content');
const thread: IdSort<'thread'> = id('thread');
const count: IntSort = int(2 ** 40);

export const vocabulary = {
  'pte.set': {
    means:
      'A page-table entry names a frame that it did not name before. A huge entry is one for each of its addresses.',
    fields: { mm, va, frame, writable: bool },
  },
  'pte.clear': {
    means:
      'A page-table entry is emptied, or hidden from hardware with the table it is in. `cpus`: those that may hold a translation made from it.',
    fields: { mm, va, frame, writable: bool, cpus },
  },
  'pte.rights': {
    means: 'A present entry keeps its frame and changes its rights; `writable` is the new right.',
    fields: { mm, va, frame, writable: bool, cpus },
  },
  'tlb.fill': {
    means: 'A CPU caches a translation.',
    fields: { cpu, mm, va, frame, writable: bool },
  },
  'tlb.use': {
    means: 'A user load (or store) goes through a translation and reaches a frame.',
    fields: { cpu, mm, va, frame, store: bool, thread },
  },
  'tlb.flush': {
    means:
      'These CPUs no longer hold translations made before: of `mm`, or of all where it is left out; of `pages` pages (one if left out) from `va`, or of every address where `va` is left out. Nor do they know any longer where page tables are, except with `leaves`.',
    fields: {
      cpus,
      mm: optional(mm),
      va: optional(va),
      pages: optional(count),
      leaves: optional(bool),
    },
  },
  'tlb.flush.size': {
    means:
      'These CPUs no longer hold translations of `mm` of one page size: of huge pages, or of small ones. Those of the other size they may keep; where they hold none, a `tlb.flush` says so.',
    fields: { cpus, mm, huge: bool },
  },
  'debt.record': {
    means: 'The kernel notes that these CPUs are owed a flush.',
    fields: { cpus, mm: optional(mm) },
  },
  'debt.pay': {
    means: 'A flush point has paid what was owed when it began.',
    fields: { point: text },
  },
  'table.walk': {
    means:
      'A CPU walks through the page that it takes for a page table of an mm, maybe speculatively.',
    fields: { cpu, mm, frame },
  },
  'frame.alloc': { means: 'The allocator hands a frame out.', fields: { frame } },
  'frame.free': { means: 'A frame goes back to the allocator.', fields: { frame } },
  'frame.fill': {
    means: 'The stored bytes of a content are read into a frame.',
    fields: { frame, content },
  },
  'frame.write': {
    means:
      'The kernel stores into a frame: a new version of a content, or bytes of no content of ours (a new owner, zeroes, poison).',
    fields: { frame, content, thread },
  },
  'frame.copy': {
    means:
      'The bytes of one frame are copied to another, which now holds `content`; none: whatever the first one held.',
    fields: { from: frame, frame, content },
  },
  'frame.adopt': {
    means:
      'A frame that several addresses shared since a fork becomes the private page of this one alone.',
    fields: { mm, va, frame },
  },
  'frame.merge': {
    means:
      'Two frames were found equal, and from now on an address may show either: its own, or the shared one.',
    fields: { mm, va, old: frame, frame },
  },
  'swap.write': {
    means: 'The bytes of a frame become those of a swap slot.',
    fields: { swap, frame },
  },
  'swap.read': {
    means: 'The bytes of a swap slot are read into a frame.',
    fields: { swap, frame },
  },
  'slot.add': { means: 'A page-cache slot gets a frame.', fields: { slot, frame } },
  'slot.remove': { means: 'A page-cache slot gives up its frame.', fields: { slot, frame } },
  'slot.replace': {
    means: 'A page-cache slot changes from one frame to another.',
    fields: { slot, old: frame, frame },
  },
  'slot.change': {
    means:
      'The content behind a slot changes with no local write: server, device, another node; or a truncation or a hole takes it away.',
    fields: { slot, thread },
  },
  'slot.promise': {
    means:
      'A system call promises its caller what is behind a slot at this moment: a lock of a network file is granted.',
    fields: { slot, thread },
  },
  'slot.writeout': {
    means: 'The bytes of the frame become the stored bytes of its slot.',
    fields: { slot, frame },
  },
  'file.read': {
    means: "A system call copies the bytes of a slot's frame to its caller, who knows them then.",
    fields: { slot, frame, thread },
  },
  'device.write': {
    means:
      'A device stores into a frame that it was given as the home of a content; `thread` started it.',
    fields: { content, frame, thread },
  },
  'vma.change': {
    means:
      'What an address means changes: `content` behind it (none: nothing mapped), whether stores are allowed, whether they are shared, whether its bytes start anew. `thread` asked for it. With `rights`, only what is allowed changes: whatever was behind the address stays.',
    fields: {
      mm,
      va,
      content,
      writable: bool,
      shared: bool,
      fresh: bool,
      thread,
      rights: optional(bool),
    },
  },
  'vma.lazyfree': {
    means:
      'Private memory at an address may turn into zeroes at any time, until it is stored to again; `frame` holds it, if one does. `thread` asked for it.',
    fields: { mm, va, frame: optional(frame), thread },
  },
  'call.return': {
    means: 'A system call returns: its caller may rely on the new state.',
    fields: { name: text, thread },
  },
  'message.send': {
    means: 'A thread tells another one what it has done so far.',
    fields: { from: thread, to: thread },
  },
  'message.receive': {
    means: 'A thread has been told, and knows what the sender knew.',
    fields: { from: thread, to: thread },
  },
  'lock.take': { means: 'A lock is taken.', fields: { lock: text, thread } },
  'lock.release': { means: 'A lock is released.', fields: { lock: text, thread } },
  'mm.load': {
    means: 'A CPU switches to an address space; it cannot use another one until it switches back.',
    fields: { cpu, mm: optional(mm) },
  },
  'mm.lazy': {
    means: 'A CPU keeps an address space loaded while no user code runs on it.',
    fields: { cpu, mm },
  },
  'mm.fork': {
    means:
      'The copy of an address space is complete: later stores to private memory on one side do not show on the other.',
    fields: { from: mm, to: mm, thread },
  },
  'mm.exit': { means: 'An address space ends.', fields: { mm } },
} as const satisfies Record<string, EventText>;

export type Vocabulary = typeof vocabulary;
export type EventKind = keyof Vocabulary;

export function isEventKind(name: string): name is EventKind {
  return Object.hasOwn(vocabulary, name);
}
