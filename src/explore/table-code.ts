// The table of states, as generated text: specialised to the number of words of a key, with and
// without other threads at the same table. The table is far larger than any cache, so that a
// look-up costs a memory access. Hashing a batch first, then touching every home and nothing else,
// lets those accesses overlap; then what sits in its home bucket is told apart without a branch
// that the processor could guess wrong; only the rest, mostly new, is looked at one by one. Figures
// are in docs/performance.md. Nothing here may allocate, but for making the table larger.
//
// The table: buckets of slots (bucket.ts), open addressing, the next bucket where one is full,
// without wrapping, a tail of buckets behind the last home. Homes grow with hashes, so that a table
// can be made larger in one pass, in place (`regrow`). A slot's words are the key's, each xor
// `twist`. A first word of 0 is an empty slot, 1 one that is being written. A key whose first word
// comes out as 0 or 1 makes `drain` give up; the table is then written again with another `twist`
// (`recode`). Nothing is lost and no bit of the state is reserved.
//
// With other threads at work a slot's words may be seen in any order, but each changes only once, from
// 0 to what it stays (the first by way of 1). A slot none of whose words is 0 is therefore seen as it
// stays, without any atomic look; whatever else is seen, a key with a word of 0 among them, goes the
// slow way (`insert`).

import { bucketOf } from './bucket.ts';
import { differing, hashing, list } from './code-text.ts';
import type { Plan } from './plan.ts';
import { sieve } from './recent-code.ts';

/** Why `drain` could not go on. Nothing is lost: ask again later. */
export const CROWDED = -1;
export const COLLIDED = -2;

export interface TableCode {
  /**
   * Puts the n keys into the table, and the new ones into `fresh`; answers the words of these. If the
   * table is crowded or a key collides with `twist`, it answers `~words` and says in why[0] which;
   * then the keys up to there are in. `recent` holds some that are in: most successors were seen a
   * moment ago, and are not looked up in the table again. `homes` has room
   * for n + 4 numbers, `order` for n.
   */
  drain(
    table: Int32Array,
    size: number,
    twist: number,
    keys: Int32Array,
    n: number,
    homes: Int32Array,
    order: Int32Array,
    fresh: Int32Array,
    why: Int32Array,
    recent: Int32Array,
  ): number;
  /** Makes a table of `size` buckets one of `next`, in place; the array has room. False: crowded. */
  regrow(table: Int32Array, size: number, next: number, twist: number): boolean;
  /** Copies a table into an empty one of another size. False: crowded. */
  rehash(from: Int32Array, size: number, to: Int32Array, next: number, twist: number): boolean;
  /** Writes a table again with another `twist`. False: some key collides with that one too. */
  recode(table: Int32Array, size: number, twist: number, next: number): boolean;
}

export function tableSource({ key: k }: Plan, shared: boolean): string {
  const { words, slots, tail } = bucketOf(k);
  const rest = Array.from({ length: k - 1 }, (_, i) => i + 1);
  const same = rest.map((i) => ` && table[p + ${i}] === (keys[i + ${i}] ^ twist)`).join('');
  const write = rest.map((i) => `table[p + ${i}] = keys[i + ${i}] ^ twist;`).join(' ');
  const append = list(k, (i) => `fresh[out + ${i}] = keys[i + ${i}];`, ' ');
  const home = (size: string): string => `Math.imul(((h >>> 0) * ${size}) | 0, ${words})`;
  // A plain look first: atomic ones are dear, and most slots looked at are settled for good.
  const claim = shared
    ? `v = Atomics.compareExchange(table, p, 0, ${k === 1 ? 'a' : '1'});
        if (v === 0) { ${write} ${k === 1 ? '' : 'Atomics.store(table, p, a);'} ${append} out += ${k}; break; }`
    : `table[p] = a; ${write} ${append} out += ${k}; break;`;
  const wait = shared && k > 1 ? 'while (v === 1) v = Atomics.load(table, p);' : '';
  // The atomic look orders the reads of the other words after the first one's (arm64 needs it).
  const confirm = shared && k > 1 ? ' && Atomics.load(table, p) === a' : '';
  // A bucket's slots are used from the first on: as many as are used come before the next.
  const pad = words - slots * k;
  const nonzero = (s: number): string => `((v${s} | (0 - v${s})) >>> 31)`;
  const used = list(slots, nonzero, ' + ');
  // Others may use slots while we look: one counts if it is seen as it stays, and all before it are.
  const settled = (s: number): string => {
    const words = [`(x = v${s} >>> 1, x | (0 - x))`];
    for (const w of rest) words.push(`(x = table[p + ${s * k + w}], x | (0 - x))`);
    return `(all &= (${words.join(' & ')}) >>> 31)`;
  };
  const seen = shared ? `(all = 1, ${list(slots, settled, ' + ')})` : used;
  const unseeable = shared ? rest.map((w) => `| ~(k${w} | (0 - k${w}))`).join(' ') : '';
  const next = pad === 0 ? `p + ${k} * used` : `p + ${k} * used + ${pad} * (used / ${slots} | 0)`;
  const advance =
    pad === 0 ? `p += ${k};` : `p += ${k}; if (p % ${words} === ${slots * k}) p += ${pad};`;
  const place = `
      let p = ${home('scale')};
      ${list(slots, (s) => `const v${s} = table[p + ${s * k}];`, ' ')}
      const used = ${used};
      p = ${next};
      while (table[p] !== 0) { ${advance} if (p >= last) return false; }`;
  const touch = list(
    4,
    (j) => list(Math.ceil(words / 16), (l) => `table[homes[j + ${j}] + ${16 * l}]`, ' ^ '),
    ' ^ ',
  );
  const hashOf = (from: string): string =>
    hashing(Array.from({ length: k }, (_, w) => `${from}[r + ${w}] ^ twist`));
  return `
function drain(table, size, twist, keys, n, homes, order, fresh, why, recent) {
  const scale = size / 4294967296, last = (size + ${tail}) * ${words};
  const end = n * ${k};
  let open = 0, r = 0, missing = 0;
  for (let i = 0; i < end; i += ${k}) {
    ${hashing(Array.from({ length: k }, (_, w) => `keys[i + ${w}]`))}
    homes[open] = ${home('scale')};
    order[open] = i;
    open += ${sieve('keys', 'i', k)};
  }
  touch(table, homes, open, why);
  open = settle(table, twist, keys, open, homes, order);
  // Those that go on in another bucket.
  touch(table, homes, open, why);
  return insert(table, twist, last, keys, open, homes, order, fresh, why);
}
function touch(table, homes, n, why) {
  let all = 0;
  homes[n] = homes[n + 1] = homes[n + 2] = 0;
  // Four at a time: one by one, each would wait for the loop's own bookkeeping.
  for (let j = 0; j < n; j += 4) all ^= ${touch};
  why[1] = all;
}
function settle(table, twist, keys, n, homes, order) {
  let open = 0, x = 0, all = 1;
  for (let j = 0; j < n; j++) {
    const i = order[j], p = homes[j];
    const ${list(k, (w) => `k${w} = keys[i + ${w}] ^ twist`, ', ')};
    ${list(slots, (s) => `const v${s} = table[p + ${s * k}];`, ' ')}
    // A key that collides would be taken for one that is in.
    const missing = (k0 >>> 1) - 1 ${unseeable} | ${list(
      slots,
      (s) =>
        differing(
          k,
          (w) => (w === 0 ? `v${s}` : `table[p + ${s * k + w}]`),
          (w) => `k${w}`,
        ),
      '\n      & ',
    )};
    const used = ${seen};
    homes[open] = ${next};
    order[open] = i;
    open += missing >>> 31;
  }
  return open;
}
function insert(table, twist, last, keys, n, homes, order, fresh, why) {
  let out = 0;
  for (let j = 0; j < n; j++) {
    const i = order[j];
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
      ${advance}
      if (p >= last) { why[0] = ${CROWDED}; return ~out; }
    }
  }
  return out;
}
function regrow(table, size, next, twist) {
  const scale = next / 4294967296, last = (next + ${tail}) * ${words};
  let run = new Int32Array(${8 * words});
  let b = (size + ${tail} - 1) * ${words}, v = 0;
  while (b >= 0) {
    if (table[b] === 0) { b -= ${words}; continue; }
    // A run of buckets of which all but the first follow a full one is taken out before anything
    // goes back: no probe meets a gap, and nothing is overwritten.
    let length = 0;
    do {
      if (length + ${words} > run.length) { const more = new Int32Array(2 * run.length); more.set(run); run = more; }
      ${list(
        slots,
        (s) =>
          `v = table[b + ${s * k}]; ${list(k, (w) => `run[length + ${w}] = table[b + ${s * k + w}];`, ' ')} length += ${k} * ((v | (0 - v)) >>> 31);`,
        '\n      ',
      )}
      ${list(slots * k, (w) => `table[b + ${w}] = 0;`, ' ')}
      b -= ${words};
    } while (b >= 0 && table[b + ${(slots - 1) * k}] !== 0);
    for (let r = 0; r < length; r += ${k}) {
      ${hashOf('run')}
      ${place}
      ${list(k, (w) => `table[p + ${w}] = run[r + ${w}];`, ' ')}
    }
  }
  return true;
}
function rehash(from, size, table, next, twist) {
  const scale = next / 4294967296, last = (next + ${tail}) * ${words};
  for (let b = 0; b < (size + ${tail}) * ${words}; b += ${words}) {
    for (let r = b; r < b + ${slots * k} && from[r] !== 0; r += ${k}) {
      ${hashOf('from')}
      ${place}
      ${list(k, (w) => `table[p + ${w}] = from[r + ${w}];`, ' ')}
    }
  }
  return true;
}
function recode(table, size, twist, next) {
  for (let pass = 0; pass < 2; pass++) {
    for (let b = 0; b < (size + ${tail}) * ${words}; b += ${words}) {
      for (let p = b; p < b + ${slots * k} && table[p] !== 0; p += ${k}) {
        if (pass === 1) { ${list(k, (w) => `table[p + ${w}] ^= twist ^ next;`, ' ')} }
        else if ((table[p] ^ twist ^ next) >>> 1 === 0) return false;
      }
    }
  }
  return true;
}`;
}
