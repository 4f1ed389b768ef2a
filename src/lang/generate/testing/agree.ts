// The second implementation against the first: what generated code answers for a state, held against
// what the interpreter answers.

import { Problem } from '../../../base/problem.ts';
import type { Machine } from '../../machine.ts';
import { type GeneratedSystem, generatedSystem } from '../explorable.ts';

interface Transition {
  readonly action: number;
  readonly next: Int32Array;
  readonly reports: number;
}

/**
 * The machine as the interpreter has it. Each state that is asked for is given to the generated
 * system as well, and any difference thrown.
 */
export function inAgreement(
  machine: Machine,
  generated: GeneratedSystem = generatedSystem(machine),
): GeneratedSystem {
  let count = 0;
  const expected: Transition[] = [];
  const difference = (state: Int32Array, what: string): Error =>
    new Error(`${what} differs in the state ${state.join(' ')}`);
  const same = <T>(state: Int32Array, what: string, a: T, b: T): T => {
    if (a !== b) throw difference(state, what);
    return a;
  };
  return {
    words: machine.words,
    properties: machine.properties,
    ways: machine.ways,
    initial: () => {
      const state = machine.initial();
      if (!equal(state, generated.initial())) throw difference(state, 'the initial state');
      return state;
    },
    finished: (state) =>
      same(state, 'finished', machine.finished(state), generated.finished(state)),
    isThreadAction: (action) =>
      same(
        Int32Array.of(action),
        'whose action it is',
        machine.isThreadAction(action),
        generated.isThreadAction(action),
      ),
    successors: (state, visit) => {
      expected.length = 0;
      const wrong = problemIn(() => {
        machine.successors(state, (action, next, reports) => {
          expected.push({ action, next: next.slice(), reports });
        });
      });
      count = 0;
      const wrongToo = problemIn(() => {
        generated.successors(state, (action, next, reports) => {
          const one = expected[count++];
          if (one === undefined) throw difference(state, 'the number of successors');
          same(state, 'an action', one.action, action);
          same(state, `what action ${action} reports`, one.reports, reports);
          if (!equal(one.next, next)) throw difference(state, `where action ${action} leads`);
        });
      });
      same(state, 'the error', wrong?.render(), wrongToo?.render());
      if (wrong !== undefined) throw wrong;
      same(state, 'the number of successors', expected.length, count);
      for (const { action, next, reports } of expected) visit(action, next, reports);
    },
  };
}

function problemIn(body: () => void): Problem | undefined {
  try {
    body();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  return undefined;
}

function equal(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}

/** Steps from state to state, each time to any successor; begins anew where there is none. */
export function walk(system: GeneratedSystem, steps: number, seed: number): void {
  let random = seed;
  let state = system.initial();
  const nexts: Int32Array[] = [];
  for (let i = 0; i < steps; i++) {
    nexts.length = 0;
    system.successors(state, (_, next) => nexts.push(next.slice()));
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    state = nexts[(random >>> 8) % nexts.length] ?? system.initial();
  }
}
