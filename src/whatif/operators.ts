// What the operators of the language do with concrete values.

import type { Value } from './sparse-state.ts';

/** A value of this moment. */
export type Get = () => Value;

export function unary(op: string, a: Get): Get {
  switch (op) {
    case 'not':
      return () => (a() === 1 ? 0 : 1);
    case 'isNone':
      return () => (a() === null ? 1 : 0);
    case 'isEmpty':
      return () => ((a() as ReadonlySet<number>).size === 0 ? 1 : 0);
    case 'single':
      return () => new Set([a() as number]);
    default:
      return a;
  }
}

export function binary(op: string, a: Get, b: Get): Get {
  const sets = (): [ReadonlySet<number>, ReadonlySet<number>] => [
    a() as ReadonlySet<number>,
    b() as ReadonlySet<number>,
  ];
  const numbers = (f: (x: number, y: number) => number): Get => {
    return () => f(a() as number, b() as number);
  };
  switch (op) {
    case 'and':
      return () => (a() === 1 ? b() : 0);
    case 'or':
      return () => (a() === 1 ? 1 : b());
    case 'eq':
      return () => (same(a(), b()) ? 1 : 0);
    case 'lt':
      return numbers((x, y) => (x < y ? 1 : 0));
    case 'add':
      return numbers((x, y) => x + y);
    case 'sub':
      return numbers((x, y) => x - y);
    case 'has':
      return () => ((a() as ReadonlySet<number>).has(b() as number) ? 1 : 0);
    case 'union':
      return () => {
        const [x, y] = sets();
        return y.size === 0 ? x : x.size === 0 ? y : new Set([...x, ...y]);
      };
    case 'minus':
      return () => {
        const [x, y] = sets();
        return new Set([...x].filter((one) => !y.has(one)));
      };
    case 'meet':
      return () => {
        const [x, y] = sets();
        return new Set([...x].filter((one) => y.has(one)));
      };
    case 'subset':
      return () => {
        const [x, y] = sets();
        return [...x].every((one) => y.has(one)) ? 1 : 0;
      };
    default:
      throw new Error(`the language has no operator ${op}`);
  }
}

function same(a: Value, b: Value): boolean {
  if (!(a instanceof Set) || !(b instanceof Set)) return a === b;
  return a.size === b.size && [...a].every((one) => b.has(one));
}
