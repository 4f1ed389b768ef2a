// Sets of values as bit masks: what an analysis knows of a variable is the set of values it may
// have. A variable with more values than a mask has bits is not followed: anything is possible.

import type { BinaryOp, UnaryOp } from '../nodes.ts';
import { type Sizes, type Sort, sizeOf } from '../sorts.ts';

/** Bit v is set: the value may be v. `undefined`: any value at all. */
export type Values = number | undefined;

export const FALSE = 1;
export const TRUE = 2;
export const EITHER = 3;

/** So that a mask is a small integer to the machine. */
const LIMIT = 31;

export function only(value: number): Values {
  return value >= 0 && value < LIMIT ? 1 << value : undefined;
}

/** Every value that a variable of the sort can have. Numbers are not followed: no lock is one. */
export function anyOf(sort: Sort, sizes: Sizes): Values {
  const count = countOf(sort, sizes);
  return count > LIMIT ? undefined : 2 ** count - 1;
}

function countOf(sort: Sort, sizes: Sizes): number {
  switch (sort.kind) {
    case 'bool':
      return 2;
    case 'int':
      return Number.POSITIVE_INFINITY;
    case 'id':
      return sizeOf(sizes, sort.of);
    case 'maybe':
      return sizeOf(sizes, sort.of) + 1;
    case 'set':
      return 2 ** sizeOf(sizes, sort.of);
  }
}

export function either(a: Values, b: Values): Values {
  return a === undefined || b === undefined ? undefined : a | b;
}

/** The members, smallest first. */
export function members(values: number): number[] {
  const list: number[] = [];
  for (let rest = values; rest !== 0; rest = rest & (rest - 1)) {
    list.push(31 - Math.clz32(rest & -rest));
  }
  return list;
}

/** Applies a function to every member; a result out of range makes everything possible. */
export function image(a: Values, f: (a: number) => number | undefined): Values {
  if (a === undefined) return undefined;
  let out = 0;
  for (const one of members(a)) {
    const value = f(one);
    if (value === undefined) continue;
    const bit = only(value);
    if (bit === undefined) return undefined;
    out |= bit;
  }
  return out;
}

/** Operators whose answer is true or false whatever is known of their operands. */
const truths: ReadonlySet<string> = new Set([
  'not',
  'isNone',
  'isEmpty',
  'and',
  'or',
  'eq',
  'lt',
  'has',
  'subset',
]);

export function unaryOn(op: UnaryOp, a: Values): Values {
  if (a === undefined) return truths.has(op) ? EITHER : undefined;
  switch (op) {
    case 'not':
    case 'isNone':
    case 'isEmpty':
      return image(a, (x) => (x === 0 ? 1 : 0));
    case 'some':
      return image(a, (x) => x + 1);
    // Where there is none the run ends with an error, so nothing follows from it.
    case 'the':
      return image(a, (x) => (x === 0 ? undefined : x - 1));
    case 'single':
      return image(a, (x) => 1 << x);
  }
}

const binary: Readonly<Record<BinaryOp, (x: number, y: number) => number>> = {
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  eq: (x, y) => (x === y ? 1 : 0),
  lt: (x, y) => (x < y ? 1 : 0),
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  union: (x, y) => x | y,
  minus: (x, y) => x & ~y,
  meet: (x, y) => x & y,
  has: (x, y) => (x >>> y) & 1,
  subset: (x, y) => ((x & ~y) === 0 ? 1 : 0),
};

export function binaryOn(op: BinaryOp, a: Values, b: Values): Values {
  if (op === 'and' && (a === FALSE || b === FALSE)) return FALSE;
  if (op === 'or' && (a === TRUE || b === TRUE)) return TRUE;
  if (a === undefined || b === undefined) return truths.has(op) ? EITHER : undefined;
  const f = binary[op];
  let out = 0;
  for (const x of members(a)) {
    for (const y of members(b)) {
      const bit = only(f(x, y));
      if (bit === undefined) return undefined;
      out |= bit;
    }
  }
  return out;
}
