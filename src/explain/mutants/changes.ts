// What can become of everything that threads share, told by two numbers: every change of it that some
// reachable state allows, whoever makes it and however far each thread has come. Two programs that
// agree in it cannot be told apart by anything that looks at shared state or at single changes of it,
// as truth does. Where a thread is and what it has in its locals does not count.

import type { Explorable } from '../../explore/search.ts';
import type { Field } from '../../lang/layout.ts';
import type { Machine } from '../../lang/machine.ts';

export interface Changes {
  /** How many different changes. */
  readonly count: number;
  /** Of all of them, in no order. */
  readonly hash: string;
  /** By table: which values its entries take, as a text that differs where they do. */
  readonly values: Readonly<Record<string, string>>;
}

export const noChanges: Changes = { count: 0, hash: '', values: {} };

export interface Noted {
  /** What a search explores instead of the machine. */
  readonly system: Explorable;
  /** Once it has been explored whole. */
  changes(): Changes;
  /** Steps that were taken, as `stepName`. */
  readonly taken: ReadonlySet<string>;
}

/** Tables that take other values in one than in the other. */
export function differing(one: Changes, other: Changes): string[] {
  const names = new Set([...Object.keys(one.values), ...Object.keys(other.values)]);
  return [...names].filter((name) => one.values[name] !== other.values[name]);
}

export function isAlike(one: Changes, other: Changes): boolean {
  return one.count === other.count && one.hash === other.hash;
}

/** Names a step of a function: `try_to_unmap\nptep_get_and_clear`. */
export function stepName(path: string, label: string): string {
  return `${path}\n${label}`;
}

/** Notes what a search sees on its way. */
export function noting(machine: Machine): Noted {
  const shared = sharedFields(machine);
  const hashOf = hashing(shared);
  const seen = new Set<number>();
  const taken = new Set<string>();
  const known = new Uint8Array(machine.actions.length);
  let [low, high] = [0, 0];
  const system: Explorable = {
    words: machine.words,
    properties: machine.properties,
    ways: machine.ways,
    initial: () => machine.initial(),
    finished: (state) => machine.finished(state),
    isThreadAction: (action) => machine.isThreadAction(action),
    successors: (state, visit) => {
      const from = hashOf(state, 1);
      const again = hashOf(state, 2);
      machine.successors(state, (action, next, reports) => {
        if (known[action] === 0) {
          known[action] = 1;
          note(machine, action, taken);
        }
        const one = mixed(from, hashOf(next, 3), reports);
        const two = mixed(again, hashOf(next, 4), reports);
        const wide = (one & 0x1fffff) * 2 ** 32 + two;
        if (!seen.has(wide)) {
          seen.add(wide);
          low = (low + two) >>> 0;
          high = (high + one) >>> 0;
        }
        visit(action, next, reports);
      });
    },
  };
  return {
    system,
    taken,
    changes: () => ({
      count: seen.size,
      hash: `${high}.${low}`,
      values: valuesOf(shared),
    }),
  };
}

function note(machine: Machine, action: number, taken: Set<string>): void {
  const { stack, label, thread } = machine.actions[action] ?? { stack: [], label: '' };
  if (thread === undefined) taken.add(stepName('', label));
  stack.forEach((path, i) => {
    taken.add(path);
    taken.add(stepName(path, stack[i + 1] ?? label));
  });
}

interface SharedField {
  readonly cell: string;
  readonly at: Field;
  readonly key: number;
  /** The values that it has had, by bit; large ones share bits. */
  had: number;
}

function sharedFields(machine: Machine): SharedField[] {
  const fields: SharedField[] = [];
  for (const [cell, entries] of machine.layout.entries()) {
    entries.forEach((at, entry) => {
      const key = hashText(`${cell.name}[${entry}]`);
      if (at.mask !== 0) fields.push({ cell: cell.name, at, key, had: 0 });
    });
  }
  return fields;
}

/** Of the values of all tables, whatever words they are kept in. */
function hashing(fields: readonly SharedField[]): (state: Int32Array, seed: number) => number {
  return (state, seed) => {
    let hash = seed;
    for (const field of fields) {
      const { at } = field;
      const value = ((state[at.word] as number) >>> at.shift) & at.mask;
      field.had |= 1 << value;
      if (value !== 0) hash = (hash + mixed(field.key, value, seed)) | 0;
    }
    return hash;
  };
}

function valuesOf(fields: readonly SharedField[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { cell, had } of fields) {
    const before = values[cell];
    values[cell] = `${before === undefined ? '' : `${before}.`}${(had >>> 0).toString(36)}`;
  }
  return values;
}

function mixed(a: number, b: number, c: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15) ^ Math.imul(c + 1, 0x27d4eb2f), 0x2c1b3c6d);
  h ^= h >>> 13;
  return Math.imul(h, 0x297a2d39) >>> 0;
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
