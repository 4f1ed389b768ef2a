// Claims as sentences: each says what the claim's events say, with the numbers of their steps.

import { type Claim, span } from './claims.ts';
import type { Knowing } from './ledger.ts';
import { isA, type Moment } from './moments.ts';
import type { Names } from './names.ts';
import type { Wait } from './waits.ts';

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
