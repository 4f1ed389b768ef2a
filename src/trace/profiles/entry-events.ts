// Records of rmap as events about page-table entries: which are set, which were emptied and since
// when, and which CPUs may still hold them.

import { form } from '../check/happening.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import { type Wide, wideFromHex } from '../formats/wide.ts';
import type { BlindSpots } from './blind-spots.ts';
import type { Cleared } from './clear-brackets.ts';
import type { CpuTracker } from './cpu-tracker.ts';
import { newWide, PAGE, pageIn, type Task } from './fields.ts';
import type { FlushLog } from './flush-log.ts';
import type { IndexedFrames } from './indexed-frames.ts';
import { hasPlace, type Names, NO_MM } from './names.ts';
import { frameAt } from './page-base.ts';
import { placeRead } from './page-place.ts';
import { probes } from './probes.ts';
import { isWritable } from './record-parts.ts';
import { at, halves, has, high, low, pages, readRmap, rights, wideAt } from './rmap-fields.ts';
import { type Habits, habitsOf, type Survey } from './survey.ts';
import type { TaskWork } from './task-work.ts';
import type { Telling } from './telling.ts';
import type { UnmapCalls } from './unmap-calls.ts';
import { hasRights, type UsableEntries } from './usable-entries.ts';

/** What a profile knows beside single records. */
export interface Knowledge {
  readonly survey: Survey;
  readonly names: Names;
  /** ns by which the clocks of two CPUs may differ. */
  readonly skew: number;
  readonly cpus: CpuTracker;
  readonly log: FlushLog;
  readonly work: TaskWork;
  readonly blind: BlindSpots;
  /** Where which entries hardware may use is followed. */
  readonly usable: UsableEntries | undefined;
  /** Where page_remove_rmap does not tell which frames have an index that means their place. */
  readonly indexed: IndexedFrames | undefined;
  readonly calls: UnmapCalls | undefined;
}

export type MapProbe = 'rmap_add_file' | 'rmap_add_new_anon' | 'rmap_add_anon';

export class EntryEvents {
  readonly #telling: Telling;
  readonly #known: Knowledge;
  readonly #habits: Habits;
  readonly #base: Wide | undefined;

  constructor(telling: Telling, known: Knowledge) {
    this.#telling = telling;
    this.#known = known;
    this.#habits = habitsOf(known.survey);
    const { found } = known.survey.base;
    if (found === undefined) return;
    this.#base = newWide();
    wideFromHex(found.base.toString(16), this.#base);
  }

  maps(probe: MapProbe, record: TraceRecord, place: number, task: Task): void {
    const { names, work, usable, indexed, cpus } = this.#known;
    const telling = this.#telling;
    readRmap(record);
    const hasMm = has(at.mm);
    const mm = hasMm ? names.mms.ofHalves(low(at.mm), high(at.mm)) : NO_MM;
    const frame = this.#frame();
    if (!hasMm) return;
    const hasAddress = probe !== 'rmap_add_file' && has(at.addr);
    const va = hasAddress ? pageIn(halves, at.addr) * PAGE : placeRead(true);
    if (frame !== undefined && va !== undefined) {
      const flags = rights();
      const isCopy =
        probe === 'rmap_add_new_anon' &&
        hasRights(flags) &&
        work.brackets.copies(record.pid, mm, va);
      for (let i = 0, count = pages(); i < count; i++) {
        const address = va + i * PAGE;
        usable?.set(mm, address, flags, isCopy);
        if (!telling.ignores(form.pteSet, frame + i, address)) {
          const event = telling.begin(form.pteSet, record, place, task);
          event.what = probes[probe].stands;
          event.mm = mm;
          event.va = address;
          event.frame = frame + i;
          event.writable = isWritable(flags);
          telling.tell();
        }
        if (probe !== 'rmap_add_anon') indexed?.add(frame + i);
      }
    }
    // A fault of the task itself. (Migration sets entries of others too: see Task.)
    cpus.works(record, place, task, mm, 'it was taking a page fault in this mm there');
  }

  unmaps(record: TraceRecord, place: number, task: Task): void {
    readRmap(record);
    const hasMm = has(at.mm);
    const mm = hasMm ? this.#known.names.mms.ofHalves(low(at.mm), high(at.mm)) : NO_MM;
    const frame = this.#frame();
    if (!hasMm || frame === undefined) return;
    const va = this.#placeOf(record, mm, frame);
    const count = pages();
    if (va === undefined) {
      this.#known.blind.unplaced += count;
      return;
    }
    for (let i = 0; i < count; i++) {
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
    const { work, blind, skew } = this.#known;
    const telling = this.#telling;
    const cleared = work.cleared(record, place, mm, va);
    const since = cleared.since - skew;
    const isSevered = this.#isSevered(record, cleared);
    if (isSevered) blind.severed++;
    const isUsable = this.#wasUsable(record.pid, mm, va, cleared);
    if (!isUsable && !isSevered && cleared.isUsable === undefined) blind.unusable++;
    const isHeld = this.#hold(mm, since, isSevered || !isUsable);
    if (!isHeld && telling.ignores(form.pteClear, frame, va)) return;
    const event = telling.begin(form.pteClear, record, place, task);
    event.what = cleared.what;
    event.notBefore = since;
    event.mm = mm;
    event.va = va;
    event.frame = frame;
    event.writable = isWritable(rights());
    telling.tell();
    if (!isHeld) return;
    if (this.#keepFlushed(mm, va, since)) {
      telling.begin(form.flush + 3, record, place, task);
      event.what = 'flushed since it was emptied';
      event.pages = 1;
      telling.tell();
    }
    this.#known.calls?.changes(record, place, task, { mm, start: va, end: va + PAGE });
  }

  /** Its flush may have been where it was not recorded. */
  #isSevered({ pid, time }: TraceRecord, { isGuess }: Cleared): boolean {
    const { work, survey } = this.#known;
    const { from, until } = survey.complete;
    return (
      work.isSevered(pid) ||
      time <= from ||
      time > until ||
      (isGuess && (!this.#habits.seesClearAndFlush || survey.hidesPostponedRmap))
    );
  }

  /** Whether the entry surely owed a flush: see usable-entries.ts. */
  #wasUsable(pid: number, mm: number, va: number, cleared: Cleared): boolean {
    const { usable, survey, work } = this.#known;
    const { isUsable, isReplaced, isFlushAsked, isGuess, what } = cleared;
    const isSure = !isReplaced && usable?.take(mm, va) === true;
    if (isUsable !== undefined) return isUsable;
    if (isSure || isFlushAsked) return true;
    if (what === 'ptep_clear_flush') return false;
    // munmap and the like flush what they empty, whatever it is.
    return !survey.sparesUnusable || (isGuess && work.isInCall(pid));
  }

  #placeOf(record: TraceRecord, mm: number, frame: number): number | undefined {
    const { work, indexed } = this.#known;
    const unmapping = work.brackets.unmapping(record.pid, mm, wideAt(at.page));
    return unmapping ?? placeRead(indexed?.has(frame) === true);
  }

  /**
   * Into `cpus` of the event: the CPUs in mm_cpumask that may hold a translation, as recorded, or (6.1
   * keeps the mask exact) those that have the mm loaded. False if there are none.
   */
  #hold(mm: number, since: number, owesNothing: boolean): boolean {
    const { cpus, blind } = this.#known;
    const hasMask = has(at.cpus);
    if (!hasMask && !cpus.knowsAll()) blind.unheld++;
    const { event } = this.#telling;
    event.noCpus();
    if (owesNothing) return false;
    return cpus.holders(mm, hasMask ? wideAt(at.cpus) : undefined, since, event.cpus);
  }

  /** Keeps those of `cpus` that may have flushed the translation since; false if there are none. */
  #keepFlushed(mm: number, va: number, since: number): boolean {
    const { names, log } = this.#known;
    const { cpus } = this.#telling.event;
    let isAny = false;
    for (let place = 0; place < names.cpus.numbers.length; place++) {
      if (!hasPlace(cpus, place)) continue;
      if (log.mayHaveFlushed(place, mm, va, since)) isAny = true;
      else cpus[place >>> 5] = (cpus[place >>> 5] as number) & ~(1 << (place & 31));
    }
    return isAny;
  }

  /** The frame of the struct page that the record names. */
  #frame(): number | undefined {
    if (!has(at.page) || this.#base === undefined) return undefined;
    const frame = frameAt(wideAt(at.page), this.#base);
    if (frame === undefined) this.#known.blind.foreign++;
    return frame;
  }
}
