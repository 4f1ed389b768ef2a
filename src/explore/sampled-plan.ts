// How wide states fold best is told by the states themselves. Words that take few values together,
// counters that hardly change or a TLB that is nearly always the same on all CPUs, make a group of which
// there are few: its numbers are found in a cache. Words that differ in nearly every state, as
// program counters do, are better left in the key. So some states are looked at first, and groups are
// put together from what has the fewest values. Which states those are depends on the system alone,
// and any plan is exact: it changes how much memory and time a search takes and nothing else.

import { ARITY, type FoldNode, type Plan, planOf } from './plan.ts';
import type { System } from './system.ts';

/** Words of a key: down to so many always, and further where that costs little. */
const MOST_ROOTS = 4;
const FEWEST_ROOTS = 3;
/** A group is worth making if no more than one in so many of the sample's states has its own. */
const RARE = 8;
/** States looked at, where states are narrow; fewer of wide ones, of which there is more to compare. */
const SAMPLE = 8_192;
const COMPARISONS = 1_000_000;
/** Steps of a walk before it starts again. */
const WALK = 256;

/** The plan for a long search of a system whose states are wide. */
export function sampledPlan(system: System): Plan {
  const { words } = system;
  const most = Math.min(SAMPLE, Math.floor(COMPARISONS / (words * words)));
  const states = sampleOf(system, most);
  if (states.length < 64 * words) return planOf(words);
  return planFrom(words, states);
}

/** States on random ways from the initial one: the same ones each time. */
function sampleOf(system: System, most: number): Int32Array {
  const { words, ways, compiled, initial } = system;
  const states = new Int32Array(most * words);
  const into = new Int32Array(ways * words);
  const actions = new Int32Array(ways);
  const reports = new Int32Array(ways);
  const still = new Int32Array(2);
  const { moves, writes, canonical } = compiled;
  const sparse =
    moves !== undefined && writes !== undefined && canonical === undefined
      ? { moves: moves.bind(compiled), writes }
      : undefined;
  let seed = 0x2545f491;
  let taken = 0;
  const start = initial.slice();
  compiled.canonical?.(start, 0);
  try {
    while (taken < most) {
      states.set(start, taken * words);
      for (let step = 1; ++taken < most && step < WALK; step++) {
        const from = (taken - 1) * words;
        // As the search asks, so that nothing is compiled that it will not need.
        const n =
          sparse === undefined
            ? compiled.expand(states, from, into, actions, reports, 0)
            : sparse.moves(states, from, into, actions, reports, 0, still);
        if (n === 0) break;
        seed ^= seed << 13;
        seed ^= seed >>> 17;
        seed ^= seed << 5;
        const chosen = (seed >>> 0) % n;
        const at = chosen * words;
        if (sparse !== undefined) {
          const written = sparse.writes[actions[chosen] as number] as number;
          for (let w = 0; w < words; w++) {
            if (((written >>> w) & 1) === 0) into[at + w] = states[from + w] as number;
          }
        }
        compiled.canonical?.(into, at);
        states.set(into.subarray(at, at + words), taken * words);
      }
    }
  } catch {
    // A mistake in the model is told by the search, which knows where it is.
  }
  return states.subarray(0, taken * words);
}

/** What stands for some words: the words themselves or a group, and its number in each state. */
interface Root {
  readonly value: number;
  /** For a group that may take more inputs. */
  readonly inputs: readonly number[];
  readonly numbers: Int32Array;
}

/** @param states the sample, one state after the other */
export function planFrom(words: number, states: Int32Array): Plan {
  const count = states.length / words;
  const numbering = new Numbering(count);
  const nodes: FoldNode[] = [];
  let values = words;
  let roots: Root[] = Array.from({ length: words }, (_, word) => {
    const numbers = new Int32Array(count);
    for (let s = 0; s < count; s++) numbers[s] = states[s * words + word] as number;
    return { value: word, inputs: [], numbers };
  });
  const together = new Map<Root, Map<Root, number>>();
  const valuesOf = (a: Root, b: Root): number => {
    const row = together.get(a) ?? new Map<Root, number>();
    const n = row.get(b) ?? numbering.count(a.numbers, b.numbers);
    together.set(a, row.set(b, n));
    return n;
  };
  while (roots.length > FEWEST_ROOTS) {
    let best: readonly [Root, Root] | undefined;
    let fewest = Infinity;
    for (const [i, a] of roots.entries()) {
      for (const b of roots.slice(i + 1)) {
        const n = valuesOf(a, b);
        if (n < fewest) [fewest, best] = [n, [a, b]];
      }
    }
    if (best === undefined) break;
    if (roots.length <= MOST_ROOTS && fewest * RARE > count) break;
    const [a, b] = best;
    const inputs = inputsOf(a, b);
    const merged = { value: values++, inputs, numbers: numbering.numbers(a.numbers, b.numbers) };
    roots = [...roots.filter((root) => root !== a && root !== b), merged];
    nodes.push({ inputs, output: merged.value });
  }
  return tidied(words, nodes, roots);
}

/** What a group of both is made of: their parts where there is room for them, else the groups. */
function inputsOf(a: Root, b: Root): readonly number[] {
  const parts = (root: Root): readonly number[] =>
    root.inputs.length === 0 ? [root.value] : root.inputs;
  const [large, little] = parts(a).length >= parts(b).length ? [a, b] : [b, a];
  const ways = [
    [...parts(large), ...parts(little)],
    [...parts(large), little.value],
    [...parts(little), large.value],
  ];
  return ways.find((way) => way.length <= ARITY) ?? [large.value, little.value];
}

/** Numbers without gaps: groups whose parts were given away are left out. */
function tidied(words: number, nodes: readonly FoldNode[], roots: readonly Root[]): Plan {
  const used = new Set(roots.map((root) => root.value));
  for (const node of [...nodes].reverse()) {
    if (used.has(node.output)) for (const value of node.inputs) used.add(value);
  }
  const kept = nodes.filter((node) => used.has(node.output));
  const renamed = new Map(kept.map((node, i) => [node.output, words + i]));
  const name = (value: number): number => renamed.get(value) ?? value;
  return {
    words,
    key: roots.length,
    arity: kept.length === 0 ? 0 : ARITY,
    nodes: kept.map(({ inputs, output }) => ({ inputs: inputs.map(name), output: name(output) })),
    roots: roots.map((root) => name(root.value)),
    values: words + kept.length,
  };
}

/** Numbers pairs of numbers in the order in which they come. */
class Numbering {
  readonly #slots: Int32Array;
  readonly #first: Int32Array;
  readonly #second: Int32Array;

  constructor(most: number) {
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * Math.max(2, most))));
    this.#first = new Int32Array(most);
    this.#second = new Int32Array(most);
  }

  count(a: Int32Array, b: Int32Array): number {
    return this.#walk(a, b, undefined);
  }

  numbers(a: Int32Array, b: Int32Array): Int32Array {
    const into = new Int32Array(a.length);
    this.#walk(a, b, into);
    return into;
  }

  #walk(a: Int32Array, b: Int32Array, into: Int32Array | undefined): number {
    const slots = this.#slots.fill(0);
    const [first, second] = [this.#first, this.#second];
    const mask = slots.length - 1;
    let known = 0;
    for (let s = 0; s < a.length; s++) {
      const [x, y] = [a[s] as number, b[s] as number];
      let h = Math.imul(Math.imul(x, 0x85ebca6b) ^ y, 0xc2b2ae35);
      h ^= h >>> 15;
      let at = h & mask;
      let n = slots[at] as number;
      while (n !== 0 && (first[n - 1] !== x || second[n - 1] !== y)) {
        at = (at + 1) & mask;
        n = slots[at] as number;
      }
      if (n === 0) {
        [first[known], second[known]] = [x, y];
        known++;
        n = known;
        slots[at] = n;
      }
      if (into !== undefined) into[s] = n;
    }
    return known;
  }
}
