// The inner loops, as generated text: specialised to the number of words of a key and to how states
// fold, with and without other threads at the same table. Measured facts that justify their shape
// are in docs/performance.md: the table is far larger than any cache, so that a look-up costs a
// memory access; hashing a batch first, then touching every slot and nothing else, then comparing,
// lets those accesses overlap. Nothing here may allocate.
//
// The table: slots of `key` words, open addressing, linear probing upwards without wrapping, a tail
// of slots behind the last home. Homes grow with hashes, so that a table can be made larger in one
// pass, in place (`regrow`). A slot's first word is the key's, xor `twist`: 0 is an empty slot, 1
// one that is being written. A key whose first word comes out as 0 or 1 makes `drain` give up; the
// table is then written again with another `twist` (`recode`). Nothing is lost and no bit of the
// state is reserved.

import type { Plan } from './plan.ts';

/** States that `recent` holds: more find more, fewer stay in the nearest cache. */
const RECENT = 1 << 13;
const RECENT_WIDE = 1 << 12;

/** Words of `recent`. */
export function recentWords({ words, arity }: Plan): number {
  return words * (arity === 0 ? RECENT : RECENT_WIDE);
}

/** Slots behind the last home. */
export const TAIL = 512;
/** In ctl: the next number of an interned group. */
export const NEXT_GROUP = 4;
/** What `drain` and `fold` answer when they cannot go on. Nothing is lost: ask again later. */
export const CROWDED = -1;
export const COLLIDED = -2;

export interface KeyCode {
  /**
   * Puts the n keys into the table, and the new ones into `fresh`; answers the words of these. If the
   * table is crowded or a key collides with `twist`, it answers `~words` and says in why[0] which;
   * then the keys up to there are in. Where keys are states, `recent` holds some that are in: most
   * successors were seen a moment ago, and are not looked up in the table again.
   */
  drain(
    table: Int32Array,
    size: number,
    twist: number,
    keys: Int32Array,
    n: number,
    homes: Int32Array,
    fresh: Int32Array,
    why: Int32Array,
    recent: Int32Array,
  ): number;
  /**
   * Where states fold: moves those of the states first..end-1 together that are not in `recent`, and
   * answers their end. What it lets through is expected to be in the table soon.
   */
  sift(states: Int32Array, first: number, end: number, recent: Int32Array): number;
  /** Forgets the recent states: once before the first use, and when some did not reach the table. */
  forget(recent: Int32Array): void;
  /** Makes a table of `size` homes one of `next`, in place; the array has room. False: crowded. */
  regrow(table: Int32Array, size: number, next: number, twist: number): boolean;
  /** Copies a table into an empty one of another size. False: crowded. */
  rehash(from: Int32Array, size: number, to: Int32Array, next: number, twist: number): boolean;
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

const made = new Map<string, KeyCode>();

/** `shared`: other threads use the same table at the same time. */
export function keyCode(plan: Plan, shared: boolean): KeyCode {
  const source = [tableSource(plan, shared), siftSource(plan), foldSource(plan, shared)].join('\n');
  let code = made.get(source);
  if (code === undefined) {
    code = new Function(
      `"use strict";\n${source}\nreturn { drain, sift, forget, regrow, rehash, fold, unfold, reindex };`,
    )() as KeyCode;
    made.set(source, code);
  }
  return code;
}

function list(n: number, of: (i: number) => string, between: string): string {
  return Array.from({ length: n }, (_, i) => of(i)).join(between);
}

/** Multiply and fold word by word; the last steps are murmur3's. */
function hashing(words: readonly string[]): string {
  const mix = words.map((w) => `h = Math.imul(h ^ ${w}, 0x85ebca6b); h ^= h >>> 15;`).join(' ');
  return `let h = 0x9e3779b9 | 0; ${mix} h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35); h ^= h >>> 16;`;
}

function tableSource({ key: k, arity }: Plan, shared: boolean): string {
  const rest = Array.from({ length: k - 1 }, (_, i) => i + 1);
  const keyWords = Array.from({ length: k }, (_, i) => (i === 0 ? 'keys[i]' : `keys[i + ${i}]`));
  const same = rest.map((i) => ` && table[p + ${i}] === keys[i + ${i}]`).join('');
  const write = rest.map((i) => `table[p + ${i}] = keys[i + ${i}];`).join(' ');
  const append = list(k, (i) => `fresh[out + ${i}] = keys[i + ${i}];`, ' ');
  const home = (size: string): string => `Math.imul(((h >>> 0) * ${size}) | 0, ${k})`;
  // A plain look first: atomic ones are dear, and most slots looked at are settled for good.
  const claim = shared
    ? `v = Atomics.compareExchange(table, p, 0, ${k === 1 ? 'a' : '1'});
        if (v === 0) { ${write} ${k === 1 ? '' : 'Atomics.store(table, p, a);'} ${append} out += ${k}; break; }`
    : `table[p] = a; ${write} ${append} out += ${k}; break;`;
  const wait = shared && k > 1 ? 'while (v === 1) v = Atomics.load(table, p);' : '';
  // The atomic look orders the reads of the other words after the first one's (arm64 needs it).
  const confirm = shared && k > 1 ? ' && Atomics.load(table, p) === a' : '';
  const insert = `
    let p = ${home('scale')};
    while (table[p] !== 0) { p += ${k}; if (p >= last) return false; }`;
  return `
function drain(table, size, twist, keys, n, homes, fresh, why, recent) {
  const scale = size / 4294967296, last = (size + ${TAIL}) * ${k};
  const words = n * ${k};
  let out = 0, open = 0;
  for (let i = 0; i < words; i += ${k}) {
    ${hashing(keyWords)}
    ${arity === 0 ? sieve(k, RECENT, 'keys', 'i') : ''}
    homes[open] = ${home('scale')};
    homes[open + 1] = i;
    open += 2;
  }
  let touched = 0;
  for (let j = 0; j < open; j += 2) touched ^= table[homes[j]];
  why[1] = touched;
  for (let j = 0; j < open; j += 2) {
    const i = homes[j + 1];
    const a = keys[i] ^ twist;
    if ((a >>> 1) === 0) { why[0] = ${COLLIDED}; return ~out; }
    let p = homes[j];
    for (;;) {
      let v = table[p];
      if (v === 0) {
        ${claim}
      }
      ${wait}
      if (v === a${confirm}${same}) break;
      p += ${k};
      if (p >= last) { why[0] = ${CROWDED}; return ~out; }
    }
  }
  return out;
}
function regrow(table, size, next, twist) {
  const scale = next / 4294967296, last = (next + ${TAIL}) * ${k};
  let run = new Int32Array(${64 * k});
  let i = (size + ${TAIL} - 1) * ${k};
  while (i >= 0) {
    if (table[i] === 0) { i -= ${k}; continue; }
    // A whole run of used slots is taken out before any goes back: no probe meets a gap.
    let length = 0;
    while (i >= 0 && table[i] !== 0) {
      if (length === run.length) { const more = new Int32Array(2 * length); more.set(run); run = more; }
      ${list(k, (w) => `run[length + ${w}] = table[i + ${w}]; table[i + ${w}] = 0;`, ' ')}
      length += ${k};
      i -= ${k};
    }
    for (let r = 0; r < length; r += ${k}) {
      ${hashing(Array.from({ length: k }, (_, w) => (w === 0 ? '(run[r] ^ twist)' : `run[r + ${w}]`)))}
      ${insert}
      ${list(k, (w) => `table[p + ${w}] = run[r + ${w}];`, ' ')}
    }
  }
  return true;
}
function rehash(from, size, table, next, twist) {
  const scale = next / 4294967296, last = (next + ${TAIL}) * ${k};
  const words = (size + ${TAIL}) * ${k};
  for (let r = 0; r < words; r += ${k}) {
    if (from[r] === 0) continue;
    ${hashing(Array.from({ length: k }, (_, w) => (w === 0 ? '(from[r] ^ twist)' : `from[r + ${w}]`)))}
    ${insert}
    ${list(k, (w) => `table[p + ${w}] = from[r + ${w}];`, ' ')}
  }
  return true;
}`;
}

/** Goes on with the next state where this one is among the recent ones, and else puts it there. */
function sieve(words: number, size: number, states: string, at: string): string {
  return `const r = (h & ${size - 1}) * ${words};
    if (${list(words, (w) => `recent[r + ${w}] === ${states}[${at} + ${w}]`, ' && ')}) continue;
    ${list(words, (w) => `recent[r + ${w}] = ${states}[${at} + ${w}];`, ' ')}`;
}

function siftSource({ words, arity }: Plan): string {
  const size = arity === 0 ? RECENT : RECENT_WIDE;
  const hash = hashing(Array.from({ length: words }, (_, w) => `states[s + ${w}]`));
  return `
function sift(states, first, end, recent) {
  let kept = first * ${words};
  for (let n = first, s = kept; n < end; n++, s += ${words}) {
    ${hash}
    ${sieve(words, size, 'states', 's')}
    if (kept !== s) { ${list(words, (w) => `states[kept + ${w}] = states[s + ${w}];`, ' ')} }
    kept += ${words};
  }
  return kept / ${words};
}
function placeOf(states) {
  const s = 0;
  ${hash}
  return (h & ${size - 1}) * ${words};
}
function forget(recent) {
  // Every place gets a state that is looked for at another: all zeros, or what is none.
  recent.fill(0);
  const state = [${list(words, () => '0', ', ')}];
  const zero = placeOf(state);
  do state[0]++; while (placeOf(state) === zero);
  recent[zero] = state[0];
}`;
}

function foldSource(plan: Plan, shared: boolean): string {
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
