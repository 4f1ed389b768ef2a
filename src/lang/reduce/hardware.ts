// What the hardware can do, way by way, and which steps can tell whether it has. What no step can tell
// yet need not be done yet: docs/decisions/0004-fewer-interleavings.md, "Late hardware".

import { fieldExprs } from '../compile-stmt.ts';
import type { Stmt } from '../nodes.ts';
import type { Observer } from '../observer.ts';
import type { Flow } from './flow.ts';
import type { Known } from './known.ts';
import { disjoint, type Touched } from './walk.ts';

/** What of the hardware's has to be considered right before a step. */
export interface Noticed {
  /** All of it, in the order of numbers. */
  readonly ways: readonly number[];
  /** Those that the step itself does not commute with: others are taken for the sake of these. */
  readonly roots: readonly number[];
}

/** A way of the hardware that may report. It is a step of its own and is not put off. */
export interface Reporting {
  readonly way: number;
  readonly notices: Noticed;
}

/** What an executor has to know to put the hardware's steps off. */
export interface HardwarePlan {
  /** By way: the ways that it does not commute with. */
  readonly conflicts: readonly (readonly number[])[];
  readonly reporting: readonly Reporting[];
}

export const NOTHING: Noticed = { ways: [], roots: [] };

export class Hardware {
  readonly #flow: Flow;
  readonly #reports: readonly boolean[];
  readonly #ways = new Map<string, readonly (Touched | undefined)[]>();
  readonly #all = new Map<string, Touched>();
  readonly #noticed = new Map<string, Noticed>();

  constructor(flow: Flow) {
    this.#flow = flow;
    this.#reports = flow.ambient.map(({ body }) => mayReport(body, flow.text.observers));
  }

  /** All that any way touches where this is known. */
  all(known: Known): Touched {
    const text = this.#textOf(known);
    let all = this.#all.get(text);
    if (all === undefined) {
      all = { reads: 0n, writes: 0n };
      for (const one of this.#touched(known, text)) {
        if (one === undefined) continue;
        all.reads |= one.reads;
        all.writes |= one.writes;
      }
      this.#all.set(text, all);
    }
    return all;
  }

  /**
   * The ways that the step which touches this does not commute with, and those that do not commute
   * with one of these. All others can as well be taken afterwards, or not at all: where the step
   * writes all that a way has written, and reads nothing of it, it was for nothing.
   */
  noticed(touched: Touched, known: Known): Noticed {
    const text = this.#textOf(known);
    const key = [text, touched.reads, touched.writes, touched.sure ?? 0n].join('/');
    const found = this.#noticed.get(key);
    if (found !== undefined) return found;
    const ways = this.#touched(known, text);
    const taken = new Set<number>();
    const open: Touched[] = [];
    const take = (way: Touched, n: number): void => {
      // What may report is a step by itself.
      if (taken.has(n) || this.#reports[n] === true) return;
      taken.add(n);
      open.push(way);
    };
    ways.forEach((way, n) => {
      if (way !== undefined && !disjoint(touched, way) && !overwritten(way, touched)) take(way, n);
    });
    const roots = [...taken].sort((a, b) => a - b);
    for (const one of open) {
      ways.forEach((way, n) => {
        if (way !== undefined && !disjoint(one, way)) take(way, n);
      });
    }
    const noticed = { ways: [...taken].sort((a, b) => a - b), roots };
    this.#noticed.set(key, noticed);
    return noticed;
  }

  /** What holds wherever the threads are. */
  plan(): HardwarePlan {
    const known = this.#flow.around.variables.any(undefined);
    const ways = this.#touched(known, this.#textOf(known));
    const conflicts = ways.map((one) =>
      ways.flatMap((other, n) =>
        one === undefined || other === undefined || disjoint(one, other) ? [] : [n],
      ),
    );
    const reporting = this.#reports.flatMap((reports, way): Reporting[] => {
      const touched = ways[way];
      if (!reports || touched === undefined) return [];
      return [{ way, notices: this.noticed(touched, known) }];
    });
    return { conflicts, reporting };
  }

  #textOf(known: Known): string {
    return this.#flow.around.variables.sharedText(known);
  }

  /** By way; undefined where it cannot be taken. */
  #touched(known: Known, text: string): readonly (Touched | undefined)[] {
    let ways = this.#ways.get(text);
    if (ways === undefined) {
      ways = this.#flow.ambient.map((way) => {
        const own: Touched = { reads: 0n, writes: 0n };
        return this.#flow.happened(way, known, own) === undefined ? undefined : own;
      });
      this.#ways.set(text, ways);
    }
    return ways;
  }
}

/** Whether nothing is left of a way's writes once the step has been taken, nor told by it. */
function overwritten(way: Touched, step: Touched): boolean {
  return (step.reads & way.writes) === 0n && (way.writes & ~(step.sure ?? 0n)) === 0n;
}

/** Whether some statement reports, or some observer on hearing of an event. */
function mayReport(stmts: readonly Stmt[], observers: readonly Observer[]): boolean {
  return stmts.some((stmt) => {
    switch (stmt.op) {
      case 'report':
        return true;
      case 'if':
        return mayReport(stmt.holds, observers) || mayReport(stmt.otherwise, observers);
      case 'each':
        return mayReport(stmt.body, observers);
      case 'emit':
        return observers.some((observer) => {
          const handler = observer.hears[stmt.event];
          return handler !== undefined && mayReport(handler(fieldExprs(stmt)), observers);
        });
      default:
        return false;
    }
  });
}
