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
  /** Another address space's entry, which the CPU took for this one's. */
  readonly borrowed: MomentOf<'tlb.fill'> | undefined;
  /** Debts recorded from then on that cover the CPU. */
  readonly debts: readonly MomentOf<'debt.record'>[];
  /** Debts declared paid from then on, though the CPU had not been flushed. */
  readonly paid: readonly MomentOf<'debt.pay'>[];
  /** What made the old translation harmful. */
  readonly change: Moment | undefined;
  /** Where the thread of the change tells others that it is done: a return, else a message. */
  readonly promise: MomentOf<'call.return' | 'message.send'> | undefined;
  /** What made it harmful is a store that went through a stale entry itself. */
  readonly strayed: boolean;
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
  const promise = promiseOf(evidence.moments, { change, knowing }, knowing?.since ?? access.at);
  const strayed =
    change !== undefined &&
    isA(change, 'tlb.use') &&
    entryOf(change, evidence.moments).gone !== undefined;
  const reason = { bytes, change, promise, knowing, strayed };
  if (isA(access, 'tlb.use')) return { ...reason, ...flushParties(access, reason, evidence) };
  const nobody = { debts: [], paid: [], vain: [], running: [], foundEmpty: undefined };
  return { ...reason, ...nobody, access, fill: undefined, gone: undefined, borrowed: undefined };
}

/** Those who had to do with the translation that an access went through. */
function flushParties(
  access: Access,
  { change, promise }: Pick<Parties, 'change' | 'promise'>,
  { moments, calls }: Evidence,
): Omit<Parties, 'bytes' | 'change' | 'promise' | 'knowing' | 'strayed'> {
  const { fill, gone, borrowed } = entryOf(access, moments);
  const since = staleSince({ fill, gone, borrowed });
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
    borrowed,
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
): Pick<Parties, 'fill' | 'gone' | 'borrowed'> {
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
  const borrowed = moments.findLast(
    (one): one is MomentOf<'tlb.fill'> =>
      isA(one, 'tlb.fill') &&
      one.cpu === access.cpu &&
      one.mm !== access.mm &&
      one.va === access.va &&
      one.frame === access.frame &&
      one.at < access.at,
  );
  return {
    fill,
    gone: gone ?? goneBefore(fill, access, moments),
    borrowed: fill === undefined ? borrowed : undefined,
  };
}

/** From when on an entry was stale, and a flush would have taken it away. */
export function staleSince({
  fill,
  gone,
  borrowed,
}: Pick<Parties, 'fill' | 'gone' | 'borrowed'>): number {
  return Math.max(gone?.at ?? 0, (fill ?? borrowed)?.at ?? 0);
}

/** When the page table had left an entry that a CPU cached all the same: it walked old tables. */
function goneBefore(
  fill: MomentOf<'tlb.fill'> | undefined,
  access: Access,
  moments: readonly Moment[],
): MomentOf<'pte.clear'> | undefined {
  if (fill === undefined || fill.at === access.at) return undefined;
  const last = moments.findLast(
    (one): one is MomentOf<'pte.set' | 'pte.clear'> =>
      isA(one, 'pte.set', 'pte.clear') && samePlace(one, fill) && one.at < fill.at,
  );
  return last !== undefined && isA(last, 'pte.clear') && last.frame === fill.frame
    ? last
    : undefined;
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
    const loss = ledger.loss(frame) ?? leftBehind(moments, access);
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

/**
 * What made a frame that is still somebody's no home of the address any more: its bytes were copied to
 * another one, or given up, and it has not come back since.
 */
function leftBehind(
  moments: readonly Moment[],
  access: AnyAccess,
): MomentOf<'frame.copy' | 'vma.lazyfree'> | undefined {
  if (!isA(access, 'tlb.use')) return undefined;
  const back = moments.findLast(
    (one) => isA(one, 'pte.set') && samePlace(one, access) && one.frame === access.frame,
  );
  return moments.findLast(
    (one): one is MomentOf<'frame.copy' | 'vma.lazyfree'> =>
      ((isA(one, 'frame.copy') && one.from === access.frame) ||
        (isA(one, 'vma.lazyfree') && samePlace(one, access))) &&
      one.at > (back?.at ?? 0) &&
      one.at < access.at,
  );
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
  { change, knowing }: Reason,
  until: number,
): Parties['promise'] {
  // Who takes memory or moves it promises nobody anything.
  if (change === undefined || isA(change, 'frame.alloc', 'frame.copy')) return undefined;
  // A return counts if it is of the call that made the change: the first thing said afterwards.
  const said = (by: string | undefined, since: number): Parties['promise'] =>
    moments.find(
      (one): one is MomentOf<'call.return' | 'message.send'> =>
        isA(one, 'call.return', 'message.send') &&
        one.by === by &&
        one.at >= since &&
        one.at <= until,
    );
  const own = said(change.by, change.at);
  if (own !== undefined || !isA(change, 'slot.change')) return own;
  // Elsewhere nobody can flush here, nor is anything said: what counts is who brought the news.
  const { from, learnt } = knowing ?? {};
  const told = moments.findLast(
    (one) => isA(one, 'message.send') && one.from === from && one.at <= until,
  );
  return told === undefined || learnt === undefined ? undefined : said(told.by, learnt);
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
