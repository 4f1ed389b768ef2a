// The first reading of a trace: which probes were recorded with which fields, where the page array
// is, and what each CPU had loaded when recording began. The second reading, which judges, starts
// with all of this known, so that no early event is judged on guesses.

import type { KernelStack } from '../formats/kernel-stack.ts';
import type { TraceInfo, TraceRecord } from '../formats/trace-record.ts';
import type { Wide } from '../formats/wide.ts';
import { hexOf, isZero, newWide, numberOf, wideOf } from './fields.ts';
import { type Gap, GapList } from './gap-list.ts';
import { type BaseAnswer, PageBaseLearner } from './page-base.ts';
import { asking, ProbeWindow, watched } from './probe-window.ts';
import {
  ByEvent,
  meaningOf,
  type ProbeName,
  probeOf,
  probes,
  REASON_TASK_SWITCH,
} from './probes.ts';

export interface Survey {
  /** The ring buffer that has the probes; others would repeat its events. */
  readonly buffer: string;
  /** The probes that occur, or were recorded and never occurred, and which of our fields they have. */
  readonly seen: ReadonlyMap<ProbeName, { readonly fields: ReadonlySet<string> }>;
  /** Records that a rule or the knowledge of CPUs can use. */
  readonly usable: number;
  readonly base: BaseAnswer;
  /** `tlb_flush` tells of flushes in switch_mm_irqs_off: where it is silent, none happened. */
  readonly tellsSwitchFlushes: boolean;
  /** What a CPU had loaded before its first switch, as far as that tells (`prev` is active_mm). */
  readonly firstLoaded: ReadonlyMap<number, Wide>;
  /**
   * The time during which every probe that evidence rests on was surely switched on. Probes are
   * switched on and off one by one, each by patching kernel text, which passes switch_mm_irqs_off.
   */
  readonly complete: { readonly from: number; readonly until: number };
  /** The same of the probes that tell who asks for a flush. */
  readonly asked: { readonly from: number; readonly until: number };
  /**
   * Since 6.2 a gather may flush entries first and tell of their pages after that; where that part
   * (tlb_flush_rmaps) is not recorded, such pages look unflushed.
   */
  readonly hidesPostponedRmap: boolean;
  /**
   * Reclaim and migration may leave an entry that hardware cannot use without a flush (since 6.4), and
   * nothing reads the entry: see usable-entries.ts.
   */
  readonly sparesUnusable: boolean;
  /** When records of some CPU are missing, in order. */
  readonly gaps: readonly Gap[];
  /** From here on every CPU that records anything has begun to. */
  readonly allStarted: number;
  /** Records have stacks. */
  readonly hasStacks: boolean;
  /** CPUs that recorded anything. */
  readonly cpus: ReadonlySet<number>;
}

/** What the profile goes by beside records. */
export interface Habits {
  /** page_remove_rmap does not tell which pages have an index that means their place. */
  readonly keepsIndexed: boolean;
  /** Functions that flush before they tell that they unmapped can be told from those after. */
  readonly seesClearAndFlush: boolean;
  /** Which entries hardware may use has to be followed, and can be: see usable-entries.ts. */
  readonly followsUsable: boolean;
}

export function habitsOf({ seen, sparesUnusable }: Survey): Habits {
  const readsEntries = seen.get('clear_flush')?.fields.has('entry') === true;
  return {
    keepsIndexed: seen.get('rmap_del')?.fields.has('mapping') === false,
    seesClearAndFlush: seen.has('clear_flush') || seen.has('flush_range'),
    followsUsable: (sparesUnusable || !readsEntries) && seen.has('change_prot'),
  };
}

/** Whether two surveys make the profile tell the same of the same records. */
export function isSameToProfile(a: Survey, b: Survey): boolean {
  return essence(a) === essence(b);
}

function essence(survey: Survey): string {
  const { buffer, base, tellsSwitchFlushes, hidesPostponedRmap, complete, gaps } = survey;
  const cpus = [...survey.cpus].sort((x, y) => x - y);
  return JSON.stringify([
    habitsOf(survey),
    buffer,
    base.found?.base.toString(16),
    tellsSwitchFlushes,
    hidesPostponedRmap,
    survey.sparesUnusable,
    survey.hasStacks,
    // JSON has no infinity.
    [complete.from, complete.until, survey.allStarted].map(String),
    gaps.map(({ cpu, from, until }) => [cpu, String(from), String(until)]),
    cpus.map((cpu) => [cpu, survey.firstLoaded.get(cpu)]),
  ]);
}

export class Surveyor {
  readonly #buffers = new Map<string, BufferSurvey>();
  #last: BufferSurvey;
  readonly #knowsBase: boolean;

  /** `info`: what the file itself says, so that this need not be learned; if it is known by then. */
  constructor(info?: Pick<TraceInfo, 'recorder'>) {
    this.#knowsBase = recorded(info?.recorder?.pageArray) !== undefined;
    this.#last = new BufferSurvey('', this.#knowsBase);
  }

  note(record: TraceRecord): void {
    if (this.#last.name !== record.buffer || this.#buffers.size === 0)
      this.#last = this.#bufferNamed(record.buffer);
    this.#last.note(record);
  }

  came({ buffer }: KernelStack): void {
    this.#bufferNamed(buffer).hasStacks = true;
  }

  #bufferNamed(name: string): BufferSurvey {
    const known = this.#buffers.get(name) ?? new BufferSurvey(name, this.#knowsBase);
    this.#buffers.set(name, known);
    return known;
  }

  /** The survey of the buffer with most usable records; `info`: what the file itself says. */
  result(info: Pick<TraceInfo, 'release' | 'recorder'>): Survey {
    return this.#best().result(info, []);
  }

  /** What the whole will probably say, after its beginning: every probe that was on will be seen. */
  guess(info: Pick<TraceInfo, 'release' | 'recorder'>): Survey {
    const events = info.recorder?.events ?? [];
    return this.#best().result(
      info,
      events.map(recordedProbe).filter((one) => one !== undefined),
    );
  }

  #best(): BufferSurvey {
    let best = new BufferSurvey('', this.#knowsBase);
    for (const one of this.#buffers.values()) if (one.usable > best.usable) best = one;
    return best;
  }
}

const wide = newWide();

/** What there is to learn from records of an event. */
interface Interest {
  readonly probe: ProbeName | undefined;
  /** A rule or the knowledge of CPUs can use it. */
  readonly isUsable: boolean;
  /** It names frames, by number or by address. */
  readonly isFrames: boolean;
  /** More has to be noted than that there was one. */
  readonly isWatched: boolean;
  readonly isAsking: boolean;
  isSeen: boolean;
}

function interestOf(event: string): Interest {
  const { probe, call } = meaningOf(event);
  return {
    probe,
    isUsable: probe !== undefined || call !== undefined,
    isFrames: probe !== undefined && namesFrames.has(probe),
    isWatched: probe !== undefined && (watched.has(probe) || asking.has(probe)),
    isAsking: probe !== undefined && asking.has(probe),
    isSeen: probe === undefined,
  };
}

const namesFrames: ReadonlySet<ProbeName> = new Set<ProbeName>([
  'mm_page_alloc',
  'mm_page_free',
  'mm_filemap_add_to_page_cache',
  'mm_filemap_delete_from_page_cache',
  'rmap_add_file',
  'rmap_add_new_anon',
  'rmap_add_anon',
  'rmap_del',
  'unmap_one',
]);

class BufferSurvey {
  usable = 0;
  hasStacks = false;
  readonly name: string;
  readonly #seen = new Map<ProbeName, { fields: Set<string> }>();
  readonly #base = new PageBaseLearner();
  readonly #firstLoaded = new Map<number, Wide>();
  readonly #switched = new Set<number>();
  readonly #lastFlushed = new Map<number, Wide>();
  readonly #cpus = new Set<number>();
  readonly #window = new ProbeWindow();
  readonly #asking = new ProbeWindow();
  readonly #gaps = new GapList();
  readonly #interests = new ByEvent(interestOf);
  readonly #knowsBase: boolean;
  #tellsSwitchFlushes = false;
  #lastCpu = -1;

  constructor(name: string, knowsBase: boolean) {
    this.name = name;
    this.#knowsBase = knowsBase;
  }

  note(record: TraceRecord): void {
    if (record.cpu !== this.#lastCpu) {
      this.#lastCpu = record.cpu;
      this.#cpus.add(record.cpu);
    }
    this.#gaps.note(record);
    const interest = this.#interests.of(record);
    if (!interest.isUsable) return;
    this.usable++;
    if (!interest.isSeen) this.#meet(interest, record);
    if (interest.isFrames && !this.#knowsBase && !this.#base.isSettled) {
      this.#meetFrames(interest.probe, record);
    }
    if (interest.isWatched) this.#watch(interest, record);
  }

  #watch({ probe, isAsking }: Interest, record: TraceRecord): void {
    if (probe === undefined) return;
    if (watched.has(probe)) this.#window.note(probe, record);
    if (isAsking) this.#asking.note(probe, record);
    if (probe === 'switch_mm') this.#firstSwitch(record);
    if (probe === 'flush_func') {
      const mm = newWide();
      if (wideOf(record, probes.flush_func.fields.mm, mm) && !isZero(mm)) {
        this.#lastFlushed.set(record.cpu, mm);
      }
    }
    if (probe === 'tlb_flush' && record.number('reason') === REASON_TASK_SWITCH) {
      this.#tellsSwitchFlushes = true;
    }
  }

  /** `yet`: probes whose first record may still come. */
  result(
    { release, recorder }: Pick<TraceInfo, 'release' | 'recorder'>,
    yet: readonly ProbeName[],
  ): Survey {
    const seesPostponed =
      this.#seen.has('flush_rmaps') || recorder?.events.includes('luf/flush_rmaps') === true;
    const mayPostpone = this.#seen.get('rmap_del')?.fields.has('nr') === true || since(release, 2);
    return {
      hidesPostponedRmap: mayPostpone && !seesPostponed,
      sparesUnusable: this.#seen.get('rmap_del')?.fields.has('nr') === true || since(release, 4),
      buffer: this.name,
      seen: this.#seenOrRecorded(recorder?.events ?? []),
      usable: this.usable,
      hasStacks: this.hasStacks,
      base: recorded(recorder?.pageArray) ?? this.#base.answer(),
      tellsSwitchFlushes: this.#tellsSwitchFlushes,
      firstLoaded: this.#firstLoaded,
      complete: this.#wereOn(watched, recorder) ? always : this.#window.result(yet),
      asked: this.#wereOn(asking, recorder) ? always : this.#asking.result(),
      gaps: this.#gaps.result(),
      allStarted: this.#gaps.allStarted,
      cpus: this.#cpus,
    };
  }

  /**
   * lufcheck's own recorder switches all events on, then lets records be made, and stops that first: what
   * it says it recorded was on all the time, however late it first occurred.
   */
  #wereOn(some: ReadonlySet<ProbeName>, recorder: TraceInfo['recorder']): boolean {
    const recorded = new Set(recorder?.events.map(recordedProbe));
    return (
      recorder !== undefined && [...some].every((one) => !this.#seen.has(one) || recorded.has(one))
    );
  }

  /** An event that was recorded and never occurred is no gap: nothing of its kind happened. */
  #seenOrRecorded(events: readonly string[]): Survey['seen'] {
    const all = new Map<ProbeName, { fields: ReadonlySet<string> }>(this.#seen);
    for (const event of events) {
      const probe = recordedProbe(event);
      if (probe === undefined || all.has(probe)) continue;
      all.set(probe, { fields: new Set(Object.keys(probes[probe].fields)) });
    }
    return all;
  }

  #meet(interest: Interest, record: TraceRecord): void {
    interest.isSeen = true;
    const { probe } = interest;
    if (probe === undefined || this.#seen.has(probe)) return;
    const fields = new Set<string>();
    for (const [name, names] of Object.entries(probes[probe].fields)) {
      if (hexOf(record, names) !== undefined) fields.add(name);
    }
    this.#seen.set(probe, { fields });
  }

  #meetFrames(probe: ProbeName | undefined, record: TraceRecord): void {
    switch (probe) {
      case 'mm_page_alloc':
      case 'mm_page_free':
      case 'mm_filemap_add_to_page_cache':
      case 'mm_filemap_delete_from_page_cache': {
        const pfn = numberOf(record, probes[probe].fields.pfn);
        if (pfn !== undefined && pfn > 0) this.#base.number(record, pfn);
        break;
      }
      case 'rmap_add_file':
      case 'rmap_add_new_anon':
      case 'rmap_add_anon':
      case 'rmap_del':
      case 'unmap_one': {
        if (wideOf(record, probes[probe].fields.page, wide)) this.#base.pointer(record, wide);
        break;
      }
      default:
    }
  }

  /**
   * The first `prev` of a CPU names what it had loaded, or had borrowed and left for init_mm. Where
   * it is NULL, a flush handler is leaving a lazy mm, and its record just before names that.
   */
  #firstSwitch(record: TraceRecord): void {
    if (this.#switched.has(record.cpu)) return;
    this.#switched.add(record.cpu);
    const prev = newWide();
    const hasPrev = wideOf(record, probes.switch_mm.fields.prev, prev) && !isZero(prev);
    const mm = hasPrev ? prev : this.#lastFlushed.get(record.cpu);
    if (mm !== undefined) this.#firstLoaded.set(record.cpu, mm);
  }
}

const always = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY } as const;

/** Of `group/event`, as the recorder names it. */
function recordedProbe(event: string): ProbeName | undefined {
  return probeOf(event.slice(event.indexOf('/') + 1));
}

/** The recorder has read the variable of the kernel: no need to learn it. */
function recorded(pageArray: string | undefined): BaseAnswer | undefined {
  if (pageArray === undefined || pageArray === '') return undefined;
  return { found: { base: BigInt(`0x${pageArray}`), agreed: 'recorded' } };
}

/** Whether it is Linux 6.`minor` or later. */
function since(release: string | undefined, wanted: number): boolean {
  const [major = 0, minor = 0] = (release ?? '').split('.').map(Number);
  return major > 6 || (major === 6 && minor >= wanted);
}
