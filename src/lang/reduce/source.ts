// The runner (runner.ts) as JavaScript source, for generated code: the same questions of the same
// tables. It stands around functions that write all successors of one thread.

import { maskOf } from '../late.ts';
import type { Field } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { HardwarePlan, Noticed } from './hardware.ts';
import type { Plan, Rows } from './plan.ts';
import { MOST_VARIANTS, NO_PLACE, type Reductions } from './runner.ts';

export interface Surrounded {
  /** 32-bit words per state. */
  readonly words: number;
  /** Where each thread's program counter is. */
  readonly counters: readonly Field[];
  /** Upper bound of the ways that one thread, or the hardware, has in one state. */
  readonly ways: number;
  /** By action number: its way among those of the place, or of the hardware. */
  readonly choices: readonly number[];
  /** The hardware's actions are those from this number on. */
  readonly firstHardware: number;
}

/** What there is to say of a machine. */
export function surroundingsOf({ words, actions, threads, ambient }: Machine): Surrounded {
  const choices = actions.map(() => -1);
  const points = [...threads.flatMap((thread) => thread.points), ambient];
  for (const way of points.flat()) choices[way.action] = way.choice;
  return {
    words,
    counters: threads.map((thread) => thread.pc),
    ways: Math.max(...points.map((ways) => ways.length)),
    choices,
    firstHardware: ambient[0]?.action ?? actions.length,
  };
}

/**
 * Declarations of `reducedExpand(from, at, into, actions, reports, n)`: it writes the successors
 * that `Machine.successors` has with these reductions, in the same order. The source around it
 * declares, with the same parameters, `thread0`, `thread1`, ... and `hardware`, which write the
 * successors of one thread, and of the hardware, without reductions.
 *
 * Where a model error is thrown, `failedIn` and `failedAt` tell from which state: words, and offset.
 *
 * @example
 * ```ts
 * const compiled = new Function(`${generated}\n${runnerSource(plan, { fusion: true }, about)}
 *   return { expand: reducedExpand };`)();
 * ```
 */
export function runnerSource(plan: Plan, reductions: Reductions, about: Surrounded): string {
  const tables = new Tables(plan);
  const { words, counters, ways, choices } = about;
  const noticed = new NoticedTables(plan.hardware, about);
  const threads = plan.threads.map((_, t) => `thread${t}`).join(', ');
  const parts = plan.threads.map((thread, t) => {
    const points = thread.points.map(({ chosenBy, ids }) => {
      const fields = chosenBy.flatMap(({ field: { word, shift, mask }, count }) => [
        word,
        shift,
        mask,
        count,
      ]);
      return `[${JSON.stringify(fields)}, Int32Array.of(${ids.join()})]`;
    });
    return `{
  points: [${points.join(', ')}],
  places: ${thread.places},
  kinds: Int32Array.of(${tables.kinds[t]?.join()}),
  stops: Uint8Array.of(${thread.stops.join()}),
  before: [${thread.before.map((rows) => tables.numbers(rows)).join()}],
  after: [${thread.after.map((rows) => tables.numbers(rows)).join()}],
  waits: [${thread.waits.map((rows) => tables.numbers(rows)).join()}],
  notices: [${thread.notices.map((some) => noticed.groups(some)).join()}],
  heeds: Uint8Array.of(${thread.heeds.join()}),
}`;
  });
  const reporting = plan.hardware.reporting.flatMap(({ way, notices }) => {
    const action = noticed.actionOf(way);
    return action < 0 ? [] : [`[${action}, ${noticed.number(notices)}]`];
  });
  const where = counters.map(({ word, shift, mask }) => `${word}, ${shift}, ${mask}`);
  return `const FUSION = ${reductions.fusion === true};
const LOCAL_FIRST = ${reductions.localFirst === true};
const LATE = ${reductions.lateHardware === true};
const ACTIONS = ${choices.length};
const NONE = [];
const PLAN = [${parts.join(', ')}];
const ROWS = [${tables.rows.map((row) => `Uint8Array.of(${row})`).join(', ')}];
const REPORTING = [${reporting.join(', ')}];
const NOTICED = [${noticed.tables.join(', ')}];
const CHOICES = Int32Array.of(${choices.join()});
const COUNTERS = [${where.join(', ')}];
const TAKE = [${threads}];
const PLACE = new Int32Array(${counters.length});
const SCRATCH = new Int32Array(${words * ways});
const SCRATCH_ACTIONS = new Int32Array(${ways});
const SCRATCH_REPORTS = new Int32Array(${ways});
const VARIANTS = new Int32Array(${words * MOST_VARIANTS});
const PENDING = new Int32Array(${MOST_VARIANTS});
let failedIn;
let failedAt = 0;
${body(words)}`;
}

/** Places of a thread that no row tells apart are of one kind; rows are over kinds. */
class Tables {
  /** By thread: kind of each place, the end last. */
  readonly kinds: number[][];
  readonly rows: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #firsts: number[][] = [];

  constructor(plan: Plan) {
    this.kinds = plan.threads.map((thread, u) => {
      const rows = new Set<Uint8Array>();
      for (const other of plan.threads) {
        for (const list of [other.before, other.after, other.waits]) {
          for (const one of list) {
            const row = one?.[u];
            if (row !== undefined && row.length > 0) rows.add(row);
          }
        }
      }
      const all = [...rows];
      const kindOf = new Map<string, number>();
      const firsts: number[] = [];
      const kinds = Array.from({ length: thread.places + 1 }, (_, q) => {
        const column = all.map((row) => row[q]).join('');
        const kind = kindOf.get(column) ?? kindOf.size;
        if (!kindOf.has(column)) firsts.push(q);
        kindOf.set(column, kind);
        return kind;
      });
      this.#firsts.push(firsts);
      return kinds;
    });
  }

  /** Number of each thread's row; 0 where the hardware comes in between. */
  numbers(rows: Rows): string {
    if (rows === undefined) return '0';
    const numbers = rows.map((row, u) => {
      if (row.length === 0) return -1;
      const text = (this.#firsts[u] as number[]).map((q) => row[q]).join();
      const number = this.#numbers.get(text) ?? this.rows.length;
      if (number === this.rows.length) {
        this.#numbers.set(text, number);
        this.rows.push(text);
      }
      return number;
    });
    return `[${numbers.join()}]`;
  }
}

/** What has to be asked of the hardware, as tables by action; the first one asks nothing. */
class NoticedTables {
  readonly tables: string[] = ['[[], [], []]'];
  readonly #plan: HardwarePlan;
  readonly #about: Surrounded;

  constructor(plan: HardwarePlan, about: Surrounded) {
    this.#plan = plan;
    this.#about = about;
  }

  /** -1 if it can never be taken. */
  actionOf(way: number): number {
    return this.#about.choices.indexOf(way, this.#about.firstHardware);
  }

  /** Three tables by action: whether it is to be taken, its bit, and what it clears. */
  number(noticed: Noticed): number {
    if (noticed.roots.length === 0) return 0;
    const { choices, firstHardware } = this.#about;
    const rows = choices.map((choice, action) => {
      if (action < firstHardware || !noticed.ways.includes(choice)) return [0, 0, 0];
      const { bit, clears } = maskOf(choice, noticed, this.#plan);
      return [1, bit, clears];
    });
    const text = `[${[0, 1, 2].map((i) => `Int32Array.of(${rows.map((row) => row[i]).join()})`).join(', ')}]`;
    const found = this.tables.indexOf(text);
    return found < 0 ? this.tables.push(text) - 1 : found;
  }

  /** The ways of a place, those put together that ask the same: [tables, ways...]. */
  groups(some: readonly Noticed[]): string {
    const groups = new Map<number, number[]>();
    some.forEach((noticed, way) => {
      const number = this.number(noticed);
      if (number !== 0) groups.set(number, [...(groups.get(number) ?? []), way]);
    });
    if (groups.size === 0) return 'NONE';
    return `[${[...groups].map(([number, ways]) => `[${number}, [${ways}]]`).join()}]`;
  }
}

/** Statement by statement as in runner.ts and in Machine.successors. */
function body(words: number): string {
  return `function look(w, o) {
  for (let t = 0; t < PLACE.length; t++) PLACE[t] = placeOf(w, o, t);
}
function placeOf(w, o, t) {
  const point = PLAN[t].points[(w[o + COUNTERS[3 * t]] >>> COUNTERS[3 * t + 1]) & COUNTERS[3 * t + 2]];
  if (point === undefined) return PLAN[t].places;
  const f = point[0];
  let index = 0;
  for (let i = 0; i < f.length; i += 4) {
    index = index * f[i + 3] + ((w[o + f[i]] >>> f[i + 1]) & f[i + 2]);
  }
  const place = point[1][index];
  if (place < 0) throw new Error('${NO_PLACE}');
  return place;
}
function clear(rows) {
  if (rows === 0 || rows === undefined) return false;
  for (let u = 0; u < rows.length; u++) {
    if (rows[u] >= 0 && ROWS[rows[u]][PLAN[u].kinds[PLACE[u]]] !== 1) return false;
  }
  return true;
}
function passes(t) {
  const at = PLACE[t];
  return at < PLAN[t].places && PLAN[t].stops[at] === 0;
}
function first(t) {
  return passes(t) && clear(PLAN[t].before[PLACE[t]]);
}
function ways(w, o, t) {
  failedIn = w;
  failedAt = o;
  return TAKE[t](w, o, SCRATCH, SCRATCH_ACTIONS, SCRATCH_REPORTS, 0);
}
function aloneIn(w, o) {
  if (!LOCAL_FIRST) return -1;
  look(w, o);
  for (let t = 0; t < PLACE.length; t++) if (first(t) && ways(w, o, t) > 0) return t;
  return -1;
}
function goOn(w, o, thread, place, open, reports, n) {
  let from = place;
  let movable = open && FUSION && thread >= 0;
  look(w, o);
  for (;;) {
    let who = -1;
    if (FUSION && thread >= 0 && passes(thread)) {
      const at = PLACE[thread];
      const { before, after, waits, notices } = PLAN[thread];
      movable = movable && clear(after[from]) && clear(waits[at]);
      movable = movable && (!LATE || notices[at] === NONE);
      if ((movable || clear(before[at])) && ways(w, o, thread) === 1) who = thread;
    }
    for (let t = 0; who < 0 && LOCAL_FIRST && t < PLACE.length; t++) {
      if (!first(t)) continue;
      const found = ways(w, o, t);
      if (found === 1) who = t;
      else if (found > 1) return;
    }
    if (who < 0) return;
    if (who === thread) from = PLACE[thread];
    else movable = false;
    for (let i = 0; i < ${words}; i++) w[o + i] = SCRATCH[i];
    reports[n] |= SCRATCH_REPORTS[0];
    PLACE[who] = placeOf(w, o, who);
  }
}
function hardwareWays(w, o) {
  failedIn = w;
  failedAt = o;
  return hardware(w, o, SCRATCH, SCRATCH_ACTIONS, SCRATCH_REPORTS, 0);
}
function same(a, i, b, j) {
  for (let k = 0; k < ${words}; k++) if (a[i + k] !== b[j + k]) return false;
  return true;
}
// How many states the hardware can make of one, itself included, in VARIANTS; -1: too many.
function variants(from, at, number) {
  for (let i = 0; i < ${words}; i++) VARIANTS[i] = from[at + i];
  PENDING[0] = 0;
  if (number === 0) return 1;
  const [some, bits, clears] = NOTICED[number];
  let count = 1;
  for (let v = 0; v < count; v++) {
    const found = hardwareWays(VARIANTS, v * ${words});
    each: for (let f = 0; f < found; f++) {
      const action = SCRATCH_ACTIONS[f];
      if (some[action] === 0) continue;
      const open = (PENDING[v] & ~clears[action]) | bits[action];
      for (let k = 0; k < count; k++) {
        if (PENDING[k] === open && same(VARIANTS, k * ${words}, SCRATCH, f * ${words})) continue each;
      }
      if (count === ${MOST_VARIANTS}) return -1;
      for (let i = 0; i < ${words}; i++) VARIANTS[count * ${words} + i] = SCRATCH[f * ${words} + i];
      PENDING[count++] = open;
    }
  }
  let kept = 1;
  for (let v = 1; v < count; v++) {
    if (PENDING[v] !== 0 || same(VARIANTS, v * ${words}, VARIANTS, 0)) continue;
    if (kept < v) for (let i = 0; i < ${words}; i++) VARIANTS[kept * ${words} + i] = VARIANTS[v * ${words} + i];
    kept++;
  }
  return kept;
}
function noticed(w, o, t) {
  return PLAN[t].notices[placeOf(w, o, t)] || NONE;
}
function threadMoves(w, o, t, open, into, actions, reports, n) {
  failedIn = w;
  failedAt = o;
  const end = TAKE[t](w, o, into, actions, reports, n);
  if (end === n) return n;
  const place = placeOf(w, o, t);
  for (; n < end; n++) goOn(into, n * ${words}, t, place, open, reports, n);
  return n;
}
// Some ways of a thread, from what the hardware has made of a state.
function variantMoves(w, o, t, some, variant, into, actions, reports, n) {
  failedIn = w;
  failedAt = o;
  const end = TAKE[t](w, o, into, actions, reports, n);
  if (end === n) return n;
  const place = placeOf(w, o, t);
  let kept = n;
  for (let i = n; i < end; i++) {
    if (!some.includes(CHOICES[actions[i]])) continue;
    if (kept < i) {
      for (let k = 0; k < ${words}; k++) into[kept * ${words} + k] = into[i * ${words} + k];
      reports[kept] = reports[i];
    }
    actions[kept] = actions[i] + variant * ACTIONS;
    goOn(into, kept * ${words}, t, place, true, reports, kept);
    kept++;
  }
  return kept;
}
function hardwareMoves(w, o, into, actions, reports, n) {
  failedIn = w;
  failedAt = o;
  const end = hardware(w, o, into, actions, reports, n);
  for (; n < end; n++) goOn(into, n * ${words}, -1, -1, false, reports, n);
  return n;
}
// One way of the hardware, from a variant.
function reportingMoves(w, o, only, variant, into, actions, reports, n) {
  const found = hardwareWays(w, o);
  const f = SCRATCH_ACTIONS.subarray(0, found).indexOf(only);
  if (f < 0) return n;
  for (let i = 0; i < ${words}; i++) into[n * ${words} + i] = SCRATCH[f * ${words} + i];
  actions[n] = only + variant * ACTIONS;
  reports[n] = SCRATCH_REPORTS[f];
  goOn(into, n * ${words}, -1, -1, false, reports, n);
  return n + 1;
}
// Everything with what the hardware can do before; -1: too much.
function lateMoves(from, at, into, actions, reports, n) {
  for (let t = 0; t < TAKE.length; t++) {
    const asked = noticed(from, at, t);
    for (let i = 0; i < asked.length; i++) {
      const [number, some] = asked[i];
      const count = variants(from, at, number);
      if (count < 0) return -1;
      for (let v = 1; v < count; v++) {
        n = variantMoves(VARIANTS, v * ${words}, t, some, v, into, actions, reports, n);
      }
    }
  }
  for (const [only, number] of REPORTING) {
    const count = variants(from, at, number);
    if (count < 0) return -1;
    for (let v = 0; v < count; v++) {
      n = reportingMoves(VARIANTS, v * ${words}, only, v, into, actions, reports, n);
    }
  }
  return n;
}
function reducedExpand(from, at, into, actions, reports, n) {
  const alone = aloneIn(from, at);
  if (alone >= 0) return threadMoves(from, at, alone, false, into, actions, reports, n);
  let sure = false;
  for (let t = 0; t < TAKE.length; t++) {
    const end = threadMoves(from, at, t, true, into, actions, reports, n);
    if (end > n && LATE && PLAN[t].heeds[placeOf(from, at, t)] !== 1) sure = true;
    n = end;
  }
  const end = sure ? lateMoves(from, at, into, actions, reports, n) : -1;
  return end >= 0 ? end : hardwareMoves(from, at, into, actions, reports, n);
}`;
}
