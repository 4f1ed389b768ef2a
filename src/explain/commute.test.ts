import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommuteOptions, commute, type Walkable } from './commute.ts';

/** A toy: each action adds to a word of its own; `needs` says how much must be there before. */
interface Toy {
  readonly action: number;
  readonly word: number;
  readonly needs?: { readonly word: number; readonly least: number };
  readonly reports?: number;
}

function toys(words: number, list: readonly Toy[]): Walkable {
  return {
    initial: () => new Int32Array(words),
    successors: (state, visit) => {
      for (const { action, word, needs, reports = 0 } of list) {
        if (needs !== undefined && (state[needs.word] as number) < needs.least) continue;
        const next = state.slice();
        next[word] = (next[word] as number) + 1;
        visit(action, next, reports);
      }
    },
  };
}

const options: CommuteOptions = {
  actorOf: (action) => `${Math.floor(action / 10)}`,
  laneOf: (action) => Math.floor(action / 10),
  wanted: 1,
};

function switches(path: readonly number[]): number {
  return path.filter((one, i) => i > 0 && options.laneOf(one) !== options.laneOf(path[i - 1] ?? 0))
    .length;
}

/** The actions of a list that can be taken, one after the other. */
function takeable(machine: Walkable, list: readonly number[]): number[] {
  let state = machine.initial();
  return list.filter((wanted) => {
    let next: Int32Array | undefined;
    machine.successors(state, (action, to) => {
      if (action === wanted) next = to.slice();
    });
    state = next ?? state;
    return next !== undefined;
  });
}

describe('commute', () => {
  test("groups independent actions by lane and keeps each actor's order", () => {
    const machine = toys(3, [
      { action: 0, word: 0 },
      { action: 1, word: 0 },
      { action: 10, word: 1 },
      { action: 11, word: 1 },
      { action: 20, word: 2, needs: { word: 1, least: 2 }, reports: 1 },
    ]);
    expect(commute(machine, [0, 10, 1, 11, 20], options)).toEqual([0, 1, 10, 11, 20]);
  });

  test('does not move an action before what it needs', () => {
    const machine = toys(2, [
      { action: 0, word: 0 },
      { action: 10, word: 1, needs: { word: 0, least: 1 } },
      { action: 1, word: 0, needs: { word: 1, least: 1 }, reports: 1 },
    ]);
    expect(commute(machine, [0, 10, 1], options)).toEqual([0, 10, 1]);
  });

  test('ends with an action that reports the same', () => {
    const machine = toys(2, [
      { action: 0, word: 0 },
      { action: 1, word: 0, needs: { word: 1, least: 1 }, reports: 1 },
      { action: 10, word: 1 },
    ]);
    const path = commute(machine, [0, 10, 1], options);
    expect(path.at(-1)).toBe(1);
    expect(switches(path)).toBe(1);
  });

  test('a path that must end in a state ends in it', () => {
    const machine = toys(2, [
      { action: 0, word: 0 },
      { action: 10, word: 1 },
    ]);
    const path = commute(machine, [0, 10, 0, 10], { ...options, wanted: 0 });
    expect([...path].sort((a, b) => a - b)).toEqual([0, 0, 10, 10]);
    expect(switches(path)).toBe(1);
  });

  test('keeps the original when there is too much to look at', () => {
    const machine = toys(2, [
      { action: 0, word: 0 },
      { action: 10, word: 1 },
    ]);
    const path = [0, 10, 0, 10];
    expect(commute(machine, path, { ...options, wanted: 0, limit: 3 })).toBe(path);
  });

  test('never has more switches, nor another multiset of actions', () => {
    const machine = toys(4, [
      { action: 0, word: 0 },
      { action: 1, word: 0, needs: { word: 1, least: 1 } },
      { action: 10, word: 1 },
      { action: 11, word: 1, needs: { word: 2, least: 1 } },
      { action: 20, word: 2 },
      { action: 30, word: 3, reports: 1 },
    ]);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, 10, 11, 20), { maxLength: 9 }), (list) => {
        const path = [...takeable(machine, list), 30];
        const better = commute(machine, path, options);
        expect([...better].sort()).toEqual([...path].sort());
        expect(switches(better)).toBeLessThanOrEqual(switches(path));
      }),
    );
  });
});
