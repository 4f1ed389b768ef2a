// Expressions as JavaScript text. What the interpreter (compile-expr.ts) folds is folded here the
// same way; what is more is only the form: conditions stay conditions, and a field is compared with
// a known value without being shifted.

import { broken, type Scope, withBound } from '../compile-expr.ts';
import type { Bound, Node } from '../nodes.ts';
import { sizeOf } from '../sorts.ts';
import { entryOf, limitOf, named, plus, readAt, readEntry, readFixed } from './access.ts';
import {
  allOnes,
  bits,
  bitsOperand,
  type Code,
  type Cond,
  code,
  compare,
  failsOf,
  foundOut,
  hiOf,
  loOf,
  negated,
  settled,
  settledOf,
  type Test,
  test,
  textOf,
  type Used,
  type Val,
} from './code.ts';

/** The value of an expression: a boolean is 0 or 1. */
export function valueCode(node: Node, scope: Scope, used: Used): Val {
  switch (node.op) {
    case 'const':
      return node.value;
    case 'none':
    case 'empty':
      return 0;
    case 'all':
      return 2 ** sizeOf(scope.layout.sizes, node.of) - 1;
    case 'me':
      if (scope.thread === undefined) throw broken(scope, 'hardware has no thread');
      return scope.thread;
    case 'bound':
      return boundValue(node.bound, scope);
    case 'local':
      return readAt(
        scope.layout.local(node.local),
        limitOf(node.local.sort, scope.layout.sizes),
        used,
      );
    case 'cell':
      return cellValue(node, scope, used);
    case 'ite':
      return ite(node, scope, used);
    case 'some':
      return plus(valueCode(node.a, scope, used), 1);
    case 'the':
      return the(valueCode(node.a, scope, used), scope, used);
    case 'single': {
      const a = valueCode(node.a, scope, used);
      if (typeof a === 'number') return 1 << a;
      return code(`(1 << ${a.text})`, 0, 2 ** a.hi, a.fails);
    }
    case 'has': {
      const [set, one] = [valueCode(node.a, scope, used), valueCode(node.b, scope, used)];
      if (typeof set === 'number' && typeof one === 'number') return (set >>> one) & 1;
      const fails = failsOf(set) || failsOf(one);
      return code(`((${textOf(set)} >>> ${textOf(one)}) & 1)`, 0, 1, fails);
    }
    case 'add':
    case 'sub':
    case 'union':
    case 'minus':
    case 'meet':
      return arithmetic(node.op, valueCode(node.a, scope, used), valueCode(node.b, scope, used));
    default: {
      const cond = condCode(node, scope, used);
      if (typeof cond === 'boolean') return Number(cond);
      if (cond.always !== undefined) return known(Number(cond.always));
      return code(`(${cond.text} ? 1 : 0)`, 0, 1, cond.fails);
    }
  }
}

/** Whether an expression is other than 0. */
export function condCode(node: Node, scope: Scope, used: Used): Cond {
  switch (node.op) {
    case 'not':
    case 'isNone':
    case 'isEmpty':
      return negated(condCode(node.a, scope, used));
    case 'and':
      return and(node.a, node.b, scope, used);
    case 'or':
      return or(node.a, node.b, scope, used);
    case 'eq':
      return equal(valueCode(node.a, scope, used), valueCode(node.b, scope, used));
    case 'lt':
      return lessThan(valueCode(node.a, scope, used), valueCode(node.b, scope, used));
    case 'has':
      return has(valueCode(node.a, scope, used), valueCode(node.b, scope, used));
    case 'subset': {
      const [x, y] = [valueCode(node.a, scope, used), valueCode(node.b, scope, used)];
      return equal(arithmetic('minus', x, y), 0);
    }
    case 'exists':
      return exists(node, scope, used);
    default:
      return negated(equal(valueCode(node, scope, used), 0));
  }
}

function boundValue(bound: Bound, scope: Scope): number {
  const value = scope.bound.get(bound);
  if (value === undefined) throw broken(scope, `'${bound.name}' is used where it is not picked`);
  return value;
}

function cellValue(node: Extract<Node, { op: 'cell' }>, scope: Scope, used: Used): Val {
  const { cell } = node;
  const entry = entryOf(cell, node.index, scope, used, (at) => valueCode(at, scope, used));
  const fixed = scope.fixed.get(cell);
  if (fixed !== undefined) {
    return typeof entry === 'number' ? (fixed[entry] as number) : readFixed(fixed, entry, used);
  }
  const fields = scope.layout.cell(cell);
  if (fields === undefined) throw broken(scope, `state '${cell.name}' is not part of this model`);
  const limit = limitOf(cell.sort, scope.layout.sizes);
  return typeof entry === 'number'
    ? readAt(fields[entry] as (typeof fields)[number], limit, used)
    : readEntry(fields, entry, limit, used);
}

function ite(node: Extract<Node, { op: 'ite' }>, scope: Scope, used: Used): Val {
  const cond = condCode(node.c, scope, used);
  if (typeof cond === 'boolean') return valueCode(cond ? node.a : node.b, scope, used);
  if (cond.always !== undefined)
    return known(valueCode(cond.always ? node.a : node.b, scope, used));
  const a = used.aside(cond.ifTrue, () => valueCode(node.a, scope, used));
  const b = used.aside(cond.ifFalse, () => valueCode(node.b, scope, used));
  return code(
    `(${cond.text} ? ${textOf(a)} : ${textOf(b)})`,
    Math.min(loOf(a), loOf(b)),
    Math.max(hiOf(a), hiOf(b)),
    cond.fails || failsOf(a) || failsOf(b),
  );
}

/** A value that only the generator knows: see Val. */
function known(val: Val): Code {
  return typeof val === 'number' ? code(textOf(val), val, val, false) : val;
}

function the(a: Val, scope: Scope, used: Used): Val {
  if (typeof a === 'number') {
    if (a === 0) throw broken(scope, 'asks which one, and there is none');
    return a - 1;
  }
  if (a.hi === 0) return code(a.fails ? `(${a.text}, fail())` : 'fail()', 0, 0, true);
  if (a.lo > 0 || (a.field !== undefined && used.knowsSome(a.field))) {
    return {
      ...code(`(${a.text} - 1)`, Math.max(0, a.lo - 1), a.hi - 1, a.fails),
      plusOne: { ...a, lo: Math.max(1, a.lo) },
    };
  }
  if (a.field !== undefined) used.learnSome([a.field]);
  const [set, name] = named(a, used);
  return code(
    `(${set}${name} === 0 ? fail() : ${name} - 1)`,
    Math.max(0, a.lo - 1),
    a.hi - 1,
    true,
  );
}

type Arithmetic = 'add' | 'sub' | 'union' | 'minus' | 'meet';
function arithmetic(op: Arithmetic, a: Val, b: Val): Val {
  if (typeof a === 'number' && typeof b === 'number') {
    if (op === 'add') return a + b;
    if (op === 'sub') return a - b;
    return op === 'union' ? a | b : op === 'minus' ? a & ~b : a & b;
  }
  const fails = failsOf(a) || failsOf(b);
  const [x, y] = [textOf(a), textOf(b)];
  switch (op) {
    case 'add':
      return plus(a, b);
    case 'sub':
      return code(`(${x} - ${y})`, loOf(a) - hiOf(b), hiOf(a) - loOf(b), fails);
    case 'union':
      return code(`(${x} | ${y})`, 0, allOnes(Math.max(hiOf(a), hiOf(b))), fails);
    case 'minus':
      if (typeof b === 'number') return code(`(${x} & ${bitsOperand(~b)})`, 0, hiOf(a), fails);
      return code(`(${x} & ~${y})`, 0, hiOf(a), fails);
    case 'meet':
      return code(`(${x} & ${y})`, 0, Math.min(hiOf(a), hiOf(b)), fails);
  }
}

function and(left: Node, right: Node, scope: Scope, used: Used): Cond {
  const a = condCode(left, scope, used);
  if (a === false) return false;
  const ifTrue = typeof a === 'boolean' ? [] : a.ifTrue;
  const b = used.aside(ifTrue, () => condCode(right, scope, used));
  if (b === false) return false;
  if (typeof a === 'boolean') return b;
  if (typeof b === 'boolean' || a.always === false) return a;
  if (a.always === true) return b;
  if (b.always !== undefined && !a.fails) return b.always ? a : b;
  const both = [...(a.ifTrue ?? []), ...(b.ifTrue ?? [])];
  return { ...test(`(${a.text} && ${b.text})`, a.fails || b.fails), ifTrue: both };
}

function or(left: Node, right: Node, scope: Scope, used: Used): Cond {
  const a = condCode(left, scope, used);
  if (a === true) return true;
  const ifFalse = typeof a === 'boolean' ? [] : a.ifFalse;
  const b = used.aside(ifFalse, () => condCode(right, scope, used));
  if (b === true) return true;
  if (typeof a === 'boolean') return b;
  if (typeof b === 'boolean' || a.always === true) return a;
  if (a.always === false) return b;
  if (b.always !== undefined && !a.fails) return b.always ? b : a;
  const neither = [...(a.ifFalse ?? []), ...(b.ifFalse ?? [])];
  return { ...test(`(${a.text} || ${b.text})`, a.fails || b.fails), ifFalse: neither };
}

function exists(node: Extract<Node, { op: 'exists' }>, scope: Scope, used: Used): Cond {
  const cases: Test[] = [];
  for (let i = 0; i < sizeOf(scope.layout.sizes, node.bound.of); i++) {
    const inner = withBound(scope, node.bound, i);
    const one = used.aside(undefined, () => condCode(node.body, inner, used));
    if (one === true) return true;
    if (one !== false && one.always !== false) cases.push(one);
  }
  const [first] = cases;
  if (first === undefined) return foundOut(false);
  const fails = cases.some((one) => one.fails);
  if (cases.some((one) => one.always === true) && !fails) return foundOut(true);
  return test(`(${cases.map((one) => one.text).join(' || ')})`, fails);
}

function equal(a: Val, b: Val): Cond {
  if (typeof a === 'number') return typeof b === 'number' ? a === b : equal(b, a);
  const disjoint = loOf(b) > a.hi || hiOf(b) < a.lo;
  if (disjoint && !a.fails && !failsOf(b)) return foundOut(false);
  if (settled(a) !== undefined && settled(a) === settledOf(b)) return foundOut(true);
  const { field } = a;
  const facts =
    field === undefined
      ? {}
      : b === 0
        ? { ifFalse: [field] }
        : loOf(b) > 0
          ? { ifTrue: [field] }
          : {};
  if (typeof b === 'number' && field !== undefined && b >= 0 && b <= field.mask) {
    const { word, shift, mask } = field;
    const masked = `(w${word} & ${bitsOperand(mask << shift)})`;
    return { ...compare(masked, '===', bits(b << shift), false), ...facts };
  }
  if (typeof b === 'object' && b.field !== undefined && a.lo > 0) {
    return { ...compare(a.text, '===', b.text, a.fails || b.fails), ifTrue: [b.field] };
  }
  return { ...compare(a.text, '===', textOf(b), a.fails || failsOf(b)), ...facts };
}

function lessThan(a: Val, b: Val): Cond {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  const fails = failsOf(a) || failsOf(b);
  if (!fails && hiOf(a) < loOf(b)) return foundOut(true);
  if (!fails && loOf(a) >= hiOf(b)) return foundOut(false);
  return compare(textOf(a), '<', textOf(b), fails);
}

function has(set: Val, one: Val): Cond {
  if (typeof one === 'number') {
    if (typeof set === 'number') return ((set >>> one) & 1) !== 0;
    if (set.field !== undefined && one < 32) return hasBit(set, one);
  }
  const fails = failsOf(set) || failsOf(one);
  return compare(`((${textOf(set)} >>> ${textOf(one)}) & 1)`, '!==', '0', fails);
}

function hasBit(set: Code, one: number): Cond {
  const { word, shift, mask } = set.field as Exclude<Code['field'], undefined>;
  if (((mask >>> one) & 1) === 0) return foundOut(false);
  return compare(`(w${word} & ${bitsOperand((1 << one) << shift)})`, '!==', '0', false);
}
