// What a story claims, as data: each claim names the events it rests on, so that a test can hold it
// against the replayed steps. Sentences (sentences.ts) are made of nothing else.

import type { IdValue } from '../events/concrete.ts';
import type { FlushCall } from './flush-calls.ts';
import type { Bytes, Knowing, Meaning } from './ledger.ts';
import type { LockRange } from './lock-ranges.ts';
import type { Moment, MomentOf } from './moments.ts';
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
