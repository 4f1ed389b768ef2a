// Conditions that look at some bits of one word, which is what most guards of a model are: a lock is
// free, an entry is absent, a counter has this value. The interpreter asks such a question by one
// comparison, and several of the same word by the same one. What a closure asks is known beside it,
// so that closures can be put together without being called.

import type { Field } from './layout.ts';

export type Get = (words: Int32Array) => number;

/** Holds where `(words[word] & mask) === bits`. Asking it never fails. */
export interface Masked {
  readonly word: number;
  readonly mask: number;
  readonly bits: number;
}

/** Holds everywhere. */
export const always: Masked = { word: 0, mask: 0, bits: 0 };

const readOf = new WeakMap<Get, Field>();
const testOf = new WeakMap<Get, Masked>();
const partsOf = new WeakMap<Get, readonly Get[]>();

/** Reads a field, with everything in locals of the closure. */
export function reader(field: Field): Get {
  const { word, shift, mask } = field;
  if (mask === 0) return () => 0;
  const read: Get = (w) => ((w[word] as number) >>> shift) & mask;
  readOf.set(read, field);
  return read;
}

export function maskedTest(masked: Masked): Get {
  const { word, mask, bits } = masked;
  const ask: Get = (w) => (((w[word] as number) & mask) === bits ? 1 : 0);
  testOf.set(ask, masked);
  return ask;
}

/** Whether what `value` reads is the constant; undefined where it is more than a field. */
export function fieldIs(value: Get, constant: number): Get | undefined {
  const field = readOf.get(value);
  if (field === undefined || constant !== (constant & field.mask)) return undefined;
  const { word, shift, mask } = field;
  return maskedTest({ word, mask: mask << shift, bits: constant << shift });
}

/** Whether the set that `value` reads has the member; undefined where it is more than a field. */
export function fieldHas(value: Get, member: number): Get | undefined {
  const field = readOf.get(value);
  if (field === undefined || (field.mask >>> member) % 2 === 0) return undefined;
  const bit = 1 << (field.shift + member);
  return maskedTest({ word: field.word, mask: bit, bits: bit });
}

/** The contrary of a question about one bit; undefined for others. */
export function contrary(value: Get): Get | undefined {
  const masked = maskedOf(value);
  if (masked === undefined || (masked.mask & (masked.mask - 1)) !== 0) return undefined;
  return maskedTest({ ...masked, bits: masked.mask ^ masked.bits });
}

/** Both, the second asked only where the first holds. */
export function both(a: Get, b: Get): Get {
  const ask: Get = (w) => (a(w) === 0 ? 0 : b(w));
  partsOf.set(ask, [...conjuncts(a), ...conjuncts(b)]);
  return ask;
}

/**
 * A conjunction as one comparison, and the rest of it where there is any. What comes first in it
 * and cannot fail may be asked in any order; everything behind is asked as it stands.
 */
export function split(value: Get): { readonly first: Masked; readonly rest: Get | undefined } {
  const parts = conjuncts(value);
  const end = parts.findIndex((part) => maskedOf(part) === undefined);
  const sure = parts.slice(0, end < 0 ? parts.length : end);
  const byWord = new Map<number, Masked>();
  for (const part of sure) {
    const one = maskedOf(part) as Masked;
    const other = byWord.get(one.word) ?? { ...always, word: one.word };
    // Two questions of the same bits with different answers: the second stays for itself.
    if (((one.bits ^ other.bits) & one.mask & other.mask) !== 0) {
      return { first: always, rest: value };
    }
    byWord.set(one.word, {
      word: one.word,
      mask: one.mask | other.mask,
      bits: one.bits | other.bits,
    });
  }
  const [first = always, ...others] = byWord.values();
  const open = [...others.map(maskedTest), ...parts.slice(sure.length)];
  return { first, rest: open.length === 0 ? undefined : open.reduceRight((b, a) => both(a, b)) };
}

function conjuncts(value: Get): readonly Get[] {
  return partsOf.get(value) ?? [value];
}

function maskedOf(value: Get): Masked | undefined {
  const field = readOf.get(value);
  if (field?.mask !== 1) return testOf.get(value);
  const bit = 1 << field.shift;
  return { word: field.word, mask: bit, bits: bit };
}
