// Which claims explain a wrong access, in the order in which a reader needs them: why the old
// translation was still there, why nobody had flushed it, why the access was wrong.

import type { Claim, Deadline } from './claims.ts';
import { isA, type Moment, type MomentOf, placeOf } from './moments.ts';
import {
  type Access,
  type AnyAccess,
  type Evidence,
  entryOf,
  type PageAccess,
  type Parties,
  staleSince,
} from './parties.ts';

export function why(parties: Parties, evidence: Evidence): readonly Claim[] {
  const { access, fill } = parties;
  const wrong = wrongness(parties, evidence);
  if (!isA(access, 'tlb.use')) return [...whyThatPage(access, parties, evidence), ...wrong];
  if (fill?.at !== access.at) {
    return [
      staleEntry(access, parties, evidence),
      ...unflushed(access, parties, evidence),
      ...wrong,
    ];
  }
  // The page table was right: then bytes went astray before, perhaps through a stale entry.
  const lost = lostVersion(parties, evidence);
  const source = lost?.source ?? strayStore(parties, evidence);
  const entry =
    source !== undefined && isA(source, 'tlb.use') ? entryOf(source, evidence.moments) : undefined;
  const stale =
    source !== undefined && isA(source, 'tlb.use') && entry?.gone !== undefined
      ? [staleEntry(source, entry, evidence)]
      : [];
  const carried = lost ?? notCarried(parties, evidence);
  if (carried !== undefined) return [...stale, carried, ...wrong];
  const mapped: Claim[] =
    stale.length > 0 && wrong.length > 0 ? [] : [{ kind: 'still-mapped', access }];
  return [...stale, ...mapped, ...wrong];
}

/** The store whose bytes are missing, or the one whose bytes should not be there. */
function strayStore({ access, change }: Parties, { moments }: Evidence): Access | undefined {
  if (change !== undefined && isA(change, 'tlb.use')) return change;
  const put = lastBytes(moments, access);
  return put !== undefined && isA(put, 'tlb.use') ? put : undefined;
}

function staleEntry(
  access: Access,
  { fill, gone, borrowed }: Pick<Parties, 'fill' | 'gone' | 'borrowed'>,
  { moments }: Evidence,
): Claim {
  const since = staleSince({ fill, gone, borrowed });
  const others = moments.filter(
    (one): one is MomentOf<'tlb.flush'> =>
      isA(one, 'tlb.flush') && one.at > since && one.at < access.at,
  );
  const last = access.at === moments.at(-1)?.at;
  const sized = ofOtherSize(access, since, access, moments);
  const switched =
    borrowed === undefined
      ? undefined
      : moments.findLast(
          (one): one is MomentOf<'mm.load'> =>
            isA(one, 'mm.load') &&
            one.cpu === access.cpu &&
            one.mm === access.mm &&
            one.at > borrowed.at,
        );
  return { kind: 'stale-entry', access, fill, gone, borrowed, switched, others, sized, last };
}

/** The last flush that reached the CPU, and only entries of the other page size than it had. */
function ofOtherSize(
  { cpu, mm }: Access,
  since: number,
  until: { readonly at: number },
  moments: readonly Moment[],
): MomentOf<'tlb.flush.size'> | undefined {
  return moments.findLast(
    (one): one is MomentOf<'tlb.flush.size'> =>
      isA(one, 'tlb.flush.size') &&
      one.cpus.includes(cpu) &&
      one.mm === mm &&
      one.at > since &&
      one.at <= until.at,
  );
}

/** The newer version went with its frame, and what came in its place was older. */
function lostVersion(
  { access, bytes, change }: Parties,
  { moments }: Pick<Evidence, 'moments'>,
): Extract<Claim, { kind: 'version-lost' }> | undefined {
  if (change === undefined || !isA(change, 'tlb.use', 'frame.write')) return undefined;
  const put = lastPut(moments, access);
  const left = moments.find(
    (one): one is MomentOf<'slot.remove' | 'frame.free'> =>
      isA(one, 'slot.remove', 'frame.free') && one.frame === change.frame && one.at > change.at,
  );
  const loss =
    left !== undefined && left.at < (put?.at ?? 0) ? left : (unmapped(change, moments) ?? left);
  const saved = moments.some(
    (one) => isA(one, 'slot.writeout') && one.frame === change.frame && one.at > change.at,
  );
  if (loss === undefined || put === undefined || put.at < loss.at || saved) return undefined;
  return { kind: 'version-lost', source: change, loss, put, bytes };
}

/** How the bytes that were read had come to their frame, past a store through a stale entry. */
function notCarried(
  { access, change, strayed }: Parties,
  { moments }: Pick<Evidence, 'moments'>,
): Extract<Claim, { kind: 'store-not-carried' }> | undefined {
  if (!strayed || change === undefined || !isA(change, 'tlb.use')) return undefined;
  const put = moments.findLast(
    (one): one is MomentOf<'frame.copy' | 'frame.fill' | 'frame.merge' | 'swap.read'> =>
      isA(one, 'frame.copy', 'frame.fill', 'frame.merge', 'swap.read') &&
      one.frame === access.frame &&
      one.at < access.at,
  );
  if (put === undefined || put.frame === change.frame) return undefined;
  // A copy made after the store would have it.
  if (isA(put, 'frame.copy', 'frame.merge')) {
    const from = isA(put, 'frame.copy') ? put.from : put.old;
    return from === change.frame && put.at < change.at
      ? { kind: 'store-not-carried', source: change, put, saved: undefined }
      : undefined;
  }
  if (isA(put, 'frame.fill')) {
    return { kind: 'store-not-carried', source: change, put, saved: undefined };
  }
  const saved = moments.findLast(
    (one): one is MomentOf<'swap.write'> =>
      isA(one, 'swap.write') && one.swap === put.swap && one.at < put.at,
  );
  return saved !== undefined && saved.frame === change.frame && saved.at < change.at
    ? { kind: 'store-not-carried', source: change, put, saved }
    : undefined;
}

/** The frame of a store left the page table for good, and was not written to swap. */
function unmapped(
  change: MomentOf<'tlb.use' | 'frame.write'>,
  moments: readonly Moment[],
): MomentOf<'pte.clear'> | undefined {
  const after = moments.filter((one) => one.at > change.at);
  if (after.some((one) => isA(one, 'swap.write') && one.frame === change.frame)) return undefined;
  const last = after.findLast(
    (one): one is MomentOf<'pte.set' | 'pte.clear'> =>
      isA(one, 'pte.set', 'pte.clear') && one.frame === change.frame,
  );
  return last !== undefined && isA(last, 'pte.clear') ? last : undefined;
}

/** Why an access that needs no translation came to that page. */
function whyThatPage(
  access: PageAccess,
  parties: Parties,
  { moments, ledger }: Evidence,
): readonly Claim[] {
  if (isA(access, 'file.read')) {
    const lost = lostVersion(parties, { moments });
    const cached = ledger.loss(access.frame) === undefined;
    const found: Claim[] = lost === undefined ? [] : [lost];
    return cached ? [...found, { kind: 'still-cached', access }] : found;
  }
  const gone = moments.findLast(
    (one): one is MomentOf<'pte.clear'> =>
      isA(one, 'pte.clear') && one.frame === access.frame && one.at < access.at,
  );
  if (gone === undefined) return [];
  const set = moments.findLast(
    (one): one is MomentOf<'pte.set'> =>
      isA(one, 'pte.set') &&
      one.frame === access.frame &&
      placeOf(one) === placeOf(gone) &&
      one.at < gone.at,
  );
  return [{ kind: 'kept-frame', access, set, gone }];
}

/** At most two claims on why the flush is missing. */
function unflushed(access: Access, parties: Parties, evidence: Evidence): Claim[] {
  const { gone, debts, paid, vain, running, foundEmpty } = parties;
  const { cpu } = access;
  const deadline: Deadline = parties.promise ?? parties.change ?? access;
  const since = staleSince(parties);
  if (foundEmpty !== undefined && gone !== undefined) {
    const { mm, va } = access;
    return [{ kind: 'found-empty', range: foundEmpty, place: { mm, va }, gone, deadline }];
  }
  const claims: Claim[] = [];
  const debt = debts.find((one) => one.at < deadline.at);
  // A flush on the way to the change (by whoever allocates for it, say) was not meant for it.
  const { promise, change, knowing } = parties;
  const news = promise?.by === change?.by ? change?.at : knowing?.learnt;
  const meant = promise === undefined ? since : (news ?? since);
  const last = vain.findLast((call) => call.who === deadline.by && call.from > meant);
  const late = running.find((call) => !call.reached.includes(cpu));
  const inName = paid.find((one) => one.at <= deadline.at);
  if (inName !== undefined) claims.push({ kind: 'paid-in-name', paid: inName, cpu });
  else if (debt !== undefined) claims.push({ kind: 'debt-unpaid', debt, cpu, deadline });
  else if (last !== undefined || debts.length > 0) {
    claims.push({
      kind: 'no-debt',
      cpu,
      since,
      deadline,
      call: late === undefined ? last : undefined,
    });
  } else {
    const sized = ofOtherSize(access, since, deadline, evidence.moments);
    claims.push({ kind: 'no-flush', cpu, since, deadline, sized });
  }
  // Whoever emptied the entry, and flushed for it, but not this CPU.
  const own = vain.findLast((call) => call.who === gone?.by && call.to < deadline.at);
  const set = installer(parties, evidence);
  if (late !== undefined) claims.push({ kind: 'late-flush', call: late, cpu });
  else if (set !== undefined) claims.push(set);
  else if (last !== undefined && claims[0]?.kind !== 'no-debt')
    claims.push({ kind: 'vain-flush', call: last, cpu });
  else if (own !== undefined && claims[0]?.kind === 'no-flush')
    claims.push({ kind: 'vain-flush', call: own, cpu });
  return claims;
}

function wrongness(parties: Parties, { property, known, moments, ledger }: Evidence): Claim[] {
  const { access, bytes, change, knowing } = parties;
  if (property === 'leak') {
    if (change === undefined) return [];
    if (isA(access, 'device.write')) return [];
    return [{ kind: 'other-bytes', access, owner: change, put: lastBytes(moments, access), bytes }];
  }
  if (property === 'lost-write' && !isA(access, 'file.read')) {
    return [{ kind: 'store-lost', access, loss: change, writeout: lastWriteout(moments, access) }];
  }
  if (knowing === undefined || isA(access, 'device.write')) return [];
  const now = meaningOf(change);
  const before = now === undefined ? undefined : ledger.notes.get(now)?.before;
  if (property === 'stale-permission') {
    return now === undefined || !isA(access, 'tlb.use')
      ? []
      : [{ kind: 'knew-forbidden', access, before, now, knowing }];
  }
  if (bytes.content !== null && (known ?? 0) > bytes.version) {
    const newer = { content: bytes.content, version: known ?? 0 };
    return [{ kind: 'knew-version', access, read: bytes, known: newer, knowing }];
  }
  if (isA(access, 'tlb.use') && change !== undefined && isA(change, 'tlb.use')) {
    const own = ledger.privatePage(access.mm, access.va);
    const version = ledger.version(access.thread, own)?.version ?? 0;
    return [
      { kind: 'knew-version', access, read: bytes, known: { content: own, version }, knowing },
    ];
  }
  return now === undefined || !isA(access, 'tlb.use')
    ? []
    : [{ kind: 'knew-meaning', access, read: bytes, before, now, knowing }];
}

/** Whoever set the entry that a store went through, if it is not the thread that stored. */
function installer(
  { change, promise }: Parties,
  { moments }: Evidence,
): Extract<Claim, { kind: 'installer-at-work' }> | undefined {
  if (change === undefined || !isA(change, 'tlb.use')) return undefined;
  const set = moments.findLast(
    (one): one is MomentOf<'pte.set' | 'pte.rights'> =>
      isA(one, 'pte.set', 'pte.rights') &&
      one.writable &&
      placeOf(one) === placeOf(change) &&
      one.at < change.at,
  );
  if (set?.by === undefined || set.by === change.by) return undefined;
  const done = moments.some(
    (one) =>
      isA(one, 'call.return', 'message.send') &&
      one.by === set.by &&
      one.at > set.at &&
      one.at < (promise?.at ?? change.at),
  );
  return done ? undefined : { kind: 'installer-at-work', change, set };
}

function meaningOf(change: Moment | undefined): MomentOf<'vma.change'> | undefined {
  return change !== undefined && isA(change, 'vma.change') ? change : undefined;
}

function lastPut(
  moments: readonly Moment[],
  access: AnyAccess,
): MomentOf<'frame.write' | 'frame.fill' | 'frame.copy'> | undefined {
  return moments.findLast(
    (one): one is MomentOf<'frame.write' | 'frame.fill' | 'frame.copy'> =>
      isA(one, 'frame.write', 'frame.fill', 'frame.copy') &&
      one.frame === access.frame &&
      one.at < access.at,
  );
}

/** The same, or the store by which the bytes came to be there. */
export function lastBytes(
  moments: readonly Moment[],
  access: AnyAccess,
): ReturnType<typeof lastPut> | Access {
  const store = moments.findLast(
    (one): one is Access =>
      isA(one, 'tlb.use') && one.store && one.frame === access.frame && one.at < access.at,
  );
  const put = lastPut(moments, access);
  return (store?.at ?? 0) > (put?.at ?? 0) ? store : put;
}

function lastWriteout(
  moments: readonly Moment[],
  access: AnyAccess,
): MomentOf<'slot.writeout'> | undefined {
  return moments.findLast(
    (one): one is MomentOf<'slot.writeout'> =>
      isA(one, 'slot.writeout') && one.frame === access.frame && one.at < access.at,
  );
}
