// A report of a rule says that a CPU was owed a flush at a bad moment. On a real machine that is not
// yet wrong: a lazy CPU is left out of shootdowns on purpose and catches up when it leaves lazy mode,
// and one that has switched away compares generations when it comes back. A trace has no event for
// entering lazy mode. So a report stays a suspicion, CPU by CPU, until the trace proves that the CPU
// was able to use the old translation, or until a legal behaviour explains everything seen.
//
// The proof rests on one fact of the kernel: lazy mode is left only in switch_mm_irqs_off(), which
// is traced. Whoever is not lazy now, and has not passed there since the bad moment, was not lazy
// then.

import type { IdValue } from '../../events/concrete.ts';
import type { CpuNames } from '../profiles/names.ts';
import type { RuleReport } from './rule-runner.ts';
import type { Moment } from './subject-store.ts';

/** What the trace showed of an owed CPU at the moment of the report. */
export interface OwedCpu {
  readonly cpu: number;
  /** Its last flush of any kind before the report. */
  readonly lastFlush: number | undefined;
  /** Since when it had this mm loaded, as far as the trace tells. */
  readonly loadedSince: number | undefined;
}

export interface Proof {
  readonly cpu: number;
  readonly at: number;
  readonly by: string | undefined;
  readonly how: string;
}

/** What surrounded the report, kept until it is decided. */
export interface Surroundings {
  readonly owed: readonly OwedCpu[];
  /** What happened to the frame between unmap and report. */
  readonly frameNotes: readonly Moment[];
  /** The last request for a flush that could have covered it since the unmap. */
  readonly asked: Moment | undefined;
}

export type Outcome = 'proved' | 'explained' | 'undecided' | 'unknown';

export class Suspicion {
  readonly report: RuleReport;
  readonly around: Surroundings;
  readonly mm: IdValue | undefined;
  readonly proofs: Proof[] = [];
  /** Of each CPU that is owed, in their order: there are few, and tens of thousands of suspicions. */
  readonly #outcomes: (Outcome | undefined)[] = [];
  /** How often tasks had been seen on it when this came up. */
  readonly #seenBefore: number[] = [];
  #openCount: number;

  constructor(report: RuleReport, around: Surroundings) {
    this.report = report;
    this.around = around;
    this.mm = report.subject.mm;
    this.#openCount = around.owed.length;
  }

  get isDecided(): boolean {
    return this.#openCount === 0;
  }
  /** The strongest outcome over its CPUs. */
  get outcome(): Outcome {
    for (const one of ['proved', 'unknown', 'undecided'] as const)
      if (this.#outcomes.includes(one)) return one;
    return 'explained';
  }

  decide(cpu: number, outcome: Outcome): void {
    const i = this.#indexOf(cpu);
    if (this.#outcomes[i] === undefined) this.#openCount--;
    this.#outcomes[i] = outcome;
  }

  /** To be told of each CPU in their order. */
  seenUntilNow(times: number): void {
    this.#seenBefore.push(times);
    this.#outcomes.push(undefined);
  }

  seenBefore(cpu: number): number | undefined {
    return this.#seenBefore[this.#indexOf(cpu)];
  }

  #indexOf(cpu: number): number {
    const { owed } = this.around;
    for (let i = 0; i < owed.length; i++) if (owed[i]?.cpu === cpu) return i;
    throw new Error(`CPU ${cpu} is not one of the suspicion`);
  }

  prove(proof: Proof): void {
    this.proofs.push(proof);
    this.decide(proof.cpu, 'proved');
  }
}

interface Parked {
  readonly suspicion: Suspicion;
  readonly cpu: number;
  readonly at: number;
}

/** Suspicions by the CPU they wait for, and by the task whose later life would decide them. */
export class Suspicions {
  /** ns by which the clocks of two CPUs may differ. */
  readonly #skew: number;
  readonly #waiting = new Map<number, Set<Suspicion>>();
  readonly #parked = new Map<string, Parked[]>();
  /** Who was last seen running on each CPU, when, and how often somebody was: by place. */
  readonly #seenBy: (string | undefined)[];
  readonly #seenAt: Float64Array;
  readonly #seenTimes: Float64Array;
  readonly #cpus: CpuNames;
  readonly #onDecided: (suspicion: Suspicion) => void;
  #openCount = 0;

  constructor(skew: number, cpus: CpuNames, onDecided: (suspicion: Suspicion) => void) {
    this.#skew = skew;
    this.#cpus = cpus;
    const count = cpus.numbers.length;
    this.#seenBy = Array.from({ length: count });
    this.#seenAt = new Float64Array(count);
    this.#seenTimes = new Float64Array(count);
    this.#onDecided = onDecided;
  }

  /** Whether any is still to be decided. */
  get areOpen(): boolean {
    return this.#openCount > 0;
  }

  open(suspicion: Suspicion): void {
    if (!suspicion.isDecided) this.#openCount++;
    for (const { cpu } of suspicion.around.owed) {
      const here = this.#waiting.get(cpu);
      if (here === undefined) this.#waiting.set(cpu, new Set([suspicion]));
      else here.add(suspicion);
      suspicion.seenUntilNow(this.#seenTimes[this.#cpus.placeOf(cpu)] ?? 0);
    }
    if (suspicion.isDecided) this.#onDecided(suspicion);
  }

  /** The CPU is certainly not lazy now, and has not switched since the suspicions waiting here. */
  runs(cpu: number, at: number, mm: string, by: string | undefined, how: string): void {
    const waiting = this.#waiting.get(cpu);
    // Asked for every fault: an iterator over nothing would be most of it.
    if (waiting !== undefined && waiting.size > 0) {
      for (const suspicion of waiting) {
        if (suspicion.mm !== mm || !this.#isSurelyAfter(suspicion, cpu, at)) continue;
        this.#prove(suspicion, { cpu, at, by, how });
      }
    }
    if (by === undefined || this.#parked.size === 0) return;
    const parked = this.#parked.get(by);
    if (parked === undefined) return;
    this.#parked.delete(by);
    for (const one of parked) {
      const { suspicion, cpu: then } = one;
      if (suspicion.mm !== mm) this.#decide(suspicion, then, 'explained');
      else
        this.#prove(suspicion, {
          cpu: then,
          at: one.at,
          by,
          how: 'it was running there, and went on later',
        });
    }
  }

  /** A task that may be a user task runs on the CPU at this place. */
  seen(place: number, at: number, by: string): void {
    this.#seenBy[place] = by;
    this.#seenAt[place] = at;
    this.#seenTimes[place] = (this.#seenTimes[place] as number) + 1;
  }

  /** The CPU flushed before anything was proved: legal, unless a user task ran there meanwhile. */
  explain(cpu: number, isConcerned: (suspicion: Suspicion) => boolean): void {
    for (const suspicion of this.#waiting.get(cpu) ?? []) {
      if (isConcerned(suspicion)) this.#settle(suspicion, cpu);
    }
  }

  /** The CPU leaves the mm while `by` runs, who may turn out to be a user task. */
  leave(cpu: number, at: number, mm: string | undefined, by: string | undefined): void {
    for (const suspicion of this.#waiting.get(cpu) ?? []) {
      if (mm !== undefined && suspicion.mm !== mm) continue;
      if (by === undefined || !this.#isSurelyAfter(suspicion, cpu, at))
        this.#settle(suspicion, cpu);
      else this.#park(by, { suspicion, cpu, at });
    }
  }

  /** Records are missing: what is open stays unknown. */
  lose(): void {
    this.#seenBy.fill(undefined);
    for (const [cpu, waiting] of this.#waiting) {
      for (const suspicion of waiting) this.#decide(suspicion, cpu, 'unknown');
    }
    for (const parked of this.#parked.values()) {
      for (const { suspicion, cpu } of parked) this.#decide(suspicion, cpu, 'unknown');
    }
    this.#parked.clear();
  }

  /** The trace ends: what waits is undecided; a task not seen again may have been exiting. */
  end(): void {
    for (const [cpu, waiting] of this.#waiting) {
      for (const suspicion of waiting) this.#decide(suspicion, cpu, 'undecided');
    }
    for (const parked of this.#parked.values()) {
      for (const { suspicion, cpu } of parked) this.#decide(suspicion, cpu, 'explained');
    }
    this.#parked.clear();
  }

  /** Someone who ran there since the report may still prove it by being seen alive. */
  #settle(suspicion: Suspicion, cpu: number): void {
    const place = this.#cpus.placeOf(cpu);
    const [by, at] = [this.#seenBy[place], this.#seenAt[place] as number];
    const isSeenSince = this.#seenTimes[place] !== suspicion.seenBefore(cpu);
    if (by === undefined || !isSeenSince || !this.#isSurelyAfter(suspicion, cpu, at)) {
      this.#decide(suspicion, cpu, 'explained');
    } else {
      this.#park(by, { suspicion, cpu, at });
    }
  }

  #park(by: string, parked: Parked): void {
    this.#waiting.get(parked.cpu)?.delete(parked.suspicion);
    const here = this.#parked.get(by);
    if (here === undefined) this.#parked.set(by, [parked]);
    else here.push(parked);
  }

  /** On the CPU of the report order is the order of records; across CPUs it takes a later stamp. */
  #isSurelyAfter(suspicion: Suspicion, cpu: number, at: number): boolean {
    const { now } = suspicion.report;
    return cpu === now.cpu || at > now.at + this.#skew;
  }

  #prove(suspicion: Suspicion, proof: Proof): void {
    this.#waiting.get(proof.cpu)?.delete(suspicion);
    suspicion.prove(proof);
    this.#check(suspicion);
  }

  #decide(suspicion: Suspicion, cpu: number, outcome: Outcome): void {
    this.#waiting.get(cpu)?.delete(suspicion);
    suspicion.decide(cpu, outcome);
    this.#check(suspicion);
  }

  #check(suspicion: Suspicion): void {
    if (!suspicion.isDecided) return;
    this.#openCount--;
    this.#onDecided(suspicion);
  }
}
