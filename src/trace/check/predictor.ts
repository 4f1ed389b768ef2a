// What did not go wrong, and could have: a frame was handed out after a flush of it that nobody who had
// to do with the frame had asked for. Whoever unmapped it, freed it or took it waits for the flushes that
// it asks for itself, so those come in time in any order of events. A flush that another task asked for on
// its own account comes when it comes: nothing seen keeps it from coming after the frame has its new
// owner. Whether the CPU could then have used the old translation is proved as for a violation
// (suspicion.ts). In doubt nothing is said. Recordings have no locks, so no other reordering is looked for.

import { frameReusedBeforeFlush } from '../../rules/frame-reused-before-flush.ts';
import { hasPlace, type Names, NO_MM } from '../profiles/names.ts';
import { Asked } from './asked.ts';
import { form, type Happening } from './happening.ts';
import type { Observer } from './observation.ts';
import { momentOf } from './packed-report.ts';
import type { Moment } from './subject-store.ts';
import { Suspicion, Suspicions } from './suspicion.ts';

/** A CPU that the flush of a stranger reached in time. */
export interface LuckyFlush {
  readonly cpu: number;
  readonly at: number;
  readonly asked: Moment;
}

/** With another order of events it would have been a violation. */
export interface Possible {
  /** As if the flushes had not been. */
  readonly suspicion: Suspicion;
  readonly flushes: readonly LuckyFlush[];
  /** Since when the entry may have been empty. */
  readonly since: number;
}

/** A translation that is out of its page table, while CPUs may hold it. */
interface Debt {
  readonly mm: number;
  readonly va: number;
  readonly frame: number;
  readonly task: number;
  readonly born: Moment;
  readonly since: number;
  /** When, in events. */
  readonly count: number;
  /** Places of the CPUs. */
  readonly places: readonly number[];
  freed: Moment | undefined;
}

/** A flush of which it is known who asked for it. */
interface Reached extends LuckyFlush {
  readonly count: number;
  readonly covers: number;
  readonly mm: number;
  readonly va: number;
  /** Infinite: every page. */
  readonly until: number;
  readonly task: number;
}

const PAGE = 4096;
/** Flushes looked back on, for each CPU. */
const REMEMBERED = 64;
const NO_TASK = 0;

export class Predictor implements Observer {
  readonly #names: Names;
  readonly #suspicions: Suspicions;
  readonly #flushesOf = new Map<Suspicion, { flushes: readonly LuckyFlush[]; since: number }>();
  readonly #byFrame = new Map<number, Debt[]>();
  /** Those not freed yet, by who owes the flush. */
  readonly #byTask = new Map<number, Set<Debt>>();
  readonly #asked = new Asked();
  /** The last request on each CPU, by its number. */
  readonly #askedOn = new Map<number, { moment: Moment; mm: number; task: number }>();
  readonly #reached: Reached[][];
  /** By place, in events: since when it has what it has loaded; its last flush that is not in `reached`. */
  readonly #stint: Float64Array;
  readonly #otherFlush: Float64Array;
  /** Freed at this very moment: stamps that are equal have no order. */
  #justFreed: Debt[] = [];
  #count = 0;
  #knownFrom = Number.NaN;

  constructor(names: Names, onPossible: (possible: Possible) => void) {
    this.#names = names;
    const cpus = names.cpus.numbers.length;
    this.#reached = Array.from({ length: cpus }, () => []);
    this.#stint = new Float64Array(cpus);
    this.#otherFlush = new Float64Array(cpus);
    this.#suspicions = new Suspicions(0, names.cpus, (suspicion) => {
      const known = this.#flushesOf.get(suspicion);
      this.#flushesOf.delete(suspicion);
      if (suspicion.outcome === 'proved' && known !== undefined)
        onPossible({ suspicion, ...known });
    });
  }

  happens(event: Happening): void {
    this.#count++;
    if (Number.isNaN(this.#knownFrom)) this.#knownFrom = event.at;
    switch (event.form) {
      case form.pteClear:
        if (event.hasCpus()) this.#owes(event);
        return;
      case form.pteSet:
        this.#agrees(event);
        return;
      case form.frameFree:
        this.#frees(event);
        return;
      case form.frameAlloc:
        this.#handsOut(event);
        return;
      default:
        if (event.form >= form.flush) this.#flushes(event);
    }
  }

  ignores(_which: number, frame: number): boolean {
    return !this.#byFrame.has(frame) && !Number.isNaN(this.#knownFrom);
  }

  runs(cpu: number, at: number, mm: number, by: string | undefined, how: string): void {
    if (!this.#suspicions.areOpen) return;
    this.#suspicions.runs(cpu, at, this.#names.mms.nameOf(mm) ?? '', by, how);
  }

  leaves(cpu: number, at: number, mm: number, by: string | undefined): void {
    const place = this.#names.cpus.placeOf(cpu);
    this.#stint[place] = ++this.#count;
    this.#suspicions.leave(cpu, at, this.#names.mms.nameOf(mm), by);
  }

  seen(place: number, at: number, by: string): void {
    this.#suspicions.seen(place, at, by);
  }

  lost(): void {
    this.#suspicions.lose();
    this.#byFrame.clear();
    this.#byTask.clear();
    this.#asked.clear();
    this.#askedOn.clear();
    this.#justFreed = [];
    this.#knownFrom = Number.NaN;
  }

  asks(cpu: number, at: number, mm: number, by: string | undefined, what: string): void {
    const task = taskOf(by);
    this.#askedOn.set(cpu, { moment: { at, cpu, by, what }, mm, task });
    if (task === NO_TASK) return;
    this.#asked.note(task, mm, at);
    const isOf = (debt: Debt): boolean => mm === NO_MM || debt.mm === mm;
    for (const debt of this.#byTask.get(task) ?? []) if (isOf(debt)) this.#forgets(debt);
    for (const debt of this.#justFreed) {
      if (debt.task === task && debt.freed?.at === at && isOf(debt)) this.#forgets(debt);
    }
  }

  /** Call once, when the trace has ended. */
  finish(): void {
    this.#suspicions.end();
  }

  #owes(event: Happening): void {
    const { mm, va, frame, by, notBefore } = event;
    this.#agrees(event);
    const task = taskOf(by);
    // A request that may have come after the entry was emptied covers it.
    if (task === NO_TASK || notBefore <= this.#knownFrom) return;
    if (this.#asked.mayHaveAsked(task, mm, notBefore)) return;
    const places = this.#names.cpus.numbers
      .map((_, place) => place)
      .filter((place) => hasPlace(event.cpus, place));
    const debt: Debt = {
      ...{ mm, va, frame, task, places, since: notBefore },
      born: momentOf(event),
      count: this.#count,
      freed: undefined,
    };
    add(this.#byFrame, frame, debt);
    const owing = this.#byTask.get(task);
    if (owing === undefined) this.#byTask.set(task, new Set([debt]));
    else owing.add(debt);
  }

  /** The translation is in its page table again, or goes from it once more. */
  #agrees({ mm, va, frame }: Happening): void {
    for (const debt of this.#byFrame.get(frame) ?? []) {
      if (debt.mm === mm && debt.va === va) this.#forgets(debt);
    }
  }

  #frees(event: Happening): void {
    const debts = this.#byFrame.get(event.frame);
    if (debts === undefined) return;
    const task = taskOf(event.by);
    if (this.#justFreed[0]?.freed?.at !== event.at) this.#justFreed = [];
    for (const debt of [...debts]) {
      if (debt.freed !== undefined || task === NO_TASK || this.#hasAsked(task, debt)) {
        this.#forgets(debt);
        continue;
      }
      debt.freed = momentOf(event);
      this.#isNoMoreOf(debt);
      this.#justFreed.push(debt);
    }
  }

  #handsOut(event: Happening): void {
    const debts = this.#byFrame.get(event.frame);
    if (debts === undefined) return;
    this.#byFrame.delete(event.frame);
    const task = taskOf(event.by);
    for (const debt of debts) {
      this.#isNoMoreOf(debt);
      const { freed } = debt;
      if (freed === undefined || task === NO_TASK || this.#hasAsked(task, debt)) continue;
      // Of what it asks for after that, the task that freed it hands nothing on.
      const freer = taskOf(freed.by);
      const isRelated = (one: Reached): boolean =>
        one.task === task || (one.task === freer && one.asked.at <= freed.at);
      const flushes = debt.places
        .map((place) => this.#luckyFlush(place, debt, isRelated))
        .filter((one) => one !== undefined);
      if (flushes.length > 0) this.#suspect(debt, freed, momentOf(event), flushes);
    }
  }

  #hasAsked(task: number, { mm, since }: Debt): boolean {
    return this.#asked.mayHaveAsked(task, mm, since);
  }

  /** The flush that a stranger owes us, if it alone kept this CPU from what it held. */
  #luckyFlush(
    place: number,
    debt: Debt,
    isRelated: (one: Reached) => boolean,
  ): LuckyFlush | undefined {
    const { count, mm, va, since } = debt;
    if ((this.#stint[place] as number) > count || (this.#otherFlush[place] as number) > count) {
      return undefined;
    }
    const here = this.#reached[place] as Reached[];
    // More happened than is remembered.
    if (here.length >= REMEMBERED && (here[0] as Reached).count > count) return undefined;
    const all = here.filter(
      (one) =>
        one.count > count &&
        one.covers >= since &&
        (one.mm === NO_MM || one.mm === mm) &&
        va >= one.va &&
        va < one.until,
    );
    if (all.some(isRelated)) return undefined;
    const [first] = all;
    return first && { cpu: first.cpu, at: first.at, asked: first.asked };
  }

  #suspect(debt: Debt, freed: Moment, now: Moment, flushes: readonly LuckyFlush[]): void {
    const { mm, va, frame, born, since } = debt;
    const cpus = flushes.map(({ cpu }) => cpu);
    const suspicion = new Suspicion(
      {
        rule: frameReusedBeforeFlush,
        subject: { mm: this.#names.mms.nameOf(mm) ?? '?', va, frame },
        parties: { cpus: new Set(cpus) },
        born,
        now,
      },
      {
        owed: flushes.map(({ cpu, at }) => ({ cpu, lastFlush: at, loadedSince: undefined })),
        frameNotes: [freed],
        asked: undefined,
      },
    );
    this.#flushesOf.set(suspicion, { flushes, since });
    this.#suspicions.open(suspicion);
  }

  #flushes(event: Happening): void {
    const { at, mm, askedBy, covers } = event;
    const [hasMm, hasRange] = [((event.form - form.flush) & 1) !== 0, event.form >= form.flush + 2];
    const request = this.#askedOn.get(askedBy);
    const isKnown =
      request !== undefined &&
      request.task !== NO_TASK &&
      (request.mm === NO_MM || !hasMm || request.mm === mm);
    this.#names.cpus.numbers.forEach((cpu, place) => {
      if (!hasPlace(event.cpus, place)) return;
      const va = hasRange ? event.va : Number.NEGATIVE_INFINITY;
      const until = hasRange ? event.va + event.pages * PAGE : Number.POSITIVE_INFINITY;
      if (!isKnown) this.#otherFlush[place] = this.#count;
      else {
        const here = this.#reached[place] as Reached[];
        const { moment: asked, task } = request;
        const ofMm = hasMm ? mm : NO_MM;
        here.push({ cpu, at, asked, task, count: this.#count, covers, mm: ofMm, va, until });
        if (here.length > REMEMBERED) here.shift();
      }
      const name = this.#names.mms.nameOf(mm);
      this.#suspicions.explain(cpu, ({ report: { subject } }) => {
        if (hasMm && subject.mm !== name) return false;
        return typeof subject.va !== 'number' || (subject.va >= va && subject.va < until);
      });
    });
  }

  #forgets(debt: Debt): void {
    this.#isNoMoreOf(debt);
    const here = this.#byFrame.get(debt.frame)?.filter((one) => one !== debt) ?? [];
    if (here.length > 0) this.#byFrame.set(debt.frame, here);
    else this.#byFrame.delete(debt.frame);
  }

  #isNoMoreOf(debt: Debt): void {
    const owing = this.#byTask.get(debt.task);
    owing?.delete(debt);
    if (owing?.size === 0) this.#byTask.delete(debt.task);
  }
}

/** Both are told, one after the other. */
export function both(a: Observer, b: Observer): Observer {
  return {
    happens: (one) => {
      a.happens(one);
      b.happens(one);
    },
    ignores: (...told) => (a.ignores?.(...told) ?? false) && (b.ignores?.(...told) ?? false),
    ignoresSlot: (...told) =>
      (a.ignoresSlot?.(...told) ?? false) && (b.ignoresSlot?.(...told) ?? false),
    isWaiting: () => a.isWaiting?.() !== false || b.isWaiting?.() !== false,
    runs: (...told) => {
      a.runs(...told);
      b.runs(...told);
    },
    leaves: (...told) => {
      a.leaves(...told);
      b.leaves(...told);
    },
    seen: (...told) => {
      a.seen(...told);
      b.seen(...told);
    },
    lost: (...told) => {
      a.lost(...told);
      b.lost(...told);
    },
    asks: (...told) => {
      a.asks(...told);
      b.asks(...told);
    },
  };
}

/** The pid: a name may change. `NO_TASK` for idle, which is another task on each CPU. */
function taskOf(by: string | undefined): number {
  return by === undefined ? NO_TASK : Number(by.slice(by.lastIndexOf('/') + 1));
}

function add<K>(map: Map<K, Debt[]>, key: K, debt: Debt): void {
  const here = map.get(key);
  if (here === undefined) map.set(key, [debt]);
  else here.push(debt);
}
