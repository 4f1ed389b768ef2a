// What a story claims, as data: each claim names the events it rests on, so that a test can hold it
// against the replayed steps. Sentences are made of nothing else.

import type { IdValue } from '../events/concrete.ts';
import type { FlushCall } from './flush-calls.ts';
import type { Bytes, Knowing, Meaning } from './ledger.ts';
import type { LockRange } from './lock-ranges.ts';
import { isA, type Moment, type MomentOf } from './moments.ts';
import type { Names } from './names.ts';
import type { Access } from './parties.ts';
import type { Wait } from './waits.ts';

/** The moment by which a CPU should have been flushed. */
export type Deadline = Moment;

export type Claim =
  /** What the CPU cached outlived the page-table entry it was made from. */
  | {
      readonly kind: 'stale-entry';
      readonly access: Access;
      readonly fill: MomentOf<'tlb.fill'> | undefined;
      /** Before the fill where the CPU walked page tables that nobody else used any more. */
      readonly gone: MomentOf<'pte.clear' | 'pte.rights'> | undefined;
      /** Another address space's entry, which the CPU took for this one's, and when it came here. */
      readonly borrowed: MomentOf<'tlb.fill'> | undefined;
      readonly switched: MomentOf<'mm.load'> | undefined;
      /** CPUs or addresses that were flushed since; never the entry itself. */
      readonly others: readonly MomentOf<'tlb.flush'>[];
      /** The CPU was flushed since of entries of the other page size. */
      readonly sized: MomentOf<'tlb.flush.size'> | undefined;
      /** The access is the last step: nothing followed at all. */
      readonly last: boolean;
    }
  /** The page table itself still led to the frame. */
  | { readonly kind: 'still-mapped'; readonly access: Access }
  /** The debt was on record, and not paid in time. */
  | {
      readonly kind: 'debt-unpaid';
      readonly debt: MomentOf<'debt.record'>;
      readonly cpu: IdValue;
      readonly deadline: Deadline;
    }
  /** A flush point declared the debt paid, and had not reached the CPU. */
  | {
      readonly kind: 'paid-in-name';
      readonly paid: MomentOf<'debt.pay'>;
      readonly cpu: IdValue;
    }
  /** The store that changed the content went through an entry set by a thread still at work. */
  | {
      readonly kind: 'installer-at-work';
      readonly change: Access;
      readonly set: MomentOf<'pte.set' | 'pte.rights'>;
    }
  /** No debt was on record by the deadline. */
  | {
      readonly kind: 'no-debt';
      readonly cpu: IdValue;
      readonly since: number;
      readonly deadline: Deadline;
      /** A flushing function that ran meanwhile, and so had nothing to pay. */
      readonly call: FlushCall | undefined;
    }
  /** No debt at all: simply no flush in time. */
  | {
      readonly kind: 'no-flush';
      readonly cpu: IdValue;
      readonly since: number;
      readonly deadline: Deadline;
      /** What was flushed there is entries of the other page size. */
      readonly sized: MomentOf<'tlb.flush.size'> | undefined;
    }
  /** A flushing function ran in between and left the CPU out. */
  | { readonly kind: 'vain-flush'; readonly call: FlushCall; readonly cpu: IdValue }
  /** A flushing function was under way and had not come to the CPU. */
  | { readonly kind: 'late-flush'; readonly call: FlushCall; readonly cpu: IdValue }
  /** The change came to the page table, found the entry empty and so did not flush. */
  | {
      readonly kind: 'found-empty';
      readonly range: LockRange;
      readonly place: { readonly mm: IdValue; readonly va: IdValue };
      readonly gone: MomentOf<'pte.clear' | 'pte.rights'>;
      readonly deadline: Deadline;
    }
  /** The thread knew of a newer version than it read. */
  | {
      readonly kind: 'knew-version';
      readonly access: Access | MomentOf<'file.read'>;
      readonly read: Bytes;
      readonly known: Bytes;
      readonly knowing: Knowing;
    }
  /** The thread knew that the address meant something else. */
  | {
      readonly kind: 'knew-meaning';
      readonly access: Access;
      readonly read: Bytes;
      readonly before: Meaning | undefined;
      readonly now: Meaning;
      readonly knowing: Knowing;
    }
  /** The thread knew that such an access is not allowed any more. */
  | {
      readonly kind: 'knew-forbidden';
      readonly access: Access;
      readonly before: Meaning | undefined;
      readonly now: Meaning;
      readonly knowing: Knowing;
    }
  /** The frame held bytes that were not the address's. */
  | {
      readonly kind: 'other-bytes';
      readonly access: Access | MomentOf<'file.read'>;
      readonly owner: Moment;
      readonly put: MomentOf<'frame.write' | 'frame.fill' | 'frame.copy'> | Access | undefined;
      readonly bytes: Bytes;
    }
  /** The frame stored into was nobody's home any more. */
  | {
      readonly kind: 'store-lost';
      readonly access: Access | MomentOf<'device.write'>;
      readonly loss: Moment | undefined;
      readonly writeout: MomentOf<'slot.writeout'> | undefined;
    }
  /** A device went on with a frame that the page table had led to. */
  | {
      readonly kind: 'kept-frame';
      readonly access: MomentOf<'device.write'>;
      readonly set: MomentOf<'pte.set'> | undefined;
      readonly gone: MomentOf<'pte.clear'>;
    }
  /** The page cache itself still led to the frame. */
  | { readonly kind: 'still-cached'; readonly access: MomentOf<'file.read'> }
  /** A newer version left with its frame, never written out, and an older one came in its place. */
  | {
      readonly kind: 'version-lost';
      readonly source: MomentOf<'tlb.use' | 'frame.write'>;
      readonly loss: MomentOf<'slot.remove' | 'frame.free' | 'pte.clear'>;
      readonly put: MomentOf<'frame.write' | 'frame.fill' | 'frame.copy'>;
      readonly bytes: Bytes;
    }
  /** What was read came to its frame without a store that went through a stale entry. */
  | {
      readonly kind: 'store-not-carried';
      readonly source: Access;
      readonly put: MomentOf<'frame.copy' | 'frame.fill' | 'frame.merge' | 'swap.read'>;
      /** For `swap.read`: when the frame of the store had been written there. */
      readonly saved: MomentOf<'swap.write'> | undefined;
    }
  /** A CPU went on walking a page table that had been given up. */
  | {
      readonly kind: 'walked-table';
      readonly walk: MomentOf<'table.walk'>;
      readonly freed: MomentOf<'frame.free'> | undefined;
    }
  /** What had become of the page table by then. */
  | {
      readonly kind: 'table-reused';
      readonly walk: MomentOf<'table.walk'>;
      readonly put: MomentOf<'frame.alloc' | 'frame.write' | 'frame.fill' | 'frame.copy'>;
    }
  /** In a deadlock: a lock that is held to the end. */
  | { readonly kind: 'holds-lock'; readonly take: MomentOf<'lock.take'> }
  /** In a deadlock: a thread that cannot go on, and whose step would have to be undone for it. */
  | { readonly kind: 'waits'; readonly wait: Wait };

/** What happened at the deadline, as in `before ... at 23`. */
export function deed(moment: Moment, names: Names): string {
  const who = moment.by ?? 'the hardware';
  switch (moment.event) {
    case 'call.return':
      return `${moment.name}() returned`;
    case 'message.send':
      return `${who} told ${names.thread(moment.to)}`;
    case 'frame.alloc':
      return `${who} took ${names.frame(moment.frame)}`;
    case 'frame.write':
      return `${who} overwrote ${names.frame(moment.frame)}`;
    case 'frame.copy':
      return `${who} copied ${names.frame(moment.from)} to ${names.frame(moment.frame)}`;
    case 'vma.lazyfree':
      return `${who} gave up what ${names.place(moment)} held`;
    case 'frame.fill':
      return `${who} filled ${names.frame(moment.frame)}`;
    case 'frame.free':
      return `${who} freed ${names.frame(moment.frame)}`;
    case 'slot.remove':
      return `${names.frame(moment.frame)} left the page cache`;
    case 'slot.replace':
      return `${names.frame(moment.old)} was replaced in the page cache`;
    case 'slot.change':
      return `${names.content(moment.slot)} changed`;
    case 'tlb.use':
      return `${who} ${moment.store ? 'stored' : 'read'}`;
    case 'vma.change':
      return `${names.place(moment)} changed its meaning`;
    default:
      return `${who} went on`;
  }
}

/** One claim as one sentence. */
export function sentence(claim: Claim, names: Names): string {
  switch (claim.kind) {
    case 'stale-entry':
      return staleEntry(claim, names);
    case 'still-mapped': {
      const { access } = claim;
      return `The page table still led from ${names.place(access)} to ${names.frame(access.frame)} at ${access.at}.`;
    }
    case 'debt-unpaid':
      return `The debt of ${claim.debt.at} (${names.cpu(claim.cpu)}) was unpaid when ${deed(claim.deadline, names)} at ${claim.deadline.at}.`;
    case 'paid-in-name':
      return `At ${claim.paid.at} ${claim.paid.by} took the debt for paid; ${names.cpu(claim.cpu)} had not been flushed.`;
    case 'installer-at-work': {
      const { change, set } = claim;
      return `${change.by} stored at ${change.at} through the entry that ${set.by} set at ${set.at}; ${set.by} was not done.`;
    }
    case 'no-debt': {
      const { call, deadline } = claim;
      const on = `any debt for ${names.cpu(claim.cpu)} was on record`;
      if (call !== undefined) {
        return `${call.name}() ran at ${span(call)}, before ${on}; ${deed(deadline, names)} at ${deadline.at}.`;
      }
      return `${deed(deadline, names)} at ${deadline.at}, before ${on}.`;
    }
    case 'no-flush':
      return `Nobody flushed ${claim.sized === undefined ? '' : `the ${size(!claim.sized.huge)} entries of `}${names.cpu(claim.cpu)} or recorded a debt for it before ${deed(claim.deadline, names)} at ${claim.deadline.at}.`;
    case 'vain-flush': {
      const { call } = claim;
      const got =
        call.reached.length === 0 ? 'flushed nothing' : `flushed only ${names.cpus(call.reached)}`;
      return `${call.name}() ran at ${span(call)} and ${got}.`;
    }
    case 'late-flush': {
      const { call } = claim;
      return `${call.who} was in ${call.name}() from ${call.from} on and had not come to ${names.cpu(claim.cpu)}.`;
    }
    case 'found-empty': {
      const { range, place, deadline } = claim;
      return `${range.who} found ${names.pte(place)} empty (${span(range)}), flushed nothing; ${deed(deadline, names)} at ${deadline.at}.`;
    }
    case 'knew-version': {
      const { access, read, known, knowing } = claim;
      const { source } = knowing;
      const did =
        source?.event === 'vma.change'
          ? `discarded ${names.place(source)}`
          : `${source?.event === 'tlb.use' ? 'stored' : 'wrote'} ${names.bytes(known)}`;
      return `${knew(did, access, knowing)} read ${names.bytes(read)} at ${access.at}.`;
    }
    case 'knew-meaning': {
      const { access, read, knowing } = claim;
      return `${knew(remade(claim, names), access, knowing)} read ${names.bytes(read)} at ${access.at}.`;
    }
    case 'knew-forbidden': {
      const { access, knowing } = claim;
      const did = access.store ? 'wrote' : 'read';
      return `${knew(remade(claim, names), access, knowing)} still ${did} ${names.frame(access.frame)} at ${access.at}.`;
    }
    case 'version-lost': {
      const { source, loss, put, bytes } = claim;
      const verb = source.event === 'tlb.use' ? 'stored' : 'wrote';
      return `What ${source.by} ${verb} at ${source.at} left with ${names.frame(source.frame)} at ${loss.at}, not written out; ${names.frame(put.frame)} got ${names.bytes(bytes)} at ${put.at}.`;
    }
    case 'store-not-carried': {
      const { source, put, saved } = claim;
      const [old, own] = [names.frame(source.frame), names.frame(put.frame)];
      const how = isA(put, 'frame.copy')
        ? `${own} was copied from ${names.frame(put.from)} at ${put.at}`
        : isA(put, 'frame.merge')
          ? `${put.by} found ${old} equal to ${own} at ${put.at}`
          : saved !== undefined
            ? `${old} was written to swap at ${saved.at} and read from there into ${own} at ${put.at}`
            : `${own} was filled anew at ${put.at}`;
      return `${how}: the store of ${source.at} is not in it.`;
    }
    case 'walked-table': {
      const { walk, freed } = claim;
      const frame = names.frame(walk.frame);
      const gone = freed === undefined ? '' : `; ${deed(freed, names)} at ${freed.at}`;
      return `${names.cpu(walk.cpu)} walked page tables through ${frame} at ${walk.at}${gone}.`;
    }
    case 'table-reused': {
      const { walk, put } = claim;
      return `${deed(put, names)} at ${put.at}: what ${names.cpu(walk.cpu)} took for entries was not.`;
    }
    case 'holds-lock':
      return `${claim.take.by} holds ${claim.take.lock} since ${claim.take.at}, and no thread can go on.`;
    case 'waits':
      return waits(claim.wait);
    case 'kept-frame': {
      const { access, set, gone } = claim;
      const frame = names.frame(access.frame);
      const emptied = `${gone.by} emptied ${set === undefined ? `${names.pte(gone)} -> ${frame}` : 'it'} at ${gone.at}`;
      const made =
        set === undefined ? '' : `${set.by} set ${names.pte(set)} -> ${frame} at ${set.at}; `;
      return `${made}${emptied}; the device of ${access.by} went on with ${frame}.`;
    }
    case 'still-cached': {
      const { access } = claim;
      return `The page cache still led to ${names.frame(access.frame)} at ${access.at}.`;
    }
    case 'other-bytes':
      return otherBytes(claim, names);
    case 'store-lost': {
      const { access, loss, writeout } = claim;
      const out = writeout === undefined ? '' : ` (written out at ${writeout.at})`;
      const why =
        loss === undefined
          ? access.event === 'tlb.use'
            ? `${names.frame(access.frame)} is not behind ${names.place(access)}`
            : `${names.frame(access.frame)} is no longer what the device was given`
          : `${deed(loss, names)} at ${loss.at}${out}`;
      const who = access.event === 'tlb.use' ? access.by : `the device of ${access.by}`;
      return `${why}: what ${who} stored at ${access.at} is lost.`;
    }
  }
}

function staleEntry(claim: Extract<Claim, { kind: 'stale-entry' }>, names: Names): string {
  const { fill, gone, borrowed, switched } = claim;
  const { access } = claim;
  const cpu = names.cpu(access.cpu);
  const after = flushedSince(claim, names);
  if (borrowed !== undefined) {
    const came = switched === undefined ? '' : `; it came to mm${access.mm} at ${switched.at}`;
    return `${cpu} cached ${names.place(borrowed)} at step ${borrowed.at} and took it for ${names.place(access)}${came}; ${after}.`;
  }
  const cached =
    fill === undefined
      ? `${cpu} had ${names.place(access)} cached from the start`
      : `${cpu} cached ${names.place(access)} at step ${fill.at}`;
  if (gone === undefined) return `${cached}; ${after}.`;
  if (gone.at < (fill?.at ?? 0)) {
    return `${cached}, though ${gone.by} had emptied its pte at ${gone.at}: it walked old page tables; ${after}.`;
  }
  const deed = gone.event === 'pte.clear' ? 'emptied' : 'write-protected';
  return `${cached}; ${gone.by} ${deed} its pte at ${gone.at}; ${after}.`;
}

/** `no flush followed`, or which flush did and what it left out. */
function flushedSince(
  { access, others, sized, last }: Extract<Claim, { kind: 'stale-entry' }>,
  names: Names,
): string {
  const cpu = names.cpu(access.cpu);
  if (sized !== undefined) {
    return `the flush of ${cpu} at ${sized.at} was of ${size(sized.huge)} entries only`;
  }
  const [only, ...more] = others;
  if (only !== undefined && more.length === 0 && !only.cpus.includes(access.cpu)) {
    const when = last ? 'since' : `before ${access.at}`;
    return `the only flush ${when}, at ${only.at}, was of ${names.cpus(only.cpus)}`;
  }
  const flush = only === undefined ? 'no flush' : `no flush of ${cpu}`;
  return last ? `${flush} followed` : `${flush} before ${access.at}`;
}

function size(huge: boolean): string {
  return huge ? 'huge' : 'small';
}

function otherBytes(claim: Extract<Claim, { kind: 'other-bytes' }>, names: Names): string {
  const { access, owner, put, bytes } = claim;
  const frame = names.frame(access.frame);
  const load =
    access.event === 'tlb.use'
      ? `load of ${names.place(access)}`
      : `read() of ${names.slot(access.slot)}`;
  const end = `${access.by}'s ${load} at ${access.at} returned`;
  if (put === undefined) return `${frame} was handed out at ${owner.at}; ${end} what it held.`;
  if (put.event === 'tlb.use') {
    return `${put.by} stored ${names.bytes(bytes)} into ${frame} at ${put.at}; ${end} it.`;
  }
  if (bytes.content === null) return `${put.by} overwrote ${frame} at ${put.at}; ${end} that.`;
  return `${put.by} put ${names.bytes(bytes)} into ${frame} at ${put.at}; ${end} it.`;
}

/** `who` stands before a step, until another's is undone. */
function waits({ who, since, label, cause }: Wait): string {
  const from = since === undefined ? 'from the start' : `after step ${since}`;
  const until =
    cause === undefined
      ? 'and no thread can go on'
      : `until ${cause.who} undoes ${cause.label} of ${cause.at}`;
  return `${who} waits at ${label} ${from}, ${until}.`;
}

/** `writer wrote v1 at 20; reader, told at 25,`, to be followed by what it did. */
function knew(
  made: string,
  access: { readonly by?: string },
  { how, since, source }: Knowing,
): string {
  if (how === 'did it') return `${access.by} itself ${made} at ${since}, then`;
  const origin = source === undefined ? `${made} before` : `${source.by} ${made} at ${source.at}`;
  return `${origin}; ${access.by}, ${how === 'was told' ? 'told' : 'having read it'} at ${since},`;
}

function remade(
  { access, before, now }: Extract<Claim, { kind: 'knew-meaning' | 'knew-forbidden' }>,
  names: Names,
): string {
  const place = names.place(access);
  if (now.content === null) return `unmapped ${place}`;
  if (before?.content === now.content) {
    return `made ${place} ${now.writable ? 'writable' : 'read-only'}`;
  }
  return `made ${place} ${names.content(now.content)}`;
}

export function span({ from, to }: { readonly from: number; readonly to: number }): string {
  return from === to ? `${from}` : `${from}-${to}`;
}

/** Numbers of the steps that a claim rests on. */
export function stepsOf(claim: Claim): readonly number[] {
  const steps: (number | undefined)[] = [];
  const add = (one: { readonly at: number } | undefined): void => void steps.push(one?.at);
  if ('access' in claim) add(claim.access);
  if ('fill' in claim) add(claim.fill);
  if ('gone' in claim) add(claim.gone);
  if (claim.kind === 'stale-entry') {
    add(claim.sized);
    add(claim.borrowed);
    add(claim.switched);
    if (claim.others.length === 1) add(claim.others[0]);
  }
  if ('debt' in claim) add(claim.debt);
  if ('take' in claim) add(claim.take);
  if ('walk' in claim) add(claim.walk);
  if ('freed' in claim) add(claim.freed);
  if (claim.kind === 'table-reused') add(claim.put);
  if ('paid' in claim) add(claim.paid);
  if ('set' in claim) add(claim.set);
  if (claim.kind === 'installer-at-work') add(claim.change);
  if (claim.kind === 'waits') steps.push(claim.wait.since, claim.wait.cause?.at);
  if ('deadline' in claim) add(claim.deadline);
  if ('source' in claim) add(claim.source);
  if (claim.kind === 'version-lost' || claim.kind === 'store-not-carried') add(claim.put);
  if (claim.kind === 'store-not-carried') add(claim.saved);
  if ('owner' in claim) add(claim.put === undefined ? claim.owner : claim.put);
  if ('loss' in claim) add(claim.loss);
  if ('writeout' in claim) add(claim.writeout);
  if ('knowing' in claim) steps.push(claim.knowing.since, claim.knowing.source?.at);
  if ('call' in claim && claim.call !== undefined) {
    steps.push(claim.call.from, claim.kind === 'late-flush' ? undefined : claim.call.to);
  }
  if ('range' in claim) steps.push(claim.range.from, claim.range.to);
  return [...new Set(steps.filter((step) => step !== undefined))].sort((a, b) => a - b);
}
