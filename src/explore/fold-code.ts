// How wide states become keys and back, as generated text: groups of words are interned, each
// distinct group once (plan.ts). Nothing here may allocate.

import { hashing } from './code-text.ts';
import type { Plan } from './plan.ts';

/** In ctl: the next number of an interned group. */
export const NEXT_GROUP = 4;

export interface FoldCode {
  /**
   * Keys of the states first..end-1, successors of the state whose values are `base`: what they have
   * in common with it is not looked up again. False: no room for more groups.
   */
  fold(
    states: Int32Array,
    first: number,
    end: number,
    base: Int32Array,
    arena: Int32Array,
    index: Int32Array,
    ctl: Int32Array,
    keys: Int32Array,
  ): boolean;
  /** The values of a state, its words first, from its key. */
  unfold(from: Int32Array, at: number, values: Int32Array, arena: Int32Array): void;
  /**
   * Fills a larger index of interned groups. From the old one, not from the arena: where two threads
   * numbered the same group at once, the arena holds it twice, and only one number counts.
   */
  reindex(arena: Int32Array, old: Int32Array, index: Int32Array): void;
}

export function foldSource(plan: Plan, shared: boolean): string {
  const { words, key, arity, nodes, roots } = plan;
  // A part left out of a group would merge states that differ.
  if (nodes.some((node) => node.inputs.length > arity)) throw new Error('a group is too large');
  const inputs = Array.from({ length: arity }, (_, i) => `x${i}`);
  const value = (v: number): string => `v${v}`;
  const take = shared ? `Atomics.add(ctl, ${NEXT_GROUP}, 1)` : `ctl[${NEXT_GROUP}]++`;
  // A number is published only when its words are written; whoever sees it reads them through it.
  // Two threads may number the same group at once: the second finds the first's and drops its own.
  const publish = shared
    ? `if (id < 0) {
        id = ${take};
        if ((id + 1) * ${arity} > arena.length) return -1;
        ${inputs.map((x, i) => `arena[id * ${arity} + ${i}] = ${x};`).join(' ')}
      }
      found = Atomics.compareExchange(index, p, 0, id + 1);
      if (found === 0) return id;`
    : `id = ${take};
      if ((id + 1) * ${arity} > arena.length) return -1;
      ${inputs.map((x, i) => `arena[id * ${arity} + ${i}] = ${x};`).join(' ')}
      index[p] = id + 1;
      return id;`;
  const intern =
    arity === 0
      ? ''
      : `
function intern(arena, index, ctl, ${inputs.join(', ')}) {
  const mask = index.length - 1;
  ${hashing(inputs)}
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
  const steps = nodes.map(({ inputs: from, output }) => {
    const args = Array.from({ length: arity }, (_, i) =>
      i < from.length ? value(from[i] as number) : '0',
    );
    const kept = from.map((v) => `${value(v)} === base[${v}]`).join(' && ');
    return `let ${value(output)};
    if (${kept}) ${value(output)} = base[${output}];
    else { ${value(output)} = intern(arena, index, ctl, ${args.join(', ')}); if (${value(output)} < 0) return false; }`;
  });
  const load = Array.from({ length: words }, (_, i) => `const v${i} = states[s + ${i}];`).join(' ');
  const store = roots.map((v, i) => `keys[k + ${i}] = ${value(v)};`).join(' ');
  const open = [...nodes].reverse().map(({ inputs: to, output }) => {
    const reads = to.map((v, i) => `values[${v}] = arena[g + ${i}];`).join(' ');
    return `g = values[${output}] * ${arity}; ${reads}`;
  });
  return `${intern}
${intern === '' ? 'function reindex() {}' : ''}
function fold(states, first, end, base, arena, index, ctl, keys) {
  for (let n = first, s = first * ${words}, k = first * ${key}; n < end; n++, s += ${words}, k += ${key}) {
    ${load}
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
