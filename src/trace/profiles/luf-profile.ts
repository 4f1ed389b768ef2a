// The profile of the `luf` probes on Linux 6.1: records in, observations out. It goes by the name and
// the fields of events, never by the file. What it has to know beyond single records lives in
// cpu-tracker.ts (CPUs), clear-brackets.ts (when an entry was emptied) and page-place.ts (where).

import { form, Happening } from '../check/happening.ts';
import { type Observer, unless } from '../check/observation.ts';
import type { FieldNames } from '../formats/field-names.ts';
import type { KernelStack } from '../formats/kernel-stack.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import { type Wide, wideFromHex } from '../formats/wide.ts';
import { type BlindSpots, noBlindSpots } from './blind-spots.ts';
import { ClearBrackets, type Cleared } from './clear-brackets.ts';
import { CpuTracker, rangeIn } from './cpu-tracker.ts';
import { newWide, numberOf, PAGE, pageAddress, type Task, Tasks, wideOf } from './fields.ts';
import { FlushLog } from './flush-log.ts';
import { GapWalk } from './gap-list.ts';
import { LastStacks } from './last-stacks.ts';
import { hasPlace, type Names, NO_MM } from './names.ts';
import { frameAt } from './page-base.ts';
import { placeOf } from './page-place.ts';
import { Meanings, type ProbeName, probes, type SystemCall } from './probes.ts';
import { flagsOf, isInMask, isPresent, isWritable, pagesOf } from './record-parts.ts';
import { type Habits, habitsOf, type Survey } from './survey.ts';
import { hasRights, UsableEntries } from './usable-entries.ts';

const MOST_ORDER = 10;
/** 2 MB. */
const ORDER_OF_PMD = 9;
const MOST_CALLERS = 4096;

const NO_TIME = Number.NaN;
const mmField = newWide();
const pageField = newWide();
const wide = newWide();

export class LufProfile {
  readonly blind: BlindSpots = noBlindSpots();
  readonly #base: Wide | undefined;
  readonly #gaps: GapWalk;
  #isInGap = false;
  readonly #observer: Observer;
  readonly #told: Observer;
  readonly #ignores: (which: number, frame: number, va: number) => boolean;
  readonly #event: Happening;
  readonly #names: Names;
  readonly #survey: Survey;
  readonly #log = new FlushLog();
  readonly #cpus: CpuTracker;
  readonly #brackets = new ClearBrackets();
  readonly #usable: UsableEntries | undefined;
  readonly #stacks: LastStacks | undefined;
  readonly #skew: number;
  readonly #tasks = new Tasks();
  readonly #meanings = new Meanings();
  /** Tasks caught in the middle of something by the start of a CPU's records or a gap in them. */
  readonly #severed = new Set<number>();
  readonly #started: boolean[] = [];
  /** Time of the last record that a CPU made in task context, by place of the CPU. */
  readonly #lastStep: number[] = [];
  readonly #inCall = new Map<number, string>();
  /** Used again for each entry that no bracket tells of. */
  readonly #guess = { isGuess: true, isFlushAsked: false, what: '', since: 0 };
  /** Frames with an index that means their place; kept where page_remove_rmap does not tell. */
  readonly #indexed = new Set<number>();
  readonly #habits: Habits;

  /** `overwritten`: the oldest records of each CPU were, so that they begin at different times. */
  constructor(
    survey: Survey,
    names: Names,
    { skew, overwritten }: { readonly skew: number; readonly overwritten: boolean },
    observer: Observer,
  ) {
    this.#survey = survey;
    this.#names = names;
    if (survey.base.found !== undefined) {
      this.#base = newWide();
      wideFromHex(survey.base.found.base.toString(16), this.#base);
    }
    this.#skew = skew;
    this.#stacks = survey.hasStacks ? new LastStacks() : undefined;
    const start = { cpu: -1, from: Number.NEGATIVE_INFINITY, until: survey.allStarted };
    this.#gaps = new GapWalk(overwritten ? [start, ...survey.gaps] : survey.gaps, skew);
    this.#event = new Happening(names.cpus.words);
    this.#observer = observer;
    this.#ignores = observer.ignores?.bind(observer) ?? (() => false);
    this.#habits = habitsOf(survey);
    this.#usable = this.#habits.followsUsable ? new UsableEntries() : undefined;
    // While records are missing nothing is judged; the CPUs are followed all the same.
    const told = unless(() => this.#isInGap, observer);
    this.#cpus = new CpuTracker(survey, names, this.#log, { observer: told, event: this.#event });
    this.#told = told;
  }

  /** Where the last record of its CPU was called from. */
  came(stack: KernelStack): void {
    if (stack.buffer === this.#survey.buffer) this.#stacks?.came(stack);
  }

  take(record: TraceRecord): void {
    if (record.buffer !== this.#survey.buffer) return;
    this.#stacks?.next(record);
    const { cpu, time } = record;
    const place = this.#names.cpus.placeOf(cpu);
    // The survey did not know of it: then it was a guess, and the trace will be taken again.
    if (place < 0) return;
    const isInGap = this.#gaps.isIn(time);
    if (isInGap && !this.#isInGap) this.#observer.lost(cpu, time);
    if (isInGap) this.#usable?.forget();
    this.#isInGap = isInGap;
    if (this.#started[place] !== true || record.lostBefore !== 0) {
      this.#started[place] = true;
      this.#severed.add(record.pid);
      this.#lastStep[place] = NO_TIME;
    }
    this.#cpus.before(record, place);
    const task = this.#tasks.of(record);
    const { probe, call } = this.#meanings.of(record);
    if (probe !== undefined) this.#dispatch(probe, record, place, task);
    else if (call !== undefined) this.#systemCall(call, record, place, task);
    // Whoever runs at switch_mm is about to be replaced, or was lazy; the tracker tells of that.
    if (probe !== 'switch_mm' && task.mayBeUser && !isInGap) {
      this.#observer.seen(place, time, task.by);
    }
  }

  #dispatch(probe: ProbeName, record: TraceRecord, place: number, task: Task): void {
    switch (probe) {
      case 'switch_mm':
        this.#cpus.switches(record, place, task);
        return;
      case 'flush_func':
        this.#cpus.handlesFlush(record, place);
        return;
      case 'tlb_flush':
        this.#cpus.flushes(record, place, task);
        return;
      case 'mm_page_alloc':
        this.#frames(form.frameAlloc, record, place, task);
        return;
      case 'mm_page_free':
        this.#frames(form.frameFree, record, place, task);
        return;
      case 'rmap_add_file':
      case 'rmap_add_new_anon':
      case 'rmap_add_anon':
        this.#maps(probe, record, place, task);
        break;
      case 'rmap_del':
        this.#unmaps(record, place, task);
        break;
      default:
        this.#steps(probe, record, place, task);
    }
    // The probes above fire in interrupts too: they say nothing about what the task has done by then.
    this.#lastStep[place] = record.time;
    this.#usable?.meets(record.pid, probe);
  }

  /** Probes that only tell what a task is at. */
  #steps(probe: ProbeName, record: TraceRecord, place: number, task: Task): void {
    const { pid, time } = record;
    switch (probe) {
      case 'unmap_one': {
        const { fields } = probes.unmap_one;
        if (
          wideOf(record, fields.page, pageField) &&
          wideOf(record, fields.mm, mmField) &&
          wideOf(record, fields.addr, wide)
        ) {
          const mm = this.#names.mms.of(mmField);
          this.#brackets.unmapBegins(pid, time, mm, pageField, pageAddress(wide));
        }
        break;
      }
      case 'clear_flush': {
        const { fields } = probes.clear_flush;
        if (wideOf(record, fields.mm, mmField) && wideOf(record, fields.addr, wide)) {
          const va = pageAddress(wide);
          const isUsable = wideOf(record, fields.entry, wide) ? isPresent(wide) : undefined;
          this.#brackets.clearFlush(pid, time, this.#names.mms.of(mmField), va, isUsable);
        }
        break;
      }
      case 'flush_range': {
        const { fields } = probes.flush_range;
        if (!wideOf(record, fields.mm, mmField)) break;
        const mm = this.#names.mms.of(mmField);
        const { va, pages } = rangeIn(record, fields);
        this.#brackets.flushRange(pid, time, mm, va ?? 0, pages ?? 0);
        this.#told.asks(record.cpu, time, mm, task.by, 'flush_tlb_mm_range');
        break;
      }
      case 'batch_flush':
        this.#told.asks(record.cpu, time, NO_MM, task.by, 'arch_tlbbatch_flush');
        break;
      case 'mm_filemap_add_to_page_cache':
        this.#cache(form.slotAdd, record, place, task);
        this.#brackets.ends(pid);
        break;
      case 'mm_filemap_delete_from_page_cache':
        this.#cache(form.slotRemove, record, place, task);
        this.#brackets.ends(pid);
        break;
      case 'zap':
        this.#brackets.zaps(pid, time);
        break;
      case 'change_prot':
        this.#changes(record);
        break;
      case 'flush_rmaps':
        if (wideOf(record, probes.flush_rmaps.fields.mm, mmField)) {
          this.#brackets.postponed(pid, this.#names.mms.of(mmField));
        }
        break;
      case 'unmap_one_ret':
      case 'flush_rmaps_ret':
        this.#brackets.ends(pid);
        break;
      case 'flush_range_ret':
        // The call it ends may have begun in the gap.
        return;
      default:
    }
    if (this.#severed.size > 0) this.#severed.delete(pid);
  }

  #changes(record: TraceRecord): void {
    const { fields } = probes.change_prot;
    if (this.#usable === undefined || !wideOf(record, fields.mm, mmField)) return;
    if (!wideOf(record, fields.start, wide)) return;
    const start = pageAddress(wide);
    if (!wideOf(record, fields.end, wide)) return;
    const mm = this.#names.mms.of(mmField);
    this.#usable.changes(record.pid, { mm, start, end: pageAddress(wide) });
  }

  #systemCall(call: SystemCall, record: TraceRecord, place: number, task: Task): void {
    const { pid } = record;
    this.#brackets.ends(pid);
    this.#usable?.goesOn(pid);
    this.#severed.delete(pid);
    this.#lastStep[place] = record.time;
    if (call.edge === 'exit') {
      this.#inCall.delete(pid);
    } else {
      this.#inCall.set(pid, `${call.name}(2)`);
      const oldest = this.#inCall.keys().next().value;
      if (this.#inCall.size > MOST_CALLERS && oldest !== undefined) this.#inCall.delete(oldest);
    }
    // An exiting task makes no more system calls, and a kernel thread makes none at all.
    const how = call.edge === 'exit' ? 'returning from' : 'entering';
    this.#cpus.works(record, place, task, NO_MM, `it was ${how} ${call.name}(2) there`);
  }

  #maps(
    probe: 'rmap_add_file' | 'rmap_add_new_anon' | 'rmap_add_anon',
    record: TraceRecord,
    place: number,
    task: Task,
  ): void {
    const { fields, stands } = probes[probe];
    const hasMm = wideOf(record, fields.mm, mmField);
    const mm = hasMm ? this.#names.mms.of(mmField) : NO_MM;
    const frame = this.#frame(record, fields.page);
    if (!hasMm) return;
    const hasAddress =
      probe !== 'rmap_add_file' && wideOf(record, probes.rmap_add_new_anon.fields.addr, wide);
    const va = hasAddress ? pageAddress(wide) : placeOf(record, true);
    if (frame !== undefined && va !== undefined) {
      const flags = flagsOf(record, fields.flags);
      const isCopy =
        probe === 'rmap_add_new_anon' &&
        hasRights(flags) &&
        this.#brackets.copies(record.pid, mm, va);
      for (let i = 0, pages = pagesOf(record); i < pages; i++) {
        this.#usable?.set(mm, va + i * PAGE, flags, isCopy);
        if (!this.#ignores(form.pteSet, frame + i, va + i * PAGE)) {
          const event = this.#begin(form.pteSet, record, place, task);
          event.what = stands;
          event.mm = mm;
          event.va = va + i * PAGE;
          event.frame = frame + i;
          event.writable = isWritable(flags);
          this.#tell(event);
        }
        if (this.#habits.keepsIndexed && probe !== 'rmap_add_anon') this.#indexed.add(frame + i);
      }
    }
    // A fault of the task itself. (Migration sets entries of others too: see Task.)
    this.#cpus.works(record, place, task, mm, 'it was taking a page fault in this mm there');
  }

  #unmaps(record: TraceRecord, place: number, task: Task): void {
    const { fields } = probes.rmap_del;
    const hasMm = wideOf(record, fields.mm, mmField);
    const mm = hasMm ? this.#names.mms.of(mmField) : NO_MM;
    const frame = this.#frame(record, fields.page);
    if (!hasMm || frame === undefined) return;
    const va = this.#placeOf(record, mm, frame);
    const pages = pagesOf(record);
    if (va === undefined) {
      this.blind.unplaced += pages;
      return;
    }
    for (let i = 0; i < pages; i++) {
      this.#unmapsPage(record, place, task, mm, va + i * PAGE, frame + i);
    }
  }

  #unmapsPage(
    record: TraceRecord,
    place: number,
    task: Task,
    mm: number,
    va: number,
    frame: number,
  ): void {
    const cleared = this.#cleared(record, place, mm, va);
    const since = cleared.since - this.#skew;
    const { from, until } = this.#survey.complete;
    const isSevered =
      (this.#severed.size > 0 && this.#severed.has(record.pid)) ||
      record.time <= from ||
      record.time > until ||
      (cleared.isGuess && (!this.#habits.seesClearAndFlush || this.#survey.hidesPostponedRmap));
    if (isSevered) this.blind.severed++;
    const isUsable = this.#wasUsable(record.pid, mm, va, cleared);
    if (!isUsable && !isSevered && cleared.isUsable === undefined) this.blind.unusable++;
    const event = this.#begin(form.pteClear, record, place, task);
    this.#hold(record, mm, since, isSevered || !isUsable);
    event.what = cleared.what;
    event.notBefore = since;
    event.mm = mm;
    event.va = va;
    event.frame = frame;
    event.writable = isWritable(flagsOf(record, probes.rmap_del.fields.flags));
    this.#tell(event);
    if (!this.#keepFlushed(mm, va, since)) return;
    this.#begin(form.flush + 3, record, place, task);
    event.what = 'flushed since it was emptied';
    event.pages = 1;
    this.#tell(event);
  }

  /** Whether the entry surely owed a flush: see usable-entries.ts. */
  #wasUsable(pid: number, mm: number, va: number, cleared: Cleared): boolean {
    const { isUsable, isReplaced, isFlushAsked, isGuess, what } = cleared;
    const isSure = isReplaced !== true && this.#usable?.take(mm, va) === true;
    if (isUsable !== undefined) return isUsable;
    if (isSure || isFlushAsked) return true;
    if (what === 'ptep_clear_flush') return false;
    // munmap and the like flush what they empty, whatever it is.
    return !this.#survey.sparesUnusable || (isGuess && this.#inCall.has(pid));
  }

  #placeOf(record: TraceRecord, mm: number, frame: number): number | undefined {
    const unmapping = this.#brackets.unmapping(record.pid, mm, pageField);
    if (unmapping !== undefined) return unmapping;
    return placeOf(record, this.#habits.keepsIndexed && this.#indexed.has(frame));
  }

  /** Since when the entry may have been empty, and by which function. */
  #cleared(record: TraceRecord, place: number, mm: number, va: number): Cleared {
    const bracket = this.#brackets.take(record.pid, mm, va);
    if (bracket !== undefined) return bracket;
    const call = this.#inCall.get(record.pid);
    const last = this.#lastStep[place];
    const guess = this.#guess;
    guess.what = call === undefined ? 'page_remove_rmap' : call;
    guess.since = last === undefined || Number.isNaN(last) ? record.time : last;
    return guess;
  }

  /**
   * Into `cpus` of the event: the CPUs in mm_cpumask that may hold a translation, as recorded, or (6.1
   * keeps the mask exact) those that have the mm loaded.
   */
  #hold(record: TraceRecord, mm: number, since: number, owesNothing: boolean): void {
    const { cpus } = this.#event;
    cpus.fill(0);
    const hasMask = wideOf(record, probes.rmap_del.fields.cpus, wide);
    if (!hasMask && !this.#cpus.knowsAll()) this.blind.unheld++;
    if (owesNothing) return;
    const { numbers } = this.#names.cpus;
    for (let place = 0; place < numbers.length; place++) {
      const isHeld = hasMask
        ? isInMask(wide, numbers[place] as number)
        : this.#cpus.hasLoaded(place, mm);
      if (isHeld && this.#cpus.mayHold(place, mm, since)) {
        cpus[place >>> 5] = (cpus[place >>> 5] as number) | (1 << (place & 31));
      }
    }
  }

  /** Keeps those of `cpus` that may have flushed the translation since; false if there are none. */
  #keepFlushed(mm: number, va: number, since: number): boolean {
    const { cpus } = this.#event;
    let isAny = false;
    for (let place = 0; place < this.#names.cpus.numbers.length; place++) {
      if (!hasPlace(cpus, place)) continue;
      if (this.#log.mayHaveFlushed(place, mm, va, since)) isAny = true;
      else cpus[place >>> 5] = (cpus[place >>> 5] as number) & ~(1 << (place & 31));
    }
    return isAny;
  }

  #frames(which: number, record: TraceRecord, place: number, task: Task): void {
    const { fields } = probes.mm_page_alloc;
    const pfn = numberOf(record, fields.pfn);
    const order = numberOf(record, fields.order) ?? 0;
    // A failed allocation has pfn -1.
    if (pfn === undefined || pfn < 0 || order > MOST_ORDER) return;
    if (order >= ORDER_OF_PMD && !this.#isInGap) this.blind.huge++;
    const what = which === form.frameAlloc ? 'mm_page_alloc' : 'mm_page_free';
    for (let frame = pfn; frame < pfn + 2 ** order; frame++) {
      if (which === form.frameFree && this.#habits.keepsIndexed) this.#indexed.delete(frame);
      if (this.#ignores(which, frame, 0)) continue;
      const event = this.#begin(which, record, place, task);
      event.what = what;
      event.frame = frame;
      this.#tell(event);
    }
  }

  #cache(which: number, record: TraceRecord, place: number, task: Task): void {
    const { fields } = probes.mm_filemap_add_to_page_cache;
    const slot = this.#event.place;
    const pfn = numberOf(record, fields.pfn);
    const index = numberOf(record, fields.index);
    const order = numberOf(record, fields.order) ?? 0;
    slot.hasDevice = wideOf(record, fields.device, slot.device);
    const hasInode = wideOf(record, fields.inode, slot.inode);
    if (pfn === undefined || !hasInode || index === undefined || order > MOST_ORDER) return;
    const what = which === form.slotAdd ? 'added to the page cache' : 'left the page cache';
    for (let i = 0; i < 2 ** order; i++) {
      if (this.#habits.keepsIndexed && which === form.slotAdd) this.#indexed.add(pfn + i);
      const event = this.#begin(which, record, place, task);
      event.what = what;
      slot.index = index + i;
      event.frame = pfn + i;
      this.#tell(event);
    }
  }

  #begin(which: number, { time, cpu }: TraceRecord, place: number, { by }: Task): Happening {
    this.#event.begin(which, time, cpu, place, by);
    this.#event.stackHere = this.#stacks?.here;
    return this.#event;
  }

  #tell(event: Happening): void {
    if (!this.#isInGap) this.#observer.happens(event);
  }

  /** The frame of a struct page; leaves its address in `pageField`. */
  #frame(record: TraceRecord, field: FieldNames): number | undefined {
    if (!wideOf(record, field, pageField) || this.#base === undefined) return undefined;
    const frame = frameAt(pageField, this.#base);
    if (frame === undefined) this.blind.foreign++;
    return frame;
  }
}
