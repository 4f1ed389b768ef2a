// Reading a field of a packed state, at a place known beforehand or computed.

import { broken, type Scope } from '../compile-expr.ts';
import type { Field } from '../layout.ts';
import type { Cell, Node } from '../nodes.ts';
import { bitsOf, type Sizes, type Sort, sizeOf } from '../sorts.ts';
import {
  type Code,
  code,
  failsOf,
  hiOf,
  loOf,
  settled,
  textOf,
  type Used,
  type Val,
} from './code.ts';

/** Largest value a variable of this sort can hold: what is stored in it never exceeds this. */
export function limitOf(sort: Sort, sizes: Sizes): number {
  switch (sort.kind) {
    case 'bool':
      return 1;
    case 'int':
      return sort.max;
    case 'id':
      return sizeOf(sizes, sort.of) - 1;
    case 'maybe':
      return sizeOf(sizes, sort.of);
    case 'set':
      return 2 ** bitsOf(sort, sizes) - 1;
  }
}

export function readAt(field: Field, limit: number, used: Used): Val {
  const { word, shift, mask } = field;
  if (mask === 0) return code('0', 0, 0, false);
  const w = used.read(word);
  const text = shift === 0 ? `(${w} & ${mask})` : `((${w} >>> ${shift}) & ${mask})`;
  return { text, lo: 0, hi: Math.min(mask, limit), fails: false, field };
}

/** One of several fields, by a computed index. */
export function readEntry(fields: readonly Field[], entry: Code, limit: number, used: Used): Val {
  const [first] = fields;
  if (first === undefined) return noEntry(entry);
  const at0 = settled(entry);
  if (at0 !== undefined) return readAt(fields[at0] as Field, limit, used);
  if (first.mask === 0 && !entry.fails) return code('0', 0, 0, false);
  const even = evenly(fields);
  if (even !== undefined) {
    const w = used.read(first.word);
    const shift = shiftAt(first.shift, even, entry.text);
    return code(
      `((${w} >>> ${shift}) & ${first.mask})`,
      0,
      Math.min(first.mask, limit),
      entry.fails,
    );
  }
  const [set, at] = named(entry, used);
  const text = choose(
    fields.map((field) => textOf(readAt(field, limit, used))),
    at,
  );
  return code(`(${set}${text})`, 0, Math.min(first.mask, limit), entry.fails);
}

/** A table of a kind that the world has none of: whoever asks is wrong. */
function noEntry(entry: Code): Code {
  return code(`(${entry.text}, fail())`, 0, 0, true);
}

/** An entry of a table that nothing writes. */
export function readFixed(values: readonly number[], entry: Code, used: Used): Val {
  if (values.length === 0) return noEntry(entry);
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  if (lo === hi && !entry.fails) return code(`${lo}`, lo, hi, false);
  const [set, at] = named(entry, used);
  return code(`(${set}${choose(values.map(String), at)})`, lo, hi, entry.fails);
}

/** For fields of one word at equal distances: the distance. */
export function evenly(fields: readonly Field[]): number | undefined {
  const [first, second] = fields;
  if (first === undefined || second === undefined) return undefined;
  const step = second.shift - first.shift;
  const even = fields.every((f, i) => f.word === first.word && f.shift === first.shift + i * step);
  return even && step > 0 ? step : undefined;
}
export function shiftAt(start: number, step: number, entry: string): string {
  const times = step === 1 ? entry : `${entry} * ${step}`;
  return start === 0 ? (step === 1 ? times : `(${times})`) : `(${times} + ${start})`;
}

/** A name for a value that is used more than once, and the assignment to put before. */
export function named(value: Code, used: Used): [set: string, name: string] {
  if (/^\w+$/.test(value.text)) return ['', value.text];
  const t = used.temp();
  return [`${t} = ${value.text}, `, t];
}

function choose(texts: readonly string[], at: string): string {
  const last = texts.at(-1) as string;
  return texts
    .slice(0, -1)
    .reduceRight(
      (rest, text, i) => (text === rest ? rest : `${at} === ${i} ? ${text} : ${rest}`),
      last,
    );
}

/**
 * Which entry of its table a cell expression means. An index that could be out of bounds is checked
 * where it is computed.
 */
export function entryOf(
  cell: Cell,
  index: readonly Node[],
  scope: Scope,
  used: Used,
  valueCode: (node: Node) => Val,
): Val {
  let entry: Val = 0;
  cell.index.forEach((of, i) => {
    const size = sizeOf(scope.layout.sizes, of);
    const at = within(valueCode(index[i] as Node), 0, size - 1, used, () =>
      broken(scope, `'${cell.name}' has an index out of bounds`),
    );
    entry = plus(times(entry, size), at);
  });
  return entry;
}

/** The value, checked unless it is known to lie within. `error`: for one known to lie outside. */
export function within(val: Val, lo: number, hi: number, used: Used, error: () => Error): Val {
  if (loOf(val) >= lo && hiOf(val) <= hi) return val;
  if (typeof val === 'number') throw error();
  const [set, name] = named(val, used);
  const tests = [val.lo < lo ? `${name} < ${lo}` : [], val.hi > hi ? `${name} > ${hi}` : []].flat();
  return code(
    `(${set}${tests.join(' || ')} ? fail() : ${name})`,
    Math.max(lo, val.lo),
    Math.min(hi, val.hi),
    true,
  );
}

function times(a: Val, n: number): Val {
  if (typeof a === 'number') return a * n;
  return n === 1 ? a : code(`(${a.text} * ${n})`, a.lo * n, a.hi * n, a.fails);
}
export function plus(a: Val, b: Val): Val {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  if (b === 1 && typeof a !== 'number' && a.plusOne !== undefined) return a.plusOne;
  const fails = failsOf(a) || failsOf(b);
  return code(`(${textOf(a)} + ${textOf(b)})`, loOf(a) + loOf(b), hiOf(a) + hiOf(b), fails);
}
