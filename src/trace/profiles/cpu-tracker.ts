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

import type { Observe } from '../check/observation.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import { ALL_ONES, hexOf, mayBeUser, numberOf, PAGE, pageAddress, taskOf } from './fields.ts';
import type { Flush, FlushLog } from './flush-log.ts';
import {
  probes,
  REASON_LOCAL_MM_SHOOTDOWN,
  REASON_REMOTE_SHOOTDOWN,
  REASON_TASK_SWITCH,
} from './probes.ts';
import type { Survey } from './survey.ts';

interface CpuState {
  /** Time of its first record, or of the first after a gap: nothing before that is known. */
  readonly knownFrom: number;
  /** The loaded mm; undefined where the trace does not tell. */
  mm: string | undefined;
  /** It follows from an event of this CPU, not only from what a switch called `prev`. */
  isCertain: boolean;
  switching: { readonly at: number; readonly isSame: boolean } | undefined;
  flushing: FlushCall | undefined;
}

interface FlushCall {
  readonly at: number;
  /** The CPU that asked, where the probe tells. */
  readonly from: number | undefined;
  /** Undefined: every mm (a batch). */
  readonly mm: string | undefined;
  readonly va?: number;
  readonly pages?: number;
}

export class CpuTracker {
  readonly #cpus = new Map<number, CpuState>();
  readonly #survey: Survey;
  readonly #log: FlushLog;
  readonly #observe: Observe;

  constructor(survey: Survey, log: FlushLog, observe: Observe) {
    this.#survey = survey;
    this.#log = log;
    this.#observe = observe;
  }

  /**
   * Whether the CPU may hold translations of the mm that it can use without switching, and all that
   * it did since the given time is known.
   */
  mayHold(cpu: number, mm: string, since: number): boolean {
    const state = this.#cpus.get(cpu);
    if (state === undefined || state.knownFrom >= since) return false;
    return state.mm === undefined || state.mm === mm;
  }

  /** CPUs that have the mm loaded, as far as the trace tells. */
  loadedOn(mm: string): number[] {
    return [...this.#cpus].filter(([, state]) => state.mm === mm).map(([cpu]) => cpu);
  }

  /** Whether it is known of every CPU that records anything what it has loaded. */
  knowsAll(): boolean {
    for (const cpu of this.#survey.cpus) {
      if (this.#cpus.get(cpu)?.mm === undefined) return false;
    }
    return true;
  }

  /** To be called for every record of a CPU before anything else is made of it. */
  before(record: TraceRecord): void {
    const { cpu, time } = record;
    if (!this.#cpus.has(cpu)) {
      const mm = this.#survey.firstLoaded.get(cpu);
      this.#cpus.set(cpu, freshState(time, mm));
    }
    if (record.lostBefore !== 0) {
      this.#cpus.set(cpu, freshState(time, undefined));
      this.#log.forget(cpu);
    }
    const state = this.#state(cpu);
    // Interrupts are off in the handler: what is not its very next record does not belong to it.
    if (record.event !== 'tlb_flush') state.flushing = undefined;
    const isItsFlush =
      record.event === 'tlb_flush' && record.number('reason') === REASON_TASK_SWITCH;
    if (state.switching !== undefined && !isItsFlush) this.#switchedWithoutFlush(cpu, state);
  }

  switches(record: TraceRecord): void {
    const { cpu, time } = record;
    const next = hexOf(record, probes.switch_mm.fields.next);
    if (next === undefined) return;
    const state = this.#state(cpu);
    const isSame = state.mm === next && state.isCertain;
    if (!isSame) {
      // An uncertain `mm` equal to `next` may have been init_mm: the CPU then came back by a full switch.
      const by = mayBeUser(record) ? taskOf(record) : undefined;
      this.#observe({
        kind: 'leaves',
        at: time,
        cpu,
        mm: state.mm,
        by: state.isCertain ? by : undefined,
      });
    }
    state.mm = next;
    state.isCertain = true;
    state.switching = { at: time, isSame };
    state.flushing = undefined;
    this.#observe({
      kind: 'event',
      event: { event: 'mm.load', at: time, cpu, by: taskOf(record), mm: next },
    });
  }

  handlesFlush(record: TraceRecord): void {
    const { cpu, time } = record;
    const { fields } = probes.flush_func;
    const mm = hexOf(record, fields.mm);
    this.#state(cpu).flushing = {
      at: time,
      from: numberOf(record, fields.from),
      mm: mm === undefined || mm === '0' ? undefined : mm,
      ...rangeOf(hexOf(record, fields.start), hexOf(record, fields.end)),
    };
  }

  /** tlb:tlb_flush */
  flushes(record: TraceRecord): void {
    const { cpu, time } = record;
    const state = this.#state(cpu);
    const reason = numberOf(record, probes.tlb_flush.fields.reason);
    const pages = hexOf(record, probes.tlb_flush.fields.pages);
    if (reason === undefined || reason > REASON_LOCAL_MM_SHOOTDOWN) return;
    if (reason === REASON_TASK_SWITCH) {
      if (state.switching === undefined) this.#unseenSwitch(cpu, time, state);
      else if (pages !== '0') this.#flushed(record, { at: time, mm: state.mm }, undefined);
      state.switching = undefined;
      return;
    }
    const call = state.flushing;
    state.flushing = undefined;
    if (call === undefined || !belongsTo(call, cpu, reason, pages)) {
      this.#flushed(record, { at: time, mm: state.mm }, undefined);
      return;
    }
    if (call.mm !== undefined && state.mm !== call.mm) {
      // A switch was not seen: the handler only gets here when this mm is the loaded one.
      if (state.isCertain) this.#leaveAll(cpu, call.at);
      state.mm = call.mm;
    }
    if (call.mm !== undefined) state.isCertain = true;
    if (state.mm !== undefined && state.isCertain) {
      const how =
        'its next flush handler found it running this mm, and it had not passed switch_mm_irqs_off() in between, so it was not lazy';
      this.#runs(cpu, call.at, state.mm, undefined, how);
    }
    const isFull = pages === ALL_ONES || call.va === undefined;
    if (isFull) this.#flushed(record, { at: time, mm: state.mm }, undefined);
    else this.#flushed(record, { ...call, at: time }, call.at);
  }

  /** A user task of the mm is seen at work on this CPU, as no exiting task or borrower could be. */
  works(record: TraceRecord, mm: string | undefined, how: string): void {
    const state = this.#state(record.cpu);
    if (state.mm === undefined || !state.isCertain || !mayBeUser(record)) return;
    if (mm !== undefined && mm !== state.mm) return;
    const { cpu, time: at } = record;
    this.#runs(cpu, at, state.mm, taskOf(record), how);
  }

  #state(cpu: number): CpuState {
    const state = this.#cpus.get(cpu);
    if (state === undefined) throw new Error(`before() was not called for CPU ${cpu}`);
    return state;
  }

  #switchedWithoutFlush(cpu: number, state: CpuState): void {
    const { switching, mm } = state;
    state.switching = undefined;
    if (switching === undefined || mm === undefined) return;
    if (this.#survey.tellsSwitchFlushes) {
      if (!switching.isSame) return;
      const how = 'it went on in this mm after switch_mm_irqs_off() without a flush';
      this.#runs(cpu, switching.at, mm, undefined, how);
      return;
    }
    this.#log.add(cpu, { at: switching.at, mm });
    this.#observe({
      kind: 'event',
      event: { event: 'tlb.flush', at: switching.at, cpu, cpus: [cpu], mm },
      telling: { what: 'switch_mm_irqs_off' },
    });
  }

  /** Where flushes may no longer be recorded, a CPU that runs proves nothing. */
  #runs(cpu: number, at: number, mm: string, by: string | undefined, how: string): void {
    if (at > this.#survey.complete.until) return;
    this.#observe({ kind: 'runs', at, cpu, mm, by, how });
  }

  /** The probe of switch_mm_irqs_off was passed over (see above); only its flush is seen. */
  #unseenSwitch(cpu: number, at: number, state: CpuState): void {
    this.#leaveAll(cpu, at);
    state.mm = undefined;
    state.isCertain = false;
    state.flushing = undefined;
  }

  #leaveAll(cpu: number, at: number): void {
    this.#observe({ kind: 'leaves', at, cpu, mm: undefined, by: undefined });
  }

  #flushed(record: TraceRecord, flush: Flush, covers: number | undefined): void {
    const { cpu, time } = record;
    this.#log.add(cpu, flush);
    const { mm, va, pages } = flush;
    this.#observe({
      kind: 'event',
      event: {
        event: 'tlb.flush',
        at: time,
        cpu,
        by: taskOf(record),
        cpus: [cpu],
        ...(mm === undefined ? {} : { mm }),
        ...(va === undefined ? {} : { va, pages: pages ?? 1 }),
      },
      telling: { what: 'flush_tlb_func', ...(covers === undefined ? {} : { covers }) },
    });
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
  pages: string | undefined,
): boolean {
  if (from !== undefined && (reason === REASON_REMOTE_SHOOTDOWN) !== (from !== cpu)) return false;
  if (pages === ALL_ONES || pages === '0') return true;
  return asked !== undefined && pages === asked.toString(16);
}

function freshState(knownFrom: number, mm: string | undefined): CpuState {
  return { knownFrom, mm, isCertain: false, switching: undefined, flushing: undefined };
}

/** TLB_FLUSH_ALL and ranges from 0 to the end mean every address. */
export function rangeOf(
  start: string | undefined,
  end: string | undefined,
): { readonly va?: number; readonly pages?: number } {
  if (start === undefined || end === undefined || end === ALL_ONES) return {};
  const va = pageAddress(start);
  const pages = Math.ceil((pageAddress(end) - va) / PAGE) + (end.endsWith('000') ? 0 : 1);
  return pages > 0 ? { va, pages } : {};
}
