// Judges a stream of observations by the rules: runs the rules, keeps what a story will need, and
// holds every report back until it is proved or explained (suspicion.ts). Memory is bounded by live
// state: unpaid subjects, open suspicions, and a note per frame that was unmapped and not yet handed
// out again.

import type { AnyRule } from '../../rules/rule.ts';
import { hasPlace, type Names, NO_MM } from '../profiles/names.ts';
import { CountFilter } from './count-filter.ts';
import type { ExercisedOn } from './exercised-on.ts';
import { concreteOf, form, forms, Happening, type SlotPlace } from './happening.ts';
import { LoadLog } from './load-log.ts';
import type { Observer } from './observation.ts';
import { momentOf, PackedReport } from './packed-report.ts';
import { packedRule } from './packed-rule.ts';
import { PackedRunner, type Quiet, type Shared } from './packed-runner.ts';
import { type RuleReport, RuleRunner } from './rule-runner.ts';
import { SlotNames } from './slot-names.ts';
import type { Moment } from './subject-store.ts';
import { SubjectTable } from './subject-table.ts';
import { type OwedCpu, type Surroundings, Suspicion, Suspicions } from './suspicion.ts';
import type { Value } from './values.ts';

export interface RuleTally {
  readonly rule: AnyRule;
  readonly exercised: number;
  readonly on: ExercisedOn;
  readonly violations: number;
  /** Reports that a lazy or departed CPU explains. */
  readonly explained: number;
  readonly undecided: number;
  /** Reports that fell into a gap of the recording. */
  readonly lost: number;
}

export interface JudgeOptions {
  readonly rules: readonly AnyRule[];
  /** ns by which the clocks of two CPUs may differ; 0 for a common clock. */
  readonly skew: number;
  readonly names: Names;
  readonly onViolation: (suspicion: Suspicion) => void;
}

const PAGE = 4096;
const MOST_NOTES = 4;
const MOST_ASKERS = 4096;
/** Of a frame that has none yet: never added to. */
const NO_NOTES: Moment[] = [];

/** Runs a rule, packed or not. */
interface Runner {
  readonly rule: AnyRule;
  readonly exercised: number;
  on(): ExercisedOn;
  hears(which: number): boolean;
  hear(event: Happening): void;
  /** Which events of a form would do nothing. */
  quiet(which: number): Quiet;
  /** A CPU switches. */
  loads(event: Happening): void;
  forget(): void;
}

export class TraceJudge implements Observer {
  readonly #names: Names;
  readonly #runners: readonly Runner[];
  /** Those who hear of an event, by its form. */
  readonly #hearers: readonly (readonly Runner[])[];
  /** By form as well. */
  readonly #quiet: readonly QuietForm[];
  readonly #slots = new SlotNames();
  readonly #loads: LoadLog;
  readonly #suspicions: Suspicions;
  readonly #tallies = new Map<
    AnyRule,
    { [K in 'proved' | 'explained' | 'undecided' | 'unknown']: number }
  >();
  /** By place of the CPU: its last flush, what it has loaded, and since when. */
  readonly #lastFlush: Float64Array;
  readonly #loaded: Int32Array;
  readonly #loadedAt: Float64Array;
  readonly #frameNotes = new Map<number, Moment[]>();
  readonly #noted = new CountFilter();
  /** The last request to flush each mm; `NO_MM`: every one. */
  readonly #asked = new Map<number, Moment>();
  readonly #forgiving: Happening;

  constructor({ rules, skew, names, onViolation }: JudgeOptions) {
    this.#names = names;
    const cpus = names.cpus.numbers.length;
    this.#lastFlush = new Float64Array(cpus).fill(Number.NaN);
    this.#loaded = new Int32Array(cpus).fill(NO_MM);
    this.#loadedAt = new Float64Array(cpus);
    this.#loads = new LoadLog(cpus);
    this.#forgiving = new Happening(names.cpus.words);
    const shared = sharedBy(names, this.#slots, this.#loads);
    this.#runners = runnersFor(rules, shared, (report) => this.#suspect(report));
    this.#hearers = forms.map((_, which) => this.#runners.filter((one) => one.hears(which)));
    this.#quiet = forms.map((_, which) =>
      quietForm(this.#runners.map((runner) => runner.quiet(which))),
    );
    this.#suspicions = new Suspicions(skew, names.cpus, (suspicion) => {
      const { outcome } = suspicion;
      const tally = this.#tallies.get(suspicion.report.rule);
      if (tally !== undefined) tally[outcome]++;
      if (outcome === 'proved') onViolation(suspicion);
    });
    for (const rule of rules) {
      this.#tallies.set(rule, { proved: 0, explained: 0, undecided: 0, unknown: 0 });
    }
  }

  happens(event: Happening): void {
    switch (event.form) {
      case form.pteClear:
        // A frame that nobody holds a translation to will not be part of a report.
        if (event.hasCpus() && !this.#frameNotes.has(event.frame)) {
          this.#frameNotes.set(event.frame, NO_NOTES);
          this.#noted.add(event.frame);
        }
        break;
      case form.frameFree:
      case form.slotRemove:
        if (this.#noted.mayHave(event.frame)) this.#note(event);
        break;
      case form.load:
        this.#switches(event);
        return;
      default:
        if (event.form >= form.flush) this.#flushed(event);
    }
    this.#tell(event);
    const begins = event.form === form.frameAlloc || event.form === form.pteSet;
    if (begins && this.#noted.mayHave(event.frame) && this.#frameNotes.delete(event.frame)) {
      this.#noted.remove(event.frame);
    }
  }

  ignores(which: number, frame: number, va: number): boolean {
    const quiet = this.#quiet[which] as QuietForm;
    // A frame that was unmapped while somebody held it has notes; who empties an entry looks for none.
    if (!quiet.isEver || (which !== form.pteClear && this.#noted.mayHave(frame))) return false;
    const { frames, vas } = quiet;
    for (let i = 0; i < frames.length; i++) {
      if ((frames[i] as SubjectTable).mayHaveFrame(frame)) return false;
    }
    for (let i = 0; i < vas.length; i++) {
      if ((vas[i] as SubjectTable).mayHaveVa(va)) return false;
    }
    return true;
  }

  ignoresSlot(which: number, slot: SlotPlace): boolean {
    return (this.#quiet[which] as QuietForm).goesBySlot && !this.#slots.mayKnow(slot);
  }

  isWaiting(): boolean {
    return this.#suspicions.areOpen;
  }

  runs(cpu: number, at: number, mm: number, by: string | undefined, how: string): void {
    if (!this.#suspicions.areOpen) return;
    this.#suspicions.runs(cpu, at, this.#names.mms.nameOf(mm) ?? '', by, how);
  }

  leaves(cpu: number, at: number, mm: number, by: string | undefined): void {
    if (this.#suspicions.areOpen) {
      this.#suspicions.leave(cpu, at, this.#names.mms.nameOf(mm), by);
    }
    this.#forgive(cpu, at, mm);
  }

  seen(place: number, at: number, by: string): void {
    this.#suspicions.seen(place, at, by);
  }

  lost(): void {
    this.#suspicions.lose();
    for (const runner of this.#runners) runner.forget();
    this.#frameNotes.clear();
    this.#noted.clear();
    this.#loaded.fill(NO_MM);
    this.#lastFlush.fill(Number.NaN);
  }

  asks(cpu: number, at: number, mm: number, by: string | undefined, what: string): void {
    this.#asked.delete(mm);
    this.#asked.set(mm, { at, cpu, by, what });
    forgetOldest(this.#asked, MOST_ASKERS);
  }

  /** Call once, when the trace has ended. */
  finish(): RuleTally[] {
    this.#suspicions.end();
    return this.#runners.map((runner): RuleTally => {
      const { rule, exercised } = runner;
      const { proved, explained, undecided, unknown } = this.#tallies.get(rule) ?? {
        proved: 0,
        explained: 0,
        undecided: 0,
        unknown: 0,
      };
      return {
        rule,
        exercised,
        on: runner.on(),
        violations: proved,
        explained,
        undecided,
        lost: unknown,
      };
    });
  }

  #flushed(event: Happening): void {
    const { cpuPlace, at } = event;
    if (hasPlace(event.cpus, cpuPlace)) this.#lastFlush[cpuPlace] = at;
    if (!this.#suspicions.areOpen) return;
    const mm = this.#names.mms.nameOf(event.mm);
    const [hasMm, hasRange] = [((event.form - form.flush) & 1) !== 0, event.form >= form.flush + 2];
    const covers = (suspicion: Suspicion): boolean => {
      if (hasMm && suspicion.mm !== mm) return false;
      const { va } = suspicion.report.subject;
      if (!hasRange || typeof va !== 'number') return true;
      return va >= event.va && va < event.va + event.pages * PAGE;
    };
    for (const cpu of this.#names.cpus.numbersIn(event.cpus)) {
      this.#suspicions.explain(cpu, covers);
    }
  }

  #switches(event: Happening): void {
    const { cpuPlace, mm, at } = event;
    if (this.#loaded[cpuPlace] !== mm) {
      this.#loaded[cpuPlace] = mm;
      this.#loadedAt[cpuPlace] = at;
    }
    for (const runner of this.#runners) runner.loads(event);
    this.#loads.loads(cpuPlace, mm);
  }

  /** What leaves the CPU without a translation that it could use counts as a flush for the rules. */
  #forgive(cpu: number, at: number, mm: number): void {
    const event = this.#forgiving;
    const place = this.#names.cpus.placeOf(cpu);
    event.begin(form.flush + (mm === NO_MM ? 0 : 1), at, cpu, place, undefined);
    event.what = 'tlb.flush';
    event.mm = mm;
    event.onlyCpu(place);
    this.#tell(event);
  }

  #tell(event: Happening): void {
    const hearers = this.#hearers[event.form] as readonly Runner[];
    for (let i = 0; i < hearers.length; i++) (hearers[i] as Runner).hear(event);
  }

  #note(event: Happening): void {
    const notes = this.#frameNotes.get(event.frame);
    if (notes === undefined || notes.length >= MOST_NOTES) return;
    if (notes === NO_NOTES) this.#frameNotes.set(event.frame, [momentOf(event)]);
    else notes.push(momentOf(event));
  }

  #suspect(report: RuleReport): void {
    const { mm, frame } = report.subject;
    const space = this.#names.mms.numberOf(String(mm));
    const cpus = report instanceof PackedReport ? report.cpus : cpusOf(report.parties.cpus);
    const owed: OwedCpu[] = [];
    for (let i = 0; i < cpus.length; i++) {
      const cpu = cpus[i] as number;
      const place = this.#names.cpus.placeOf(cpu);
      const isThis = space !== NO_MM && this.#loaded[place] === space;
      const loadedSince = isThis ? this.#loadedAt[place] : undefined;
      const lastFlush = this.#lastFlush[place] ?? Number.NaN;
      owed.push({
        cpu,
        lastFlush: Number.isNaN(lastFlush) ? undefined : lastFlush,
        loadedSince,
      });
    }
    const asked = this.#lastAsked(space, report.born.at);
    const notes = typeof frame === 'number' ? this.#frameNotes.get(frame) : undefined;
    // More may be noted later.
    const frameNotes = notes === undefined ? NO_NOTES : notes.slice();
    const around: Surroundings = { owed, asked, frameNotes };
    this.#suspicions.open(new Suspicion(report, around));
  }

  /** The last request for a flush of this address space, or of all. */
  #lastAsked(mm: number, since: number): Moment | undefined {
    const [here, all] = [this.#asked.get(mm), this.#asked.get(NO_MM)];
    const last = here === undefined || (all !== undefined && all.at > here.at) ? all : here;
    return last !== undefined && last.at >= since ? last : undefined;
  }
}

/** Of all rules together: when an event of a form concerns none of them. */
interface QuietForm {
  readonly isEver: boolean;
  readonly goesBySlot: boolean;
  /** No subject of these is of its frame, none of those of its address. */
  readonly frames: readonly SubjectTable[];
  readonly vas: readonly SubjectTable[];
}

function quietForm(all: readonly Quiet[]): QuietForm {
  const tables = (by: 'frame' | 'va'): SubjectTable[] => [
    ...new Set(all.flatMap((one) => (one.by === by ? [one.table] : []))),
  ];
  return {
    isEver: all.every(({ by }) => by !== 'never' && by !== 'slot'),
    goesBySlot: all.every(({ by }) => by === 'slot' || by === 'always'),
    frames: tables('frame'),
    vas: tables('va'),
  };
}

function sharedBy(names: Names, slots: SlotNames, loads: LoadLog): Shared {
  const tables = new Map<string, SubjectTable>();
  return {
    names,
    slots,
    loads,
    tableFor: (keptFor) => {
      const table = tables.get(keptFor.join()) ?? new SubjectTable(keptFor);
      tables.set(keptFor.join(), table);
      return table;
    },
  };
}

function runnersFor(
  rules: readonly AnyRule[],
  shared: Shared,
  onReport: (report: RuleReport) => void,
): Runner[] {
  const { names } = shared;
  return rules.map((rule): Runner => {
    const packed = packedRule(rule, names.cpus.words);
    return packed === undefined
      ? new Unpacked(rule, names, onReport)
      : new PackedRunner(packed, shared, onReport);
  });
}

/** A rule whose state is of kinds that cannot be packed: told in full. */
class Unpacked implements Runner {
  readonly #runner: RuleRunner;
  readonly #names: Names;

  constructor(rule: AnyRule, names: Names, onReport: (report: RuleReport) => void) {
    this.#runner = new RuleRunner(rule, onReport);
    this.#names = names;
  }
  get rule(): AnyRule {
    return this.#runner.rule;
  }
  get exercised(): number {
    return this.#runner.exercised;
  }
  on(): ExercisedOn {
    return this.#runner.on();
  }
  hears(which: number): boolean {
    const one = forms[which];
    return one !== undefined && this.rule.hears[one.kind] !== undefined;
  }
  hear(event: Happening): void {
    const { kind, what, notBefore, covers } = event;
    if (this.rule.hears[kind] === undefined) return;
    const stack = event.stackHere?.();
    this.#runner.tell(concreteOf(event, this.#names), {
      what,
      notBefore,
      ...(stack && { stack }),
      ...(Number.isFinite(covers) ? { covers } : {}),
    });
  }
  loads(event: Happening): void {
    this.hear(event);
  }
  quiet(which: number): Quiet {
    return { by: this.hears(which) ? 'never' : 'always' };
  }
  forget(): void {
    this.#runner.forget();
  }
}

function cpusOf(value: Value | undefined): number[] {
  if (!(value instanceof Set)) return [];
  return [...value].filter((cpu) => typeof cpu === 'number').sort((a, b) => a - b);
}

function forgetOldest<K>(map: Map<K, unknown>, most: number): void {
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
