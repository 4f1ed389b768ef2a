// What each CPU has loaded, when it really flushed, and when it certainly was not lazy: read from
// switch_mm_irqs_off, flush_tlb_func and the tlb:tlb_flush tracepoint, as arch/x86/mm/tlb.c (6.1)
// orders them. Flushes are believed from the CPU that carries them out, not from the one that asks.
//
// - flush_tlb_func returns without a tlb_flush when the CPU has another mm loaded, is lazy (it then
//   switches to init_mm), or has already reached the generation; the flush that reached it was seen.
// - The tlb_flush stands at the end. A full flush reads the generation after the handler began, so it
//   may cover what was unmapped until its end; a ranged one only what was unmapped before it began.
// - An interrupt inside another probe's handler loses its own probes (kprobe_running()): a tlb_flush
//   without its flush_tlb_func still means that the CPU flushed.
// - switch_mm_irqs_off with the loaded mm again and no tlb_flush after it: the CPU was not lazy, or
//   was and found its generation up to date. Either way it goes on with the translations it has.

import type { Happening } from '../check/happening.ts';
import { form } from '../check/happening.ts';
import type { Observer } from '../check/observation.ts';
import type { FieldNames } from '../formats/field-names.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import type { Wide } from '../formats/wide.ts';
import {
  isAllOnes,
  isZero,
  newWide,
  numberOf,
  PAGE,
  pageAddress,
  type Task,
  wideOf,
} from './fields.ts';
import type { Flush, FlushLog } from './flush-log.ts';
import { type Names, NO_MM } from './names.ts';
import {
  probes,
  REASON_LOCAL_MM_SHOOTDOWN,
  REASON_REMOTE_SHOOTDOWN,
  REASON_TASK_SWITCH,
} from './probes.ts';
import { isInMask } from './record-parts.ts';
import type { Survey } from './survey.ts';

interface CpuState {
  /** Its number. */
  readonly cpu: number;
  /** Time of its first record, or of the first after a gap: nothing before that is known. */
  knownFrom: number;
  /** The loaded mm; `NO_MM` where the trace does not tell. */
  mm: number;
  /** It follows from an event of this CPU, not only from what a switch called `prev`. */
  isCertain: boolean;
  switching: { readonly at: number; readonly isSame: boolean } | undefined;
  flushing: FlushCall | undefined;
}

interface FlushCall {
  readonly at: number;
  /** The CPU that asked, where the probe tells. */
  readonly from: number | undefined;
  /** `NO_MM`: every mm (a batch). */
  readonly mm: number;
  readonly va?: number;
  readonly pages?: number;
}

const wide = newWide();
const end = newWide();

export class CpuTracker {
  /** By place; see CpuNames. */
  readonly #cpus: (CpuState | undefined)[] = [];
  #unknown: number;
  readonly #survey: Survey;
  readonly #names: Names;
  readonly #log: FlushLog;
  readonly #observer: Observer;
  readonly #event: Happening;

  /** `event`: the object that every event of this trace goes through. */
  constructor(
    survey: Survey,
    names: Names,
    log: FlushLog,
    { observer, event }: { readonly observer: Observer; readonly event: Happening },
  ) {
    this.#survey = survey;
    this.#names = names;
    this.#log = log;
    this.#observer = observer;
    this.#event = event;
    this.#unknown = names.cpus.numbers.length;
  }

  /**
   * Into `into`, by place: the CPUs that may hold translations of the mm that they can use without
   * switching, of which all that they did since the given time is known. `mask`: those of it only; left
   * out, those only that surely have the mm loaded. False if there are none.
   */
  holders(mm: number, mask: Wide | undefined, since: number, into: Int32Array): boolean {
    const { numbers } = this.#names.cpus;
    let isAny = false;
    for (let place = 0; place < numbers.length; place++) {
      const state = this.#cpus[place];
      if (state === undefined || (state.mm !== mm && state.mm !== NO_MM)) continue;
      const isIn = mask === undefined ? state.mm === mm : isInMask(mask, numbers[place] as number);
      if (!isIn || state.knownFrom >= since) continue;
      into[place >>> 5] = (into[place >>> 5] as number) | (1 << (place & 31));
      isAny = true;
    }
    return isAny;
  }

  /** Whether it is known of every CPU that records anything what it has loaded. */
  knowsAll(): boolean {
    return this.#unknown === 0;
  }

  /** To be called for every record of a CPU before anything else is made of it. */
  before(record: TraceRecord, place: number): void {
    const state = this.#cpus[place];
    if (state === undefined || record.lostBefore !== 0) this.#begins(record, place);
    else if (state.flushing !== undefined || state.switching !== undefined) {
      this.#goesOn(record, place, state);
    }
  }

  /** The first record of a CPU, or the first after a gap. */
  #begins(record: TraceRecord, place: number): void {
    const state = this.#cpus[place] ?? this.#meet(record, place);
    if (record.lostBefore === 0) return;
    this.#sets(state, NO_MM);
    state.knownFrom = record.time;
    state.isCertain = false;
    state.switching = undefined;
    state.flushing = undefined;
    this.#log.forget(place);
  }

  #goesOn(record: TraceRecord, place: number, state: CpuState): void {
    // Interrupts are off in the handler: what is not its very next record does not belong to it.
    if (record.event !== 'tlb_flush') state.flushing = undefined;
    const isItsFlush =
      record.event === 'tlb_flush' && record.number('reason') === REASON_TASK_SWITCH;
    if (state.switching !== undefined && !isItsFlush) this.#switchedWithoutFlush(place, state);
  }

  #meet(record: TraceRecord, place: number): CpuState {
    const { cpu, time } = record;
    const state: CpuState = {
      cpu,
      knownFrom: time,
      mm: NO_MM,
      isCertain: false,
      switching: undefined,
      flushing: undefined,
    };
    this.#cpus[place] = state;
    const first = this.#survey.firstLoaded.get(cpu);
    if (first !== undefined) this.#sets(state, this.#names.mms.of(first));
    return state;
  }

  switches(record: TraceRecord, place: number, task: Task): void {
    const { cpu, time } = record;
    if (!wideOf(record, probes.switch_mm.fields.next, wide)) return;
    const next = this.#names.mms.of(wide);
    const state = this.#state(place);
    const isSame = state.mm === next && state.isCertain;
    if (!isSame) {
      // An uncertain `mm` equal to `next` may have been init_mm: the CPU then came back by a full switch.
      const by = task.mayBeUser && state.isCertain ? task.by : undefined;
      this.#observer.leaves(cpu, time, state.mm, by);
    }
    this.#sets(state, next);
    state.isCertain = true;
    state.switching = { at: time, isSame };
    state.flushing = undefined;
    const event = this.#event;
    event.begin(form.load, time, cpu, place, task.by);
    event.what = 'mm.load';
    event.mm = next;
    this.#observer.happens(event);
  }

  handlesFlush(record: TraceRecord, place: number): void {
    const { fields } = probes.flush_func;
    const mm = wideOf(record, fields.mm, wide) && !isZero(wide) ? this.#names.mms.of(wide) : NO_MM;
    this.#state(place).flushing = {
      at: record.time,
      from: numberOf(record, fields.from),
      mm,
      ...rangeIn(record, fields),
    };
  }

  /** tlb:tlb_flush */
  flushes(record: TraceRecord, place: number, task: Task): void {
    const { cpu, time } = record;
    const state = this.#state(place);
    const reason = numberOf(record, probes.tlb_flush.fields.reason);
    if (reason === undefined || reason > REASON_LOCAL_MM_SHOOTDOWN) return;
    const hasPages = wideOf(record, probes.tlb_flush.fields.pages, wide);
    const isNone = hasPages && isZero(wide);
    const isAll = hasPages && isAllOnes(wide);
    const pages = hasPages && wide.high === 0 ? wide.low >>> 0 : undefined;
    if (reason === REASON_TASK_SWITCH) {
      if (state.switching === undefined) this.#unseenSwitch(cpu, time, state);
      else if (!isNone) this.#flushed(record, place, task, { at: time, mm: state.mm }, undefined);
      state.switching = undefined;
      return;
    }
    const call = state.flushing;
    state.flushing = undefined;
    if (
      call === undefined ||
      !belongsTo(call, cpu, reason, isAll || isNone ? undefined : pages, isAll || isNone)
    ) {
      this.#flushed(record, place, task, { at: time, mm: state.mm }, undefined);
      return;
    }
    if (call.mm !== NO_MM && state.mm !== call.mm) {
      // A switch was not seen: the handler only gets here when this mm is the loaded one.
      if (state.isCertain) this.#leaveAll(cpu, call.at);
      this.#sets(state, call.mm);
    }
    if (call.mm !== NO_MM) state.isCertain = true;
    if (state.mm !== NO_MM && state.isCertain) {
      const how =
        'its next flush handler found it running this mm, and it had not passed switch_mm_irqs_off() in between, so it was not lazy';
      this.#runs(cpu, call.at, state.mm, undefined, how);
    }
    const isFull = isAll || call.va === undefined;
    if (isFull)
      this.#flushed(record, place, task, { at: time, mm: state.mm }, undefined, call.from);
    else this.#flushed(record, place, task, { ...call, at: time }, call.at, call.from);
  }

  /** A user task of the mm (any, for `NO_MM`) is seen at work on this CPU, as no exiting task or borrower could be. */
  works(record: TraceRecord, place: number, task: Task, mm: number, how: string): void {
    const state = this.#state(place);
    if (state.mm === NO_MM || !state.isCertain || !task.mayBeUser) return;
    if (mm !== NO_MM && mm !== state.mm) return;
    if (this.#observer.isWaiting?.() === false) return;
    this.#runs(record.cpu, record.time, state.mm, task.by, how);
  }

  #state(place: number): CpuState {
    const state = this.#cpus[place];
    if (state === undefined) throw new Error(`before() was not called for the CPU at ${place}`);
    return state;
  }

  #sets(state: CpuState, mm: number): void {
    if (state.mm === NO_MM) this.#unknown--;
    if (mm === NO_MM) this.#unknown++;
    state.mm = mm;
  }

  #switchedWithoutFlush(place: number, state: CpuState): void {
    const { switching, mm, cpu } = state;
    state.switching = undefined;
    if (switching === undefined || mm === NO_MM) return;
    if (this.#survey.tellsSwitchFlushes) {
      if (!switching.isSame) return;
      const how = 'it went on in this mm after switch_mm_irqs_off() without a flush';
      this.#runs(cpu, switching.at, mm, undefined, how);
      return;
    }
    this.#log.add(place, { at: switching.at, mm });
    const event = this.#event;
    event.begin(form.flush + 1, switching.at, cpu, place, undefined);
    event.what = 'switch_mm_irqs_off';
    event.mm = mm;
    event.onlyCpu(place);
    this.#observer.happens(event);
  }

  /** Where flushes may no longer be recorded, a CPU that runs proves nothing. */
  #runs(cpu: number, at: number, mm: number, by: string | undefined, how: string): void {
    if (at > this.#survey.complete.until) return;
    this.#observer.runs(cpu, at, mm, by, how);
  }

  /** The probe of switch_mm_irqs_off was passed over (see above); only its flush is seen. */
  #unseenSwitch(cpu: number, at: number, state: CpuState): void {
    this.#leaveAll(cpu, at);
    this.#sets(state, NO_MM);
    state.isCertain = false;
    state.flushing = undefined;
  }

  #leaveAll(cpu: number, at: number): void {
    this.#observer.leaves(cpu, at, NO_MM, undefined);
  }

  #flushed(
    { cpu, time }: TraceRecord,
    place: number,
    task: Task,
    flush: Flush,
    covers: number | undefined,
    askedBy = -1,
  ): void {
    this.#log.add(place, flush);
    const { mm, va, pages } = flush;
    const event = this.#event;
    const which = form.flush + (mm === NO_MM ? 0 : 1) + (va === undefined ? 0 : 2);
    event.begin(which, time, cpu, place, task.by);
    event.what = 'flush_tlb_func';
    event.mm = mm;
    event.va = va ?? 0;
    event.pages = pages ?? 1;
    event.covers = covers ?? Number.POSITIVE_INFINITY;
    event.askedBy = askedBy;
    event.onlyCpu(place);
    this.#observer.happens(event);
  }
}

/**
 * A handler may return early, and the next one's own probe may be missed: then reason or number of
 * pages tell that this is the end of another call.
 */
function belongsTo(
  { from, pages: asked }: FlushCall,
  cpu: number,
  reason: number,
  pages: number | undefined,
  isAllOrNone: boolean,
): boolean {
  if (from !== undefined && (reason === REASON_REMOTE_SHOOTDOWN) !== (from !== cpu)) return false;
  return isAllOrNone || (asked !== undefined && pages === asked);
}

/** TLB_FLUSH_ALL and ranges from 0 to the end mean every address. */
export function rangeIn(
  record: TraceRecord,
  fields: { readonly start: FieldNames; readonly end: FieldNames },
): { readonly va?: number; readonly pages?: number } {
  if (!wideOf(record, fields.start, wide) || !wideOf(record, fields.end, end)) return {};
  if (isAllOnes(end)) return {};
  const va = pageAddress(wide);
  const isWhole = (end.low & (PAGE - 1)) === 0 && !isZero(end);
  const pages = Math.ceil((pageAddress(end) - va) / PAGE) + (isWhole ? 0 : 1);
  return pages > 0 ? { va, pages } : {};
}
