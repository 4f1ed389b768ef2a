// One event in as few words as a lane has room for.

import type { EventKind } from '../events/vocabulary.ts';
import type { Ledger, Note } from './ledger.ts';
import type { Moment, MomentOf } from './moments.ts';
import type { Names } from './names.ts';

type Phrase<K extends EventKind> = (
  e: MomentOf<K>,
  names: Names,
  note: Note,
  ledger: Ledger,
) => string | undefined;

/** Undefined: not told in a lane (locks are brackets, a use tells of its own fill). */
const phrases: { readonly [K in EventKind]: Phrase<K> } = {
  'pte.set': (e, n) => `set ${n.pte(e)} -> ${n.frame(e.frame)}${e.writable ? ', writable' : ''}`,
  'pte.clear': (e, n) => `clear ${n.pte(e)}`,
  'pte.rights': (e, n) => `${n.pte(e)} made ${e.writable ? 'writable' : 'read-only'}`,
  'tlb.fill': (e, n, { bytes }) =>
    `TLB: ${n.place(e)} -> ${n.frame(e.frame)}${e.writable ? ', writable' : ''}${inBrackets(bytes, n)}`,
  'tlb.use': (e, n, { bytes }) =>
    e.store
      ? `store ${n.place(e)} -> ${n.frame(e.frame)}${inBrackets(bytes, n)}`
      : `load ${n.place(e)} -> ${n.frame(e.frame)}${inBrackets(bytes, n)}`,
  'tlb.flush': (e, n) => {
    const what =
      e.mm === undefined
        ? ''
        : e.va === undefined
          ? ' (mm)'
          : ` (${n.place({ mm: e.mm, va: e.va })})`;
    return `flush ${n.cpus(e.cpus)}${what}`;
  },
  'table.walk': (e, n) => `walk page tables in ${n.frame(e.frame)}`,
  'tlb.flush.size': (e, n) => `flush ${n.cpus(e.cpus)} (${e.huge ? 'huge' : 'small'} entries only)`,
  'debt.record': (e, n) => (e.cpus.length === 0 ? undefined : `debt: ${n.cpus(e.cpus)}`),
  'debt.pay': (e) => `debt paid (${e.point})`,
  'frame.alloc': (e, n) => `take ${n.frame(e.frame)}`,
  'frame.free': (e, n) => `free ${n.frame(e.frame)}`,
  'frame.fill': (e, n, { bytes }) =>
    bytes?.content === null || bytes === undefined
      ? `zero ${n.frame(e.frame)}`
      : `read ${n.bytes(bytes)} into ${n.frame(e.frame)}`,
  'frame.write': (e, n, { bytes }) =>
    bytes?.content === null || bytes === undefined
      ? `overwrite ${n.frame(e.frame)}`
      : `write ${n.bytes(bytes)} to ${n.frame(e.frame)}`,
  'frame.copy': (e, n) => `copy ${n.frame(e.from)} to ${n.frame(e.frame)}`,
  'frame.adopt': (e, n) => `${n.frame(e.frame)} is ${n.place(e)}'s alone`,
  'frame.merge': (e, n) => `${n.place(e)}: ${n.frame(e.old)} equals ${n.frame(e.frame)}`,
  'swap.write': (e, n, { bytes }) => `write ${n.frame(e.frame)} to swap${inBrackets(bytes, n)}`,
  'swap.read': (e, n, { bytes }) => `read swap into ${n.frame(e.frame)}${inBrackets(bytes, n)}`,
  'slot.add': (e, n) => `${n.slot(e.slot)} -> ${n.frame(e.frame)}`,
  'slot.remove': (e, n) => `${n.slot(e.slot)} drops ${n.frame(e.frame)}`,
  'slot.replace': (e, n) => `${n.slot(e.slot)}: ${n.frame(e.old)} -> ${n.frame(e.frame)}`,
  'slot.change': (e, n, { bytes }) => `${n.content(e.slot)} changes${inBrackets(bytes, n)}`,
  'slot.promise': (e, n, { bytes }) => `${n.content(e.slot)} promised${inBrackets(bytes, n)}`,
  'file.read': (e, n, { bytes }) => `read() of ${n.frame(e.frame)}${inBrackets(bytes, n)}`,
  'device.write': (e, n, { bytes }) =>
    `device stores into ${n.frame(e.frame)}${inBrackets(bytes, n)}`,
  'slot.writeout': (e, n, { bytes }) => `write ${n.frame(e.frame)} out${inBrackets(bytes, n)}`,
  'vma.change': (e, n, { before }) => {
    if (e.content === null) return `${n.place(e)} unmapped`;
    if (before?.content === e.content && !e.fresh) {
      return `${n.place(e)} now ${e.writable ? 'writable' : 'read-only'}`;
    }
    return `${n.place(e)} now ${n.content(e.content)}`;
  },
  'vma.lazyfree': (e, n) => `${n.place(e)} may turn into zeroes`,
  'call.return': (e) => `${e.name}() returns`,
  'message.send': (e, n) => `tell ${n.thread(e.to)}`,
  'message.receive': (e, n, { news }, ledger) => {
    const told = [
      ...(news?.versions ?? []).map((bytes) => n.bytes(bytes)),
      ...(news?.meanings ?? []).map((one) => phrase(one, n, ledger)),
    ];
    return `told by ${n.thread(e.from)}${told.length === 0 ? '' : `: ${told.join(', ')}`}`;
  },
  'lock.take': () => undefined,
  'lock.release': () => undefined,
  'mm.load': (e) => (e.mm === undefined ? 'switch to no mm' : `switch to mm${e.mm}`),
  'mm.lazy': (e) => `keep mm${e.mm} lazily`,
  'mm.fork': (e) => `mm${e.to} is a copy of mm${e.from}`,
  'mm.exit': (e) => `mm${e.mm} exits`,
};

function inBrackets(bytes: Note['bytes'], names: Names): string {
  return bytes === undefined ? '' : ` (${names.bytes(bytes)})`;
}

export function phrase(moment: Moment, names: Names, ledger: Ledger): string | undefined {
  const say = phrases[moment.event] as Phrase<EventKind>;
  return say(moment, names, ledger.notes.get(moment) ?? {}, ledger);
}
