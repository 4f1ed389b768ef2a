// Judges a stream of observations by the rules: runs the rules, keeps what a story will need, and
// holds every report back until it is proved or explained (suspicion.ts). Memory is bounded by live
// state: unpaid subjects, open suspicions, and a note per frame that was unmapped and not yet handed
// out again.

import type { ConcreteEvent, ConcreteOf, IdValue } from '../../events/concrete.ts';
import type { AnyRule } from '../../rules/rule.ts';
import type { Observation } from './observation.ts';
import { type RuleReport, RuleRunner, type Telling } from './rule-runner.ts';
import type { Moment } from './subject-store.ts';
import { type OwedCpu, type Surroundings, Suspicion, Suspicions } from './suspicion.ts';
import type { Value } from './values.ts';

export interface RuleTally {
  readonly rule: AnyRule;
  readonly exercised: number;
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
  readonly onViolation: (suspicion: Suspicion) => void;
}

const PAGE = 4096;
const MOST_NOTES = 4;
const MOST_ASKERS = 4096;
/** Flushes that cover every mm are filed under this name. */
const EVERY = '';

export class TraceJudge {
  readonly #runners: RuleRunner[];
  readonly #suspicions: Suspicions;
  readonly #tallies = new Map<
    AnyRule,
    { [K in 'proved' | 'explained' | 'undecided' | 'unknown']: number }
  >();
  readonly #lastFlush = new Map<number, number>();
  readonly #loaded = new Map<number, { mm: IdValue | undefined; at: number }>();
  readonly #frameNotes = new Map<IdValue, Moment[]>();
  /** The last request to flush each mm. */
  readonly #asked = new Map<string, Moment>();

  constructor({ rules, skew, onViolation }: JudgeOptions) {
    this.#runners = rules.map((rule) => new RuleRunner(rule, (report) => this.#suspect(report)));
    this.#suspicions = new Suspicions(skew, (suspicion) => {
      const { outcome } = suspicion;
      const tally = this.#tallies.get(suspicion.report.rule);
      if (tally !== undefined) tally[outcome]++;
      if (outcome === 'proved') onViolation(suspicion);
    });
    for (const rule of rules) {
      this.#tallies.set(rule, { proved: 0, explained: 0, undecided: 0, unknown: 0 });
    }
  }

  observe(observation: Observation): void {
    switch (observation.kind) {
      case 'event':
        this.#hear(observation);
        break;
      case 'runs': {
        const { cpu, at, mm, by, how } = observation;
        this.#suspicions.runs(cpu, at, mm, by, how);
        break;
      }
      case 'leaves': {
        const { cpu, at, mm, by } = observation;
        this.#suspicions.leave(cpu, at, mm, by);
        this.#forgive(cpu, at, mm);
        break;
      }
      case 'seen':
        this.#suspicions.seen(observation.cpu, observation.at, observation.by);
        break;
      case 'lost':
        this.#suspicions.lose();
        for (const runner of this.#runners) runner.forget();
        this.#frameNotes.clear();
        this.#loaded.clear();
        this.#lastFlush.clear();
        break;
      case 'asks': {
        const { at, cpu, by, what, mm } = observation;
        this.#asked.delete(mm ?? EVERY);
        this.#asked.set(mm ?? EVERY, { at, cpu, by, what });
        forgetOldest(this.#asked, MOST_ASKERS);
        break;
      }
    }
  }

  /** Call once, when the trace has ended. */
  finish(): RuleTally[] {
    this.#suspicions.end();
    return this.#runners.map(({ rule, exercised }): RuleTally => {
      const { proved, explained, undecided, unknown } = this.#tallies.get(rule) ?? {
        proved: 0,
        explained: 0,
        undecided: 0,
        unknown: 0,
      };
      return { rule, exercised, violations: proved, explained, undecided, lost: unknown };
    });
  }

  #hear({ event, telling }: Extract<Observation, { kind: 'event' }>): void {
    if (event.event === 'tlb.flush') this.#flushed(event);
    if (event.event === 'mm.load') this.#loads(event);
    this.#note(event, telling);
    for (const runner of this.#runners) runner.tell(event, telling);
    if (event.event === 'frame.alloc' || event.event === 'pte.set') {
      this.#frameNotes.delete(event.frame);
    }
  }

  #flushed(event: ConcreteOf<'tlb.flush'>): void {
    const covers = (suspicion: Suspicion): boolean => {
      const { mm, va } = suspicion.report.subject;
      if (event.mm !== undefined && mm !== event.mm) return false;
      if (typeof event.va !== 'number' || typeof va !== 'number') return true;
      return va >= event.va && va < event.va + (event.pages ?? 1) * PAGE;
    };
    for (const cpu of event.cpus) {
      if (typeof cpu !== 'number') continue;
      if (cpu === event.cpu) this.#lastFlush.set(cpu, event.at);
      this.#suspicions.explain(cpu, covers);
    }
  }

  #loads({ cpu, mm, at }: ConcreteOf<'mm.load'>): void {
    if (this.#loaded.get(cpu)?.mm !== mm || mm === undefined) this.#loaded.set(cpu, { mm, at });
  }

  /** What leaves the CPU without a translation that it could use counts as a flush for the rules. */
  #forgive(cpu: number, at: number, mm: string | undefined): void {
    const event: ConcreteEvent = {
      event: 'tlb.flush',
      at,
      cpu,
      cpus: [cpu],
      ...(mm === undefined ? {} : { mm }),
    };
    for (const runner of this.#runners) runner.tell(event);
  }

  #note(event: ConcreteEvent, { what = event.event, stack }: Telling = {}): void {
    if (event.event === 'pte.clear') {
      if (!this.#frameNotes.has(event.frame)) this.#frameNotes.set(event.frame, []);
    } else if (event.event === 'frame.free' || event.event === 'slot.remove') {
      const notes = this.#frameNotes.get(event.frame);
      if (notes === undefined || notes.length >= MOST_NOTES) return;
      notes.push({ at: event.at, cpu: event.cpu, by: event.by, what, ...(stack && { stack }) });
    }
  }

  #suspect(report: RuleReport): void {
    const owed = cpusOf(report.parties.cpus).map((cpu): OwedCpu => {
      const loaded = this.#loaded.get(cpu);
      return {
        cpu,
        lastFlush: this.#lastFlush.get(cpu),
        loadedSince: loaded?.mm === report.subject.mm ? loaded?.at : undefined,
      };
    });
    const frame = report.subject.frame;
    const asked = [String(report.subject.mm), EVERY]
      .map((mm) => this.#asked.get(mm))
      .filter((one) => one !== undefined && one.at >= report.born.at)
      .sort((a, b) => (b?.at ?? 0) - (a?.at ?? 0))[0];
    const around: Surroundings = {
      owed,
      asked,
      frameNotes: [...((frame !== undefined && this.#frameNotes.get(frame)) || [])],
    };
    this.#suspicions.open(new Suspicion(report, around));
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
