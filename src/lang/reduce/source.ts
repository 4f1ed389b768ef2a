// The runner (runner.ts) as JavaScript source, for generated code: the same questions of the same
// tables. It stands around functions that write all successors of one thread.

import type { Field } from '../layout.ts';
import type { Plan, Rows } from './plan.ts';
import type { Reductions } from './runner.ts';

export interface Surrounded {
  /** 32-bit words per state. */
  readonly words: number;
  /** Where each thread's program counter is. */
  readonly counters: readonly Field[];
  /** Upper bound of the ways that one thread has in one state. */
  readonly ways: number;
}

/**
 * Declarations of `reducedExpand(from, at, into, actions, reports, n)`: it writes the successors
 * that `Machine.successors` has with these reductions, in the same order. The source around it
 * declares, with the same parameters, `thread0`, `thread1`, ... and `hardware`, which write the
 * successors of one thread, and of the hardware, without reductions.
 *
 * Where a model error is thrown, `failedAt` tells from which state: `[words, offset]`.
 *
 * @example
 * ```ts
 * const compiled = new Function(`${generated}\n${runnerSource(plan, { fusion: true }, about)}
 *   return { expand: reducedExpand };`)();
 * ```
 */
export function runnerSource(plan: Plan, reductions: Reductions, about: Surrounded): string {
  const tables = new Tables(plan);
  const { words, counters, ways } = about;
  const threads = plan.threads.map((_, t) => `thread${t}`).join(', ');
  const parts = plan.threads.map((thread, t) => {
    const points = thread.points.map(({ chosenBy, ids }) => {
      const fields = chosenBy.flatMap(({ field: { word, shift, mask }, count }) => [
        word,
        shift,
        mask,
        count,
      ]);
      return `[${JSON.stringify(fields)}, [${ids.join()}]]`;
    });
    return `{
  points: [${points.join(', ')}],
  places: ${thread.places},
  kinds: [${tables.kinds[t]?.join()}],
  stops: [${thread.stops.join()}],
  before: [${thread.before.map((rows) => tables.numbers(rows)).join()}],
  after: [${thread.after.map((rows) => tables.numbers(rows)).join()}],
  waits: [${thread.waits.map((rows) => tables.numbers(rows)).join()}],
}`;
  });
  const where = counters.map(({ word, shift, mask }) => `${word}, ${shift}, ${mask}`);
  return `const FUSION = ${reductions.fusion === true};
const LOCAL_FIRST = ${reductions.localFirst === true};
const PLAN = [${parts.join(', ')}];
const ROWS = [${tables.rows.map((row) => `[${row}]`).join(', ')}];
const COUNTERS = [${where.join(', ')}];
const TAKE = [${threads}];
const PLACE = new Int32Array(${counters.length});
const SCRATCH = new Int32Array(${words * ways});
const SCRATCH_ACTIONS = new Int32Array(${ways});
const SCRATCH_REPORTS = new Int32Array(${ways});
let failedAt = [undefined, 0];
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

/** Statement by statement as in runner.ts. */
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
  return point[1][index];
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
  return at >= 0 && at < PLAN[t].places && PLAN[t].stops[at] === 0;
}
function first(t) {
  return passes(t) && clear(PLAN[t].before[PLACE[t]]);
}
function ways(w, o, t) {
  failedAt = [w, o];
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
      const { before, after, waits } = PLAN[thread];
      movable = movable && clear(after[from]) && clear(waits[at]);
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
function reducedExpand(from, at, into, actions, reports, n) {
  const alone = aloneIn(from, at);
  for (let t = 0; t < TAKE.length; t++) {
    if (alone >= 0 && t !== alone) continue;
    let one = n;
    failedAt = [from, at];
    n = TAKE[t](from, at, into, actions, reports, n);
    if (one === n) continue;
    const place = placeOf(from, at, t);
    for (; one < n; one++) goOn(into, one * ${words}, t, place, alone < 0, reports, one);
  }
  if (alone >= 0) return n;
  let one = n;
  failedAt = [from, at];
  n = hardware(from, at, into, actions, reports, n);
  for (; one < n; one++) goOn(into, one * ${words}, -1, -1, false, reports, one);
  return n;
}`;
}
