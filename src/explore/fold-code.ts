// How wide states become keys and back, as generated text: groups of words are interned, each
// distinct group once (plan.ts). Nothing here may allocate.

import { hashing, list } from './code-text.ts';
import type { FoldNode, Plan } from './plan.ts';

/** In ctl: the next number of an interned group. */
export const NEXT_GROUP = 4;

/**
 * Groups of each node that were interned last, one for each hash, are kept where their numbers are
 * found with one access instead of two that wait for each other: all but a few are among them.
 */
const MEMO = 1 << 9;

/**
 * Numbers that a thread takes at once. Groups of two threads then do not share a cache line, and the
 * counter, which lies beside what all threads look at, is rarely written.
 */
const TAKEN = 64;

/**
 * Words of `memo`: for each place a group and, counted from 1, its number; then the next and the end
 * of the numbers that this thread has taken. All zeros at first.
 */
export function memoWords(plan: Plan): number {
  return takenAt(plan) + 2;
}
function takenAt({ nodes, arity }: Plan): number {
  return nodes.length * MEMO * strideOf(arity);
}

/** Words beyond the bits of a word are always written together with all others. */
function bitOf(word: number): number {
  return word < 32 ? 1 << word : -1;
}

/** A power of two, so that a place is found by shifts. */
function strideOf(arity: number): number {
  return 2 ** Math.ceil(Math.log2(arity + 1));
}

export interface FoldCode {
  /**
   * Keys of the states first..end-1, successors of the state whose values are `base`. Of successor n
   * the words writes[actions[n]] (bits) are there, all if that is -1, and the others are those of
   * `base`: what they have in common is not looked up again. False: no room for more groups. `memo`
   * belongs to this arena and this thread; it may be filled with zeros at any time.
   */
  fold(
    states: Int32Array,
    first: number,
    end: number,
    base: Int32Array,
    actions: Int32Array,
    writes: Int32Array,
    arena: Int32Array,
    index: Int32Array,
    ctl: Int32Array,
    keys: Int32Array,
    memo: Int32Array,
  ): boolean;
  /** The values of a state, its words first, from its key. */
  unfold(from: Int32Array, at: number, values: Int32Array, arena: Int32Array): void;
  /**
   * Fills a larger index of interned groups. From the old one, not from the arena, where groups may
   * lie that have no number: another thread was first with them, or nothing is there yet.
   */
  reindex(arena: Int32Array, old: Int32Array, index: Int32Array): void;
}

export function foldSource(plan: Plan, shared: boolean): string {
  const { words, key, arity, nodes, roots, values } = plan;
  // A part left out of a group would merge states that differ.
  if (nodes.some((node) => node.inputs.length > arity)) throw new Error('a group is too large');
  const inputs = Array.from({ length: arity }, (_, i) => `x${i}`);
  const value = (v: number): string => `v${v}`;
  const taken = takenAt(plan);
  // A number is published only when its words are written; whoever sees it reads them through it.
  // Two threads may number the same group at once: the second finds the first's and keeps its number
  // for another group.
  const publish = shared
    ? `if (id < 0) {
        id = memo[${taken}];
        if (id === memo[${taken + 1}]) {
          id = Atomics.add(ctl, ${NEXT_GROUP}, ${TAKEN});
          const end = Math.min(id + ${TAKEN}, arena.length / ${arity} | 0);
          if (id >= end) return -1;
          memo[${taken}] = id;
          memo[${taken + 1}] = end;
        }
        ${inputs.map((x, i) => `arena[id * ${arity} + ${i}] = ${x};`).join(' ')}
      }
      found = Atomics.compareExchange(index, p, 0, id + 1);
      if (found === 0) {
        memo[${taken}] = id + 1;
        return id;
      }`
    : `id = ctl[${NEXT_GROUP}]++;
      if ((id + 1) * ${arity} > arena.length) return -1;
      ${inputs.map((x, i) => `arena[id * ${arity} + ${i}] = ${x};`).join(' ')}
      index[p] = id + 1;
      return id;`;
  const intern =
    arity === 0
      ? ''
      : `
function intern(arena, index, ctl, memo, h, ${inputs.join(', ')}) {
  const mask = index.length - 1;
  let p = h & mask, id = -1;
  for (;;) {
    let found = index[p];
    if (found === 0) {
      ${publish}
    }
    const at = (found - 1) * ${arity};
    if (${inputs.map((x, i) => `arena[at + ${i}] === ${x}`).join(' && ')}) return found - 1;
    p = (p + 1) & mask;
  }
}
function reindex(arena, old, index) {
  const mask = index.length - 1;
  for (let i = 0; i < old.length; i++) {
    const id = old[i] - 1;
    if (id < 0) continue;
    const at = id * ${arity};
    ${hashing(inputs.map((_, i) => `arena[at + ${i}]`))}
    let p = h & mask;
    while (index[p] !== 0) p = (p + 1) & mask;
    index[p] = id + 1;
  }
}`;
  const stride = strideOf(arity);
  const wordOf = (v: number): string => `(written & ${bitOf(v)} ? states[s + ${v}] : b${v})`;
  const wordsIn = (v: number): readonly number[] =>
    v < words ? [v] : (nodes[v - words] as FoldNode).inputs.flatMap(wordsIn);
  const touched = (n: number): string =>
    `(written & ${wordsIn(words + n).reduce((bits, v) => bits | bitOf(v), 0)}) !== 0`;
  const steps = nodes.map(({ inputs: from, output }, n) => {
    const out = value(output);
    const args = Array.from({ length: arity }, (_, i) =>
      i < from.length ? value(from[i] as number) : '0',
    );
    const kept = from.map((v) => `${value(v)} === b${v}`).join(' && ');
    const same = from.map((v, i) => `memo[m + ${i}] === ${value(v)}`).join(' && ');
    const keep = from.map((v, i) => `memo[m + ${i}] = ${value(v)};`).join(' ');
    // Places that are left out are 0, and add nothing to a hash.
    const loads = from
      .filter((v) => v < words)
      .map((v) => `const v${v} = ${wordOf(v)};`)
      .join(' ');
    return `let ${out} = b${output};
    if (${touched(n)}) {
      ${loads}
      if (!(${kept})) {
      ${hashing(from.map(value))}
      const m = ((h & ${MEMO - 1}) + ${n * MEMO}) * ${stride} | 0;
      ${out} = memo[m + ${arity}] - 1;
      if (!(${out} >= 0 && ${same})) {
        ${out} = intern(arena, index, ctl, memo, h, ${args.join(', ')});
        if (${out} < 0) return false;
        ${keep} memo[m + ${arity}] = ${out} + 1;
      }
      }
    }`;
  });
  const bases = list(values, (v) => `b${v} = base[${v}]`, ', ');
  const store = roots
    .map((v, i) => `keys[k + ${i}] = ${v < words ? wordOf(v) : value(v)};`)
    .join(' ');
  const open = [...nodes].reverse().map(({ inputs: to, output }) => {
    const reads = to.map((v, i) => `values[${v}] = arena[g + ${i}];`).join(' ');
    return `g = values[${output}] * ${arity}; ${reads}`;
  });
  return `${intern}
${intern === '' ? 'function reindex() {}' : ''}
function fold(states, first, end, base, actions, writes, arena, index, ctl, keys, memo) {
  const ${bases};
  for (let n = first, s = first * ${words}, k = first * ${key}; n < end; n++, s += ${words}, k += ${key}) {
    const written = writes[actions[n]];
    ${steps.join('\n    ')}
    ${store}
  }
  return true;
}
function unfold(from, at, values, arena) {
  let g = 0;
  ${roots.map((v, i) => `values[${v}] = from[at + ${i}];`).join(' ')}
  ${open.join('\n  ')}
}`;
}
