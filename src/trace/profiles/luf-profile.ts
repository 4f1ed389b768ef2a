// The profile of the `luf` probes: records in, observations out. It goes by the name and the fields of
// events, never by the file. What it has to know beyond single records lives in cpu-tracker.ts (CPUs),
// task-work.ts and clear-brackets.ts (when an entry was emptied) and page-place.ts (where).

import { form } from '../check/happening.ts';
import type { Observer } from '../check/observation.ts';
import type { KernelStack } from '../formats/kernel-stack.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import { type BlindSpots, noBlindSpots } from './blind-spots.ts';
import { CpuTracker, rangeIn } from './cpu-tracker.ts';
import { EntryEvents } from './entry-events.ts';
import { newWide, pageAddress, type Task, Tasks, wideOf } from './fields.ts';
import { FlushLog } from './flush-log.ts';
import { FrameEvents } from './frame-events.ts';
import { GapWalk } from './gap-list.ts';
import { IndexedFrames } from './indexed-frames.ts';
import { LastStacks } from './last-stacks.ts';
import { type Names, NO_MM } from './names.ts';
import { ByEvent, meaningOf, type ProbeName, probes, type SystemCall } from './probes.ts';
import { isPresent } from './record-parts.ts';
import { habitsOf, type Survey } from './survey.ts';
import { TaskWork } from './task-work.ts';
import { Telling } from './telling.ts';
import { UnmapCalls } from './unmap-calls.ts';
import { UsableEntries } from './usable-entries.ts';

const mmField = newWide();
const pageField = newWide();
const wide = newWide();

export class LufProfile {
  readonly blind: BlindSpots = noBlindSpots();
  readonly #buffer: string;
  readonly #gaps: GapWalk | undefined;
  readonly #telling: Telling;
  readonly #names: Names;
  readonly #cpus: CpuTracker;
  readonly #work: TaskWork;
  readonly #usable: UsableEntries | undefined;
  readonly #stacks: LastStacks | undefined;
  readonly #frames: FrameEvents;
  readonly #entries: EntryEvents;
  /** Where a rule hears of what they tell. */
  readonly #calls: UnmapCalls | undefined;
  readonly #tasks = new Tasks();
  readonly #meanings = new ByEvent(meaningOf);

  /** `overwritten`: the oldest records of each CPU were, so that they begin at different times. */
  constructor(
    survey: Survey,
    names: Names,
    { skew, overwritten }: { readonly skew: number; readonly overwritten: boolean },
    observer: Observer,
  ) {
    this.#buffer = survey.buffer;
    this.#names = names;
    this.#stacks = survey.hasStacks ? new LastStacks() : undefined;
    const start = { cpu: -1, from: Number.NEGATIVE_INFINITY, until: survey.allStarted };
    const gaps = overwritten ? [start, ...survey.gaps] : survey.gaps;
    this.#gaps = gaps.length > 0 ? new GapWalk(gaps, skew) : undefined;
    const telling = new Telling(observer, names.cpus.words, this.#stacks);
    this.#telling = telling;
    const log = new FlushLog();
    this.#cpus = new CpuTracker(survey, names, log, {
      observer: telling.told,
      event: telling.event,
    });
    this.#work = new TaskWork(names.cpus.numbers.length);
    const habits = habitsOf(survey);
    this.#usable = habits.followsUsable ? new UsableEntries() : undefined;
    const indexed = habits.keepsIndexed ? new IndexedFrames() : undefined;
    const { blind } = this;
    this.#calls = telling.isHeard(form.callReturn)
      ? new UnmapCalls(telling, this.blind)
      : undefined;
    this.#frames = new FrameEvents(telling, blind, indexed);
    const known = { survey, names, skew, cpus: this.#cpus, log, work: this.#work };
    this.#entries = new EntryEvents(telling, {
      ...known,
      blind,
      usable: this.#usable,
      indexed,
      calls: this.#calls,
    });
  }

  /** Where the last record of its CPU was called from. */
  came(stack: KernelStack): void {
    if (stack.buffer === this.#buffer) this.#stacks?.came(stack);
  }

  take(record: TraceRecord): void {
    if (record.buffer !== this.#buffer) return;
    this.#stacks?.next(record);
    const place = this.#names.cpus.placeOf(record.cpu);
    // The survey did not know of it: then it was a guess, and the trace will be taken again.
    if (place < 0) return;
    if (this.#gaps !== undefined) this.#walk(this.#gaps, record);
    this.#work.comes(record, place);
    this.#cpus.before(record, place);
    const task = this.#tasks.of(record);
    const { probe, call } = this.#meanings.of(record);
    if (probe !== undefined) this.#dispatch(probe, record, place, task);
    else if (call !== undefined) this.#systemCall(call, record, place, task);
    // Whoever runs at switch_mm is about to be replaced, or was lazy; the tracker tells of that.
    const telling = this.#telling;
    if (task.mayBeUser && probe !== 'switch_mm' && !telling.isInGap) {
      telling.observer.seen(place, record.time, task.by);
    }
  }

  #walk(gaps: GapWalk, { cpu, time }: TraceRecord): void {
    const isInGap = gaps.isIn(time);
    const telling = this.#telling;
    if (isInGap && !telling.isInGap) telling.observer.lost(cpu, time);
    if (isInGap) this.#usable?.forget();
    telling.isInGap = isInGap;
  }

  /** The most frequent ones first. */
  #dispatch(probe: ProbeName, record: TraceRecord, place: number, task: Task): void {
    switch (probe) {
      case 'mm_page_alloc':
        this.#frames.block(form.frameAlloc, record, place, task);
        return;
      case 'mm_page_free':
        this.#frames.block(form.frameFree, record, place, task);
        return;
      case 'rmap_del':
        this.#entries.unmaps(record, place, task);
        break;
      case 'rmap_add_file':
      case 'rmap_add_new_anon':
      case 'rmap_add_anon':
        this.#entries.maps(probe, record, place, task);
        break;
      case 'mm_filemap_add_to_page_cache':
        this.#frames.slot(form.slotAdd, record, place, task);
        this.#work.brackets.ends(record.pid);
        this.#work.isPast(record.pid);
        break;
      case 'mm_filemap_delete_from_page_cache':
        this.#frames.slot(form.slotRemove, record, place, task);
        this.#work.brackets.ends(record.pid);
        this.#work.isPast(record.pid);
        break;
      case 'switch_mm':
        this.#cpus.switches(record, place, task);
        return;
      case 'flush_func':
        this.#cpus.handlesFlush(record, place);
        return;
      case 'tlb_flush':
        this.#cpus.flushes(record, place, task);
        return;
      case 'flush_range_ret':
        // The call it ends may have begun in the gap.
        break;
      default:
        this.#steps(probe, record, place, task);
        this.#work.isPast(record.pid);
    }
    // The probes that return above fire in interrupts too: they say nothing about what the task has done by then.
    this.#work.steps(record, place);
    this.#usable?.meets(record.pid, probe);
  }

  /** Probes that only tell what a task is at. */
  #steps(probe: ProbeName, record: TraceRecord, place: number, task: Task): void {
    const { brackets } = this.#work;
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
          brackets.unmapBegins(pid, time, mm, pageField, pageAddress(wide));
        }
        return;
      }
      case 'clear_flush': {
        const { fields } = probes.clear_flush;
        if (wideOf(record, fields.mm, mmField) && wideOf(record, fields.addr, wide)) {
          const va = pageAddress(wide);
          const isUsable = wideOf(record, fields.entry, wide) ? isPresent(wide) : undefined;
          brackets.clearFlush(pid, time, this.#names.mms.of(mmField), va, isUsable);
        }
        return;
      }
      case 'flush_range': {
        const { fields } = probes.flush_range;
        if (!wideOf(record, fields.mm, mmField)) return;
        const mm = this.#names.mms.of(mmField);
        const { va, pages } = rangeIn(record, fields);
        brackets.flushRange(pid, time, mm, va ?? 0, pages ?? 0);
        this.#telling.told.asks(record.cpu, time, mm, task.by, 'flush_tlb_mm_range');
        return;
      }
      case 'batch_flush':
        this.#telling.told.asks(record.cpu, time, NO_MM, task.by, 'arch_tlbbatch_flush');
        return;
      case 'zap':
        brackets.zaps(pid, time);
        if (this.#calls !== undefined) this.#unmaps(this.#calls, record, place, task);
        return;
      case 'change_prot':
        this.#changes(record);
        return;
      case 'flush_rmaps':
        if (wideOf(record, probes.flush_rmaps.fields.mm, mmField)) {
          brackets.postponed(pid, this.#names.mms.of(mmField));
        }
        return;
      case 'unmap_one_ret':
      case 'flush_rmaps_ret':
        brackets.ends(pid);
        return;
      default:
    }
  }

  #unmaps(calls: UnmapCalls, record: TraceRecord, place: number, task: Task): void {
    const { fields } = probes.zap;
    if (!wideOf(record, fields.mm, mmField) || !wideOf(record, fields.start, wide)) return;
    const start = pageAddress(wide);
    if (!wideOf(record, fields.end, wide)) return;
    const mm = this.#names.mms.of(mmField);
    calls.changes(record, place, task, { mm, start, end: pageAddress(wide) });
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
    this.#work.passes(call, record);
    this.#calls?.passes(call, record, place, task);
    this.#work.steps(record, place);
    this.#usable?.goesOn(record.pid);
    // An exiting task makes no more system calls, and a kernel thread makes none at all.
    const how = call.edge === 'exit' ? 'returning from' : 'entering';
    this.#cpus.works(record, place, task, NO_MM, `it was ${how} ${call.name}(2) there`);
  }
}
