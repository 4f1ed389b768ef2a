// Who did what in a counterexample that ends in a wrong access: who cached the translation, who took
// it out of the page table, who owed the flush, what made the old translation harmful, who relied on
// it. Every party is an event (or a call) of the replayed steps.

import type { IdValue } from '../events/concrete.ts';
import type { FlushCall } from './flush-calls.ts';
import type { Bytes, Knowing, KnownMeaning, KnownVersion, Ledger } from './ledger.ts';
import { type LockRange, lockRanges } from './lock-ranges.ts';
import { isA, type Moment, type MomentOf } from './moments.ts';

export type Access = MomentOf<'tlb.use'>;
/** An access to a page of a file that goes through no translation. */
export type PageAccess = MomentOf<'file.read' | 'device.write'>;
export type AnyAccess = Access | PageAccess;

export interface Parties {
  readonly access: AnyAccess;
  /** The bytes that the access reached, before it. */
  readonly bytes: Bytes;
  /** When the CPU cached what the access used; undefined if it held it from the start. */
  readonly fill: MomentOf<'tlb.fill'> | undefined;
  /** When the page table last stopped agreeing with that entry. */
  readonly gone: MomentOf<'pte.clear' | 'pte.rights'> | undefined;
  /** Debts recorded from then on that cover the CPU. */
  readonly debts: readonly MomentOf<'debt.record'>[];
  /** Debts declared paid from then on, though the CPU had not been flushed. */
  readonly paid: readonly MomentOf<'debt.pay'>[];
  /** What made the old translation harmful. */
  readonly change: Moment | undefined;
  /** Where the thread of the change tells others that it is done: a return, else a message. */
  readonly promise: MomentOf<'call.return' | 'message.send'> | undefined;
  /** How the thread of the access could know better. */
  readonly knowing: Knowing | undefined;
  /** Flushing functions that ended between `gone` and the promise and left the CPU out. */
  readonly vain: readonly FlushCall[];
  /** Flushing functions still running at the promise. */
  readonly running: readonly FlushCall[];
  /** The thread of the change looked at the page table after `gone` and found nothing to change. */
  readonly foundEmpty: LockRange | undefined;
}

export interface Evidence {
  readonly moments: readonly Moment[];
  readonly ledger: Ledger;
  readonly calls: readonly FlushCall[];
  /** What truth reported. */
  readonly property: string;
  /** Version of the access's content that its thread knew. */
  readonly known: number | undefined;
}

export function partiesOf(access: AnyAccess, bytes: Bytes, evidence: Evidence): Parties {
  const { change, knowing } = reasonOf(access, bytes, evidence);
  const promise = promiseOf(evidence.moments, change, knowing?.since ?? access.at);
  const reason = { bytes, change, promise, knowing };
  if (isA(access, 'tlb.use')) return { ...reason, ...flushParties(access, reason, evidence) };
  const nobody = { debts: [], paid: [], vain: [], running: [], foundEmpty: undefined };
  return { ...reason, ...nobody, access, fill: undefined, gone: undefined };
}

/** Those who had to do with the translation that an access went through. */
function flushParties(
  access: Access,
  { change, promise }: Pick<Parties, 'change' | 'promise'>,
  { moments, calls }: Evidence,
): Omit<Parties, 'bytes' | 'change' | 'promise' | 'knowing'> {
  const { fill, gone } = entryOf(access, moments);
  const since = gone?.at ?? fill?.at ?? 0;
  const until = promise?.at ?? change?.at ?? access.at;
  const debts = moments.filter(
    (one): one is MomentOf<'debt.record'> =>
      isA(one, 'debt.record') &&
      one.at >= since &&
      one.cpus.includes(access.cpu) &&
      (one.mm === undefined || one.mm === access.mm),
  );
  const paid = moments.filter(
    (one): one is MomentOf<'debt.pay'> => isA(one, 'debt.pay') && one.at > since,
  );
  const late = calls.filter((call) => call.to > since && call.from < access.at);
  return {
    access,
    fill,
    gone,
    debts,
    paid,
    // One that came to the CPU was about another address.
    vain: late.filter(
      (call) =>
        call.ended && call.from > since && call.to <= until && !call.reached.includes(access.cpu),
    ),
    running: late.filter((call) => call.from <= until && (!call.ended || call.to > until)),
    foundEmpty: foundEmpty(moments, gone, change, until),
  };
}

/** Where the translation that an access used came from, and when the page table left it. */
export function entryOf(
  access: Access,
  moments: readonly Moment[],
): Pick<Parties, 'fill' | 'gone'> {
  const fill = moments.findLast(
    (one): one is MomentOf<'tlb.fill'> =>
      isA(one, 'tlb.fill') &&
      one.cpu === access.cpu &&
      samePlace(one, access) &&
      one.at <= access.at,
  );
  const gone = moments.findLast(
    (one): one is MomentOf<'pte.clear' | 'pte.rights'> =>
      (isA(one, 'pte.clear') || (isA(one, 'pte.rights') && !one.writable)) &&
      samePlace(one, access) &&
      one.frame === access.frame &&
      one.at > (fill?.at ?? 0) &&
      one.at < access.at,
  );
  return { fill, gone };
}

interface Reason {
  readonly change: Moment | undefined;
  readonly knowing: Knowing | undefined;
}

function reasonOf(access: AnyAccess, bytes: Bytes, evidence: Evidence): Reason {
  const { moments, ledger, property, known } = evidence;
  const { thread, frame } = access;
  if (property === 'leak') return { change: newOwner(moments, access), knowing: undefined };
  if (property === 'lost-write') {
    const loss = ledger.loss(frame);
    if (loss !== undefined) return { change: loss, knowing: undefined };
  }
  const version: KnownVersion | undefined =
    bytes.content === null ? undefined : ledger.version(thread, bytes.content);
  if (property === 'stale-read' && version !== undefined && (known ?? 0) > bytes.version) {
    return { change: version.source, knowing: version };
  }
  // Without an address there is nothing that it could mean.
  if (!isA(access, 'tlb.use')) return { change: undefined, knowing: undefined };
  // A page that stands for several addresses does not have what the thread stored at this one.
  const own = ledger.version(thread, ledger.privatePage(access.mm, access.va));
  if (property === 'stale-read' && own?.source !== undefined && isA(own.source, 'tlb.use')) {
    return { change: own.source, knowing: own };
  }
  const meaning: KnownMeaning | undefined = ledger.meaning(thread, access);
  return { change: meaning?.source, knowing: meaning };
}

/** The event that gave the frame to somebody else, or put other bytes into it. */
function newOwner(moments: readonly Moment[], access: AnyAccess): Moment | undefined {
  const taken = moments.findLast(
    (one) => isA(one, 'frame.alloc') && one.frame === access.frame && one.at < access.at,
  );
  return (
    taken ??
    moments.findLast(
      (one) =>
        (isA(one, 'frame.write', 'frame.fill', 'frame.copy') ||
          (isA(one, 'tlb.use') && one.store)) &&
        one.frame === access.frame &&
        one.at < access.at,
    )
  );
}

function promiseOf(
  moments: readonly Moment[],
  change: Moment | undefined,
  until: number,
): Parties['promise'] {
  // Who takes memory or gives it away promises nobody anything.
  if (change === undefined || change.event.startsWith('frame.alloc')) return undefined;
  const after = moments.filter(
    (one): one is MomentOf<'call.return' | 'message.send'> =>
      isA(one, 'call.return', 'message.send') &&
      one.by === change.by &&
      one.at >= change.at &&
      one.at <= until,
  );
  // A return counts if it is of the call that made the change: the first thing said afterwards.
  return after[0];
}

function foundEmpty(
  moments: readonly Moment[],
  gone: Moment | undefined,
  change: Moment | undefined,
  until: number,
): LockRange | undefined {
  if (gone === undefined || change === undefined || !isA(change, 'vma.change')) return undefined;
  return lockRanges(moments, 'ptl').find(
    (range) =>
      range.who === change.by &&
      range.from > gone.at &&
      range.to <= until &&
      !moments.some(
        (one) =>
          isA(one, 'pte.set', 'pte.clear', 'pte.rights', 'tlb.flush') &&
          one.at > gone.at &&
          one.at <= (isA(one, 'tlb.flush') && one.by === range.who ? until : range.to),
      ),
  );
}

function samePlace(
  a: { readonly mm: IdValue; readonly va: IdValue },
  b: { readonly mm: IdValue; readonly va: IdValue },
): boolean {
  return a.mm === b.mm && a.va === b.va;
}
