// Concrete values of rule state on a trace: what the packed words of a model become when identities
// are page frame numbers and mm pointers. Sets are immutable and keep their reference when an
// operation changes nothing, which is how the runner knows that nothing changed.

import type { IdValue } from '../../events/concrete.ts';
import type { Sort } from '../../lang/sorts.ts';

export type IdSet = ReadonlySet<IdValue>;
/** A bool is 0 or 1, `null` is none, an identity is itself. */
export type Value = number | string | null | IdSet;

export const noIds: IdSet = new Set<IdValue>();

/** What a subject never heard of holds. */
export function zeroOf(sort: Sort): Value {
  switch (sort.kind) {
    case 'set':
      return noIds;
    case 'maybe':
      return null;
    case 'bool':
    case 'int':
      return 0;
    case 'id':
      throw new Error('the state of a rule cannot be an identity that is always there: use maybe');
  }
}

/** Whether a value is the one that a subject never heard of has: an identity may be number 0. */
export function isZero(value: Value, zero: Value): boolean {
  return value === zero || (value instanceof Set && value.size === 0);
}

export function union(a: IdSet, b: IdSet): IdSet {
  let result: Set<IdValue> | undefined;
  for (const one of b) {
    if (a.has(one)) continue;
    result ??= new Set(a);
    result.add(one);
  }
  return result ?? a;
}

export function minus(a: IdSet, b: IdSet): IdSet {
  let result: Set<IdValue> | undefined;
  for (const one of b) {
    if (!a.has(one)) continue;
    result ??= new Set(a);
    result.delete(one);
  }
  return result === undefined ? a : result.size === 0 ? noIds : result;
}

export function meet(a: IdSet, b: IdSet): IdSet {
  const result = new Set<IdValue>();
  for (const one of a) if (b.has(one)) result.add(one);
  return result.size === a.size ? a : result;
}

export function isSubset(a: IdSet, b: IdSet): boolean {
  for (const one of a) if (!b.has(one)) return false;
  return true;
}
