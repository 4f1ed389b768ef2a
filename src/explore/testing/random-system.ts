// Small systems made up from a seed, as text and as an obvious search over the same text: what the
// explorer says must be what falls out of a queue and a map.

import { compile, type SystemText } from '../../base/system-text.ts';

/** `shape` picks the number of states, ways, words and how states look as words. */
export interface Shape {
  readonly seed: number;
  readonly states: number;
  readonly ways: number;
  readonly words: number;
  /** One in so many transitions reports a property. */
  readonly rarity: number;
}

export function randomSystem({ seed, states, ways, words, rarity }: Shape): SystemText {
  const source = `"use strict";
const WORDS = ${words};
function mix(a, b) {
  let h = Math.imul(a + ${seed} | 0, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d); h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}
function write(state, into, at) {
  // The number itself in the last word; words before it look like anything at all.
  for (let i = 0; i < WORDS - 1; i++) into[at + i] = i % 2 === 0 ? mix(state % 7, i) : (state >>> i) & 3;
  into[at + WORDS - 1] = state;
}
function expand(from, at, into, actions, reports, n) {
  const state = from[at + WORDS - 1];
  const open = mix(state, 99) % ${ways + 1};
  for (let way = 0; way < open; way++) {
    const h = mix(state, way);
    // Near by, as a rule: levels stay narrow and runs become long.
    const next = h % 5 === 0 ? h % ${states} : (state + (h % 17)) % ${states};
    write(next, into, n * WORDS);
    actions[n] = way;
    reports[n] = mix(state, way + 1000) % ${rarity} === 0 ? 1 << (h & 1) : 0;
    n++;
  }
  return n;
}
return { expand, finished: (from, at) => mix(from[at + WORDS - 1], 5) % 3 !== 0, write };`;
  const initial = new Int32Array(words);
  (compile(source) as unknown as { write(s: number, into: Int32Array, at: number): void }).write(
    0,
    initial,
    0,
  );
  return {
    words,
    ways,
    properties: ['one', 'two'],
    initial,
    // The last way counts as hardware's.
    threadActions: Uint8Array.from({ length: ways }, (_, i) => (i < ways - 1 ? 1 : 0)),
    source,
  };
}

export interface Obvious {
  readonly states: number;
  readonly transitions: number;
  readonly completed: number;
  readonly depth: number;
  /** The first violation in the order of the queue. */
  readonly violation?: { readonly path: readonly number[]; readonly properties: readonly string[] };
}

/** Breadth first with a queue; a level is finished, and a deadlock in it comes first. */
export function obviousSearch(text: SystemText, wanted: number, deadlock: boolean): Obvious {
  const { expand, finished } = compile(text.source);
  const { words, ways } = text;
  const parents = new Map<string, { parent: string; action: number } | undefined>();
  let level = [text.initial];
  parents.set(text.initial.join(), undefined);
  let [transitions, completed] = [0, 0];
  const pathTo = (key: string): number[] => {
    const path: number[] = [];
    for (let at = parents.get(key); at !== undefined; at = parents.get(at.parent)) {
      path.unshift(at.action);
    }
    return path;
  };
  const [into, actions, reports] = [ways * words, ways, ways].map((n) => new Int32Array(n)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  for (let depth = 0; ; depth++) {
    const next: Int32Array[] = [];
    let stuck: Obvious['violation'];
    let hit: Obvious['violation'];
    for (const state of level) {
      const key = state.join();
      const end = expand(state, 0, into, actions, reports, 0);
      let moves = 0;
      for (let n = 0; n < end; n++) {
        const action = actions[n] as number;
        transitions++;
        moves += text.threadActions[action] as number;
        const reported = (reports[n] as number) & wanted;
        if (reported !== 0) {
          const properties = text.properties.filter((_, i) => (reported >> i) & 1);
          hit ??= { path: [...pathTo(key), action], properties };
        }
        const child = into.slice(n * words, (n + 1) * words);
        if (parents.has(child.join())) continue;
        parents.set(child.join(), { parent: key, action });
        next.push(child);
      }
      if (moves > 0) continue;
      if (finished(state, 0)) completed++;
      else if (deadlock) stuck ??= { path: pathTo(key), properties: ['deadlock'] };
    }
    const counts = { states: parents.size, transitions, completed };
    const violation = stuck ?? hit;
    if (violation !== undefined) return { ...counts, depth: violation.path.length, violation };
    if (next.length === 0) return { ...counts, depth };
    level = next;
  }
}
