// The profile of the `luf` probes on Linux 6.1: records in, observations out. It goes by the name and
// the fields of events, never by the file. What it has to know beyond single records lives in
// cpu-tracker.ts (CPUs), clear-brackets.ts (when an entry was emptied) and page-place.ts (where).

import type { ConcreteEvent } from '../../events/concrete.ts';
import type { Observe } from '../check/observation.ts';
import type { Telling } from '../check/rule-runner.ts';
import type { KernelStack } from '../formats/kernel-stack.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import { type BlindSpots, noBlindSpots } from './blind-spots.ts';
import { ClearBrackets, type Cleared } from './clear-brackets.ts';
import { CpuTracker, rangeOf } from './cpu-tracker.ts';
import { hexOf, mayBeUser, numberOf, PAGE, pageAddress, taskOf } from './fields.ts';
import { FlushLog } from './flush-log.ts';
import { GapWalk } from './gap-list.ts';
import { LastStacks } from './last-stacks.ts';
import { frameOf } from './page-base.ts';
import { hasMapping, placeOf } from './page-place.ts';
import { type ProbeName, probeOf, probes, systemCallOf } from './probes.ts';
import { cpusOf, isPresent, isWritable, moment, pagesOf } from './record-parts.ts';
import type { Survey } from './survey.ts';
import { hasRights, UsableEntries } from './usable-entries.ts';

/** Probes that fire in interrupts too: they say nothing about what the task has done by then. */
const inInterrupts: ReadonlySet<ProbeName> = new Set([
  'switch_mm',
  'flush_func',
  'tlb_flush',
  'mm_page_alloc',
  'mm_page_free',
]);

const MOST_ORDER = 10;
/** 2 MB. */
const ORDER_OF_PMD = 9;
const MOST_CALLERS = 4096;

export class LufProfile {
  readonly blind: BlindSpots = noBlindSpots();
  readonly #base: bigint | undefined;
  readonly #gaps: GapWalk;
  #isInGap = false;
  readonly #observe: Observe;
  readonly #survey: Survey;
  readonly #log = new FlushLog();
  readonly #cpus: CpuTracker;
  readonly #brackets = new ClearBrackets();
  readonly #usable: UsableEntries | undefined;
  readonly #lose: (at: number, cpu: number) => void;
  readonly #skew: number;
  /** Tasks caught in the middle of something by the start of a CPU's records or a gap in them. */
  readonly #severed = new Set<number>();
  readonly #started = new Set<number>();
  /** Time of the last record that a CPU made in task context. */
  readonly #lastStep = new Map<number, number>();
  readonly #inCall = new Map<number, string>();
  /** Frames with an index that means their place; kept where page_remove_rmap does not tell. */
  readonly #indexed = new Set<number>();
  readonly #keepsIndexed: boolean;
  readonly #stacks = new LastStacks();
  /** Functions that flush before they tell that they unmapped can be told from those after. */
  readonly #seesClearAndFlush: boolean;

  /** `overwritten`: the oldest records of each CPU were, so that they begin at different times. */
  constructor(survey: Survey, skew: number, overwritten: boolean, observe: Observe) {
    this.#survey = survey;
    this.#base = survey.base.found?.base;
    this.#skew = skew;
    const start = { cpu: -1, from: Number.NEGATIVE_INFINITY, until: survey.allStarted };
    this.#gaps = new GapWalk(overwritten ? [start, ...survey.gaps] : survey.gaps, skew);
    // While records are missing nothing is judged; the CPUs are followed all the same.
    this.#observe = (observation) => {
      if (!this.#isInGap) observe(observation);
    };
    this.#lose = (at, cpu) => observe({ kind: 'lost', at, cpu });
    this.#keepsIndexed = survey.seen.get('rmap_del')?.fields.has('mapping') === false;
    this.#seesClearAndFlush = survey.seen.has('clear_flush') || survey.seen.has('flush_range');
    this.#cpus = new CpuTracker(survey, this.#log, this.#observe);
    const readsEntries = survey.seen.get('clear_flush')?.fields.has('entry') === true;
    const isNeeded = survey.sparesUnusable || !readsEntries;
    this.#usable = isNeeded && survey.seen.has('change_prot') ? new UsableEntries() : undefined;
  }

  /** Where the last record of its CPU was called from. */
  came(stack: KernelStack): void {
    if (stack.buffer === this.#survey.buffer) this.#stacks.came(stack);
  }

  take(record: TraceRecord): void {
    if (record.buffer !== this.#survey.buffer) return;
    this.#stacks.next(record);
    const { cpu, pid, time } = record;
    const isInGap = this.#gaps.isIn(time);
    if (isInGap && !this.#isInGap) this.#lose(time, cpu);
    if (isInGap) this.#usable?.forget();
    this.#isInGap = isInGap;
    if (!this.#started.has(cpu) || record.lostBefore !== 0) {
      this.#started.add(cpu);
      this.#severed.add(pid);
      this.#lastStep.delete(cpu);
    }
    this.#cpus.before(record);
    const probe = probeOf(record.event);
    if (probe === undefined) this.#systemCall(record);
    else this.#dispatch(probe, record);
    // Whoever runs at switch_mm is about to be replaced, or was lazy; the tracker tells of that.
    if (probe !== 'switch_mm' && mayBeUser(record)) {
      this.#observe({ kind: 'seen', at: record.time, cpu, by: taskOf(record) });
    }
  }

  #dispatch(probe: ProbeName, record: TraceRecord): void {
    switch (probe) {
      case 'switch_mm':
        this.#cpus.switches(record);
        break;
      case 'flush_func':
        this.#cpus.handlesFlush(record);
        break;
      case 'tlb_flush':
        this.#cpus.flushes(record);
        break;
      case 'mm_page_alloc':
        this.#frames('frame.alloc', record);
        break;
      case 'mm_page_free':
        this.#frames('frame.free', record);
        break;
      case 'rmap_add_file':
      case 'rmap_add_new_anon':
      case 'rmap_add_anon':
        this.#maps(probe, record);
        break;
      case 'rmap_del':
        this.#unmaps(record);
        break;
      default:
        this.#steps(probe, record);
    }
    if (!inInterrupts.has(probe)) this.#lastStep.set(record.cpu, record.time);
    this.#usable?.meets(record.pid, probe);
  }

  /** Probes that only tell what a task is at. */
  #steps(probe: ProbeName, record: TraceRecord): void {
    const { pid, time } = record;
    switch (probe) {
      case 'unmap_one': {
        const { fields } = probes.unmap_one;
        const [page, mm, addr] = [fields.page, fields.mm, fields.addr].map((names) =>
          hexOf(record, names),
        );
        if (page !== undefined && mm !== undefined && addr !== undefined) {
          this.#brackets.unmapBegins(pid, time, mm, page, pageAddress(addr));
        }
        break;
      }
      case 'clear_flush': {
        const mm = hexOf(record, probes.clear_flush.fields.mm);
        const addr = hexOf(record, probes.clear_flush.fields.addr);
        if (mm !== undefined && addr !== undefined) {
          const entry = hexOf(record, probes.clear_flush.fields.entry);
          const isUsable = entry === undefined ? undefined : isPresent(entry);
          this.#brackets.clearFlush(pid, time, mm, pageAddress(addr), isUsable);
        }
        break;
      }
      case 'flush_range': {
        const { fields } = probes.flush_range;
        const mm = hexOf(record, fields.mm);
        const { va, pages } = rangeOf(hexOf(record, fields.start), hexOf(record, fields.end));
        if (mm === undefined) break;
        this.#brackets.flushRange(pid, time, mm, va ?? 0, pages ?? 0);
        this.#asks(record, 'flush_tlb_mm_range', mm);
        break;
      }
      case 'batch_flush':
        this.#asks(record, 'arch_tlbbatch_flush', undefined);
        break;
      case 'mm_filemap_add_to_page_cache':
        this.#cache('slot.add', record);
        this.#brackets.ends(pid);
        break;
      case 'mm_filemap_delete_from_page_cache':
        this.#cache('slot.remove', record);
        this.#brackets.ends(pid);
        break;
      case 'zap':
        this.#brackets.zaps(pid, time);
        break;
      case 'change_prot': {
        const { fields } = probes.change_prot;
        const mm = hexOf(record, fields.mm);
        const [start, end] = [hexOf(record, fields.start), hexOf(record, fields.end)];
        if (mm === undefined || start === undefined || end === undefined) break;
        this.#usable?.changes(pid, { mm, start: pageAddress(start), end: pageAddress(end) });
        break;
      }
      case 'flush_rmaps': {
        const mm = hexOf(record, probes.flush_rmaps.fields.mm);
        if (mm !== undefined) this.#brackets.postponed(pid, mm);
        break;
      }
      case 'unmap_one_ret':
      case 'flush_rmaps_ret':
        this.#brackets.ends(pid);
        break;
      case 'flush_range_ret':
        // The call it ends may have begun in the gap.
        return;
      default:
    }
    this.#severed.delete(pid);
  }

  #systemCall(record: TraceRecord): void {
    const call = systemCallOf(record.event);
    if (call === undefined) return;
    const { pid, cpu } = record;
    this.#brackets.ends(pid);
    this.#usable?.goesOn(pid);
    this.#severed.delete(pid);
    this.#lastStep.set(cpu, record.time);
    if (call.edge === 'exit') {
      this.#inCall.delete(pid);
    } else {
      this.#inCall.set(pid, call.name);
      const oldest = this.#inCall.keys().next().value;
      if (this.#inCall.size > MOST_CALLERS && oldest !== undefined) this.#inCall.delete(oldest);
    }
    // An exiting task makes no more system calls, and a kernel thread makes none at all.
    const how = call.edge === 'exit' ? 'returning from' : 'entering';
    this.#cpus.works(record, undefined, `it was ${how} ${call.name}(2) there`);
  }

  #maps(probe: 'rmap_add_file' | 'rmap_add_new_anon' | 'rmap_add_anon', record: TraceRecord): void {
    const mm = hexOf(record, probes[probe].fields.mm);
    const frame = this.#frame(hexOf(record, probes[probe].fields.page));
    if (mm === undefined) return;
    const addr =
      probe === 'rmap_add_file' ? undefined : hexOf(record, probes.rmap_add_new_anon.fields.addr);
    const va = addr === undefined ? placeOf(record) : pageAddress(addr);
    if (frame !== undefined && va !== undefined) {
      const flags = hexOf(record, probes[probe].fields.flags);
      const writable = isWritable(flags);
      const isCopy =
        probe === 'rmap_add_new_anon' &&
        hasRights(flags) &&
        this.#brackets.copies(record.pid, mm, va);
      const what = probes[probe].stands;
      for (let i = 0; i < pagesOf(record); i++) {
        this.#usable?.set(mm, va + i * PAGE, flags, isCopy);
        this.#event(
          {
            ...moment(record),
            event: 'pte.set',
            mm,
            va: va + i * PAGE,
            frame: frame + i,
            writable,
          },
          { what },
          record,
        );
        if (this.#keepsIndexed && probe !== 'rmap_add_anon') this.#indexed.add(frame + i);
      }
    }
    // A fault of the task itself. (Migration sets entries of others too: see mayBeUser.)
    this.#cpus.works(record, mm, 'it was taking a page fault in this mm there');
  }

  #unmaps(record: TraceRecord): void {
    const { fields } = probes.rmap_del;
    const mm = hexOf(record, fields.mm);
    const page = hexOf(record, fields.page);
    const frame = this.#frame(page);
    if (mm === undefined || page === undefined || frame === undefined) return;
    const va = this.#placeOf(record, mm, page, frame);
    const pages = pagesOf(record);
    if (va === undefined) {
      this.blind.unplaced += pages;
      return;
    }
    for (let i = 0; i < pages; i++) this.#unmapsPage(record, mm, va + i * PAGE, frame + i);
  }

  #unmapsPage(record: TraceRecord, mm: string, va: number, frame: number): void {
    const { fields } = probes.rmap_del;
    const cleared = this.#cleared(record, mm, va);
    const since = cleared.since - this.#skew;
    const holders = this.#holders(record, mm).filter((cpu) => this.#cpus.mayHold(cpu, mm, since));
    const { from, until } = this.#survey.complete;
    const isSevered =
      this.#severed.has(record.pid) ||
      record.time <= from ||
      record.time > until ||
      (cleared.isGuess && (!this.#seesClearAndFlush || this.#survey.hidesPostponedRmap));
    if (isSevered) this.blind.severed++;
    const writable = isWritable(hexOf(record, fields.flags));
    const isUsable = this.#wasUsable(record, mm, va, cleared);
    if (!isUsable && !isSevered && cleared.isUsable === undefined) this.blind.unusable++;
    const cpus = isSevered || !isUsable ? [] : holders;
    this.#event(
      { ...moment(record), event: 'pte.clear', mm, va, frame, writable, cpus },
      { what: cleared.what, notBefore: since },
      record,
    );
    const flushed = cpus.filter((cpu) => this.#log.mayHaveFlushed(cpu, mm, va, since));
    if (flushed.length === 0) return;
    this.#event(
      { ...moment(record), event: 'tlb.flush', cpus: flushed, mm, va, pages: 1 },
      { what: 'flushed since it was emptied' },
      record,
    );
  }

  /** Whether the entry surely owed a flush: see usable-entries.ts. */
  #wasUsable(
    record: TraceRecord,
    mm: string,
    va: number,
    cleared: Cleared & { readonly isGuess: boolean },
  ): boolean {
    const { isUsable, isReplaced, isFlushAsked, isGuess, what } = cleared;
    const isSure = isReplaced !== true && this.#usable?.take(mm, va) === true;
    if (isUsable !== undefined) return isUsable;
    if (isSure || isFlushAsked) return true;
    if (what === 'ptep_clear_flush') return false;
    // munmap and the like flush what they empty, whatever it is.
    return !this.#survey.sparesUnusable || (isGuess && this.#inCall.has(record.pid));
  }

  #placeOf(record: TraceRecord, mm: string, page: string, frame: number): number | undefined {
    const unmapping = this.#brackets.unmapping(record.pid, mm, page);
    if (unmapping !== undefined) return unmapping;
    if (!hasMapping(record) && !this.#indexed.has(frame)) return undefined;
    return placeOf(record);
  }

  /** Since when the entry may have been empty, and by which function. */
  #cleared(record: TraceRecord, mm: string, va: number): Cleared & { isGuess: boolean } {
    const bracket = this.#brackets.take(record.pid, mm, va);
    if (bracket !== undefined) return { ...bracket, isGuess: false };
    const call = this.#inCall.get(record.pid);
    return {
      isGuess: true,
      isFlushAsked: false,
      what: call === undefined ? 'page_remove_rmap' : `${call}(2)`,
      since: this.#lastStep.get(record.cpu) ?? record.time,
    };
  }

  /**
   * The CPUs in mm_cpumask: as recorded, or (6.1 keeps the mask exact) those that have the mm loaded.
   */
  #holders(record: TraceRecord, mm: string): number[] {
    const mask = hexOf(record, probes.rmap_del.fields.cpus);
    if (mask !== undefined) return cpusOf(mask);
    if (!this.#cpus.knowsAll()) this.blind.unheld++;
    return this.#cpus.loadedOn(mm);
  }

  #frames(kind: 'frame.alloc' | 'frame.free', record: TraceRecord): void {
    const { fields } = probes.mm_page_alloc;
    const pfn = numberOf(record, fields.pfn);
    const order = numberOf(record, fields.order) ?? 0;
    // A failed allocation has pfn -1.
    if (pfn === undefined || pfn < 0 || order > MOST_ORDER) return;
    if (order >= ORDER_OF_PMD && !this.#isInGap) this.blind.huge++;
    const what = kind === 'frame.alloc' ? 'mm_page_alloc' : 'mm_page_free';
    for (let frame = pfn; frame < pfn + 2 ** order; frame++) {
      if (kind === 'frame.free') this.#indexed.delete(frame);
      this.#event({ ...moment(record), event: kind, frame }, { what }, record);
    }
  }

  #cache(kind: 'slot.add' | 'slot.remove', record: TraceRecord): void {
    const { fields } = probes.mm_filemap_add_to_page_cache;
    const pfn = numberOf(record, fields.pfn);
    const [device, inode] = [hexOf(record, fields.device), hexOf(record, fields.inode)];
    const index = numberOf(record, fields.index);
    const order = numberOf(record, fields.order) ?? 0;
    if (pfn === undefined || inode === undefined || index === undefined || order > MOST_ORDER)
      return;
    for (let i = 0; i < 2 ** order; i++) {
      const slot = `${device ?? '?'}:${inode}:${index + i}`;
      if (this.#keepsIndexed && kind === 'slot.add') this.#indexed.add(pfn + i);
      const what = kind === 'slot.add' ? 'added to the page cache' : 'left the page cache';
      this.#event({ ...moment(record), event: kind, slot, frame: pfn + i }, { what }, record);
    }
  }

  #asks(record: TraceRecord, what: string, mm: string | undefined): void {
    const { time: at, cpu } = record;
    this.#observe({ kind: 'asks', at, cpu, by: taskOf(record), what, mm });
  }

  #event(event: ConcreteEvent, telling: Telling, record: TraceRecord): void {
    const stack = this.#stacks.of(record);
    this.#observe({ kind: 'event', event, telling: { ...telling, stack } });
  }

  #frame(page: string | undefined): number | undefined {
    if (page === undefined || this.#base === undefined) return undefined;
    const frame = frameOf(page, this.#base);
    if (frame === undefined) this.blind.foreign++;
    return frame;
  }
}
