// A counterexample as rows of lanes: what happened, condensed to what a reader needs. Steps that are
// the model's own bookkeeping have no row; a call that only flushes is one row; a frame that is
// taken, put into the cache and read in is one row. Rows keep the numbers of the steps they stand for.

import { width } from '../base/text.ts';
import { type Claim, stepsOf } from './claims.ts';
import type { FlushCall } from './flush-calls.ts';
import type { TraceStep } from './judge.ts';
import type { Ledger } from './ledger.ts';
import type { LockRange } from './lock-ranges.ts';
import { HARDWARE, isA, type Moment, placeOf } from './moments.ts';
import type { Names } from './names.ts';
import type { AnyAccess } from './parties.ts';
import { phrase } from './phrases.ts';

export interface Row {
  /** First and last step it stands for. */
  readonly from: number;
  readonly to: number;
  readonly cpu: number;
  readonly who: string;
  readonly text: string;
  /** Not a step of any thread: the CPU did it by itself. */
  readonly hardware: boolean;
  /** `wrong`: the access itself; of a deadlock the last step. `late`: the flush was due before it. */
  readonly mark: 'wrong' | 'late' | undefined;
  /** 3: a sentence speaks of it. 2: it concerns the same translation, frame or content. 1: neither. */
  readonly weight: 1 | 2 | 3;
}

export interface RowRequest {
  readonly steps: readonly TraceStep[];
  readonly moments: readonly Moment[];
  readonly ledger: Ledger;
  readonly calls: readonly FlushCall[];
  readonly claims: readonly Claim[];
  readonly names: Names;
  /** Stretches under a lock, which rows do not reach across. */
  readonly locks: readonly LockRange[];
  /** The access that is wrong; undefined for a deadlock. */
  readonly access: AnyAccess | undefined;
}

interface Draft {
  readonly from: number;
  readonly to: number;
  readonly cpu: number;
  readonly who: string;
  readonly text: string;
  readonly moments: readonly Moment[];
  /** The flushing function that it is a stretch of. */
  readonly call?: FlushCall;
  /** It is a stretch of a look at a page-table entry that was found empty. */
  readonly look?: true;
}

/** Rows of one thread are joined while they stay this short. */
const JOINED = 30;

export function rowsOf(request: RowRequest): readonly Row[] {
  const cited = new Set(request.claims.flatMap(stepsOf));
  const drafts = joined(draftsOf(request), cited, request);
  const deadline = request.claims.find((claim) => 'deadline' in claim)?.deadline.at;
  return drafts.map(({ moments, call: _, look: __, ...row }, i) => {
    const within = (step: number): boolean => row.from <= step && step <= row.to;
    const wrong =
      request.access === undefined ? i === drafts.length - 1 : within(request.access.at);
    const late = deadline !== undefined && within(deadline);
    const weight = [...cited].some(within) ? 3 : concerns(moments, request) ? 2 : 1;
    const mark = wrong ? 'wrong' : late ? 'late' : undefined;
    return { ...row, hardware: row.who === HARDWARE, mark, weight };
  });
}

function draftsOf(request: RowRequest): Draft[] {
  const { steps, moments, calls, claims } = request;
  const drafts: Draft[] = [];
  const empty = claims.find((claim) => claim.kind === 'found-empty');
  for (const step of steps) {
    const own = moments.filter((one) => one.at === step.n);
    const at = { from: step.n, to: step.n, cpu: step.cpu, who: step.who, moments: own };
    if (empty !== undefined && isWithin(empty.range, step)) {
      // One row for as much of the look as no step of another comes between.
      const last = drafts.at(-1);
      const begun = last?.look === true && last.to === step.n - 1 ? drafts.pop() : undefined;
      const from = begun?.from ?? step.n;
      const together = [...(begun?.moments ?? []), ...own];
      const text = lookText(empty.place, { who: step.who, from, to: step.n }, together, request);
      drafts.push({ ...at, from, moments: together, look: true, text });
      continue;
    }
    const call = calls.find(
      (one) => one.who === step.who && one.from <= step.n && step.n <= one.to,
    );
    const add = (draft: Draft): void =>
      void drafts.push({ ...draft, text: withWaits(draft, step, request) });
    if (call !== undefined && isIdle(call, request)) continue;
    if (call !== undefined) {
      // One row for as much of the call as no other row comes between.
      const last = drafts.at(-1);
      const begun = last?.call === call ? drafts.pop() : undefined;
      const together = [...(begun?.moments ?? []), ...own];
      const text = callText(call, together, step.n, request);
      add({ ...at, from: begun?.from ?? step.n, call, moments: together, text });
      continue;
    }
    const draft = { ...at, text: textOf(own, request) };
    if (withWaits(draft, step, request) !== '') add(draft);
  }
  return drafts;
}

/** It flushed nothing before there was anything for it to flush. */
function isIdle(call: FlushCall, { claims, moments }: RowRequest): boolean {
  const stale = claims.find((claim) => claim.kind === 'stale-entry');
  const { gone } = stale ?? {};
  if (gone === undefined || call.reached.length > 0 || call.to >= gone.at) return false;
  return !moments.some((one) => one.by === call.who && call.from <= one.at && one.at <= call.to);
}

function isWithin({ who, from, to }: LockRange, step: TraceStep): boolean {
  return who === step.who && from <= step.n && step.n <= to;
}

/** What was called under the lock, and that the entry was found empty. */
function lookText(
  place: Parameters<Names['pte']>[0],
  { who, from, to }: Pick<FlushCall, 'who' | 'from' | 'to'>,
  moments: readonly Moment[],
  request: RowRequest,
): string {
  const called = request.calls
    .filter((call) => call.who === who && call.from <= to && from <= call.to)
    .map((call) => {
      const own = moments.filter((one) => call.from <= one.at && one.at <= call.to);
      return callText(call, own, Math.min(to, call.to), request);
    });
  return [...called, `${request.names.pte(place)} is empty`].join('; ');
}

/** In a deadlock: also what others wait to see undone, and where the thread itself stops. */
function withWaits({ text }: Draft, step: TraceStep, { claims }: RowRequest): string {
  const waits = claims.flatMap((claim) => (claim.kind === 'waits' ? [claim.wait] : []));
  const cause = waits.some((wait) => wait.cause?.at === step.n) ? step.label : '';
  const own = waits.find((wait) => wait.who === step.who && wait.since === step.n);
  const stop = own === undefined ? '' : `waits at ${own.label}`;
  return [text === '' ? cause : text, stop].filter((one) => one !== '').join('; ');
}

function callText(
  call: FlushCall,
  moments: readonly Moment[],
  upTo: number,
  request: RowRequest,
): string {
  const flushes = moments.filter((one) => isA(one, 'tlb.flush'));
  const others = textOf(
    moments.filter((one) => !isA(one, 'tlb.flush')),
    request,
  );
  if (flushes.length === 0 && others !== '') return others;
  const done = call.ended && upTo === call.to;
  const what =
    flushes.length > 0
      ? `flushes ${flushes.map((one) => request.names.cpus(one.cpus)).join(', ')}`
      : done && call.reached.length === 0
        ? 'flushes nothing'
        : 'begins';
  return [`${call.name}() ${what}`, others].filter((one) => one !== '').join('; ');
}

function textOf(moments: readonly Moment[], request: RowRequest): string {
  const { names, ledger, access } = request;
  const uses = moments.some((one) => isA(one, 'tlb.use'));
  const fresh = freshFrame(moments, request);
  if (fresh !== undefined) return fresh;
  return moments
    .filter((one) => !(uses && isA(one, 'tlb.fill')))
    .map((one) => {
      // Locks are brackets; only where nothing else is wrong are they the story.
      if (access === undefined && isA(one, 'lock.take')) return `take ${one.lock}`;
      const text = phrase(one, names, ledger);
      // After a store that goes wrong, the bytes do not matter.
      if (one !== access) return text;
      if (isA(one, 'device.write')) return `device stores into ${names.frame(one.frame)}`;
      return isA(one, 'tlb.use') && one.store
        ? `store ${names.place(one)} -> ${names.frame(one.frame)}`
        : text;
    })
    .filter((text) => text !== undefined)
    .join('; ');
}

/** A frame taken and at once given its place or its bytes. */
function freshFrame(moments: readonly Moment[], { names, ledger }: RowRequest): string | undefined {
  const [taken, ...then] = moments;
  if (taken === undefined || !isA(taken, 'frame.alloc') || then.length === 0) return undefined;
  const rest = then.map((one) => {
    if (!('frame' in one) || one.frame !== taken.frame) return undefined;
    if (isA(one, 'slot.add')) return `into ${names.slot(one.slot)}`;
    const bytes = ledger.notes.get(one)?.bytes;
    if (isA(one, 'frame.fill')) {
      return bytes === undefined || bytes.content === null
        ? 'zeroed'
        : `reads ${names.bytes(bytes)}`;
    }
    if (isA(one, 'frame.copy')) return `copy of ${names.frame(one.from)}`;
    return undefined;
  });
  if (rest.some((one) => one === undefined)) return undefined;
  return `new ${names.frame(taken.frame)} ${rest.join(', ')}`;
}

/** Joins neighbouring rows of one thread where that loses nothing a sentence speaks of. */
function joined(
  drafts: readonly Draft[],
  cited: ReadonlySet<number>,
  request: RowRequest,
): Draft[] {
  const rows: Draft[] = [];
  const isCited = (row: Draft): boolean =>
    row.moments.some((one) => cited.has(one.at)) || cited.has(row.from);
  for (const row of drafts) {
    const last = rows.at(-1);
    const moments = [...(last?.moments ?? []), ...row.moments];
    const fresh = freshFrame(moments, request);
    const text = fresh ?? `${last?.text}; ${row.text}`;
    const both = last !== undefined && isCited(last) && isCited(row);
    const short = width(text) <= JOINED && plain(last, request) && plain(row, request);
    const apart = lockOf(last, request) !== lockOf(row, request);
    if (last?.who === row.who && !both && !apart && (fresh !== undefined || short)) {
      rows[rows.length - 1] = { ...last, to: row.to, text, moments };
    } else rows.push(row);
  }
  return rows;
}

function lockOf(row: Draft | undefined, { locks }: RowRequest): LockRange | undefined {
  if (row === undefined) return undefined;
  return locks.find(({ who, from, to }) => who === row.who && from <= row.to && row.from <= to);
}

/** Rows made of events only, not of calls or of what was found. */
function plain(row: Draft | undefined, request: RowRequest): boolean {
  return row !== undefined && row.moments.length > 0 && textOf(row.moments, request) === row.text;
}

/** Whether any of these events concerns what went wrong. */
function concerns(moments: readonly Moment[], { access, ledger }: RowRequest): boolean {
  if (access === undefined) return true;
  const content = ledger.notes.get(access)?.bytes?.content;
  return moments.some((one) => {
    if ('mm' in one && 'va' in one && one.mm !== undefined && one.va !== undefined) {
      const place = placeOf({ mm: one.mm, va: one.va });
      if (isA(access, 'tlb.use') && place === placeOf(access)) return true;
    }
    if ('frame' in one && one.frame === access.frame) return true;
    if ('content' in one && one.content !== null && one.content === content) return true;
    if (isA(one, 'tlb.flush')) return one.cpus.includes(access.cpu);
    return isA(one, 'call.return', 'message.send', 'message.receive', 'debt.pay', 'debt.record');
  });
}
