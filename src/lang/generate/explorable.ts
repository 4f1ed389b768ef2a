// A machine's generated code in the shape of the interpreter, for whoever visits successors one by
// one.

import { type Compiled, compile, type SystemText } from '../../base/system-text.ts';
import type { Machine, Visit } from '../machine.ts';
import { explainFailure, isFailed } from './failure.ts';
import { generate } from './generate.ts';

export interface GeneratedSystem {
  readonly words: number;
  readonly properties: readonly string[];
  readonly ways: number;
  initial(): Int32Array;
  successors(state: Int32Array, visit: Visit): void;
  finished(state: Int32Array): boolean;
  isThreadAction(action: number): boolean;
}

export function generatedSystem(
  machine: Machine,
  text: SystemText = generate(machine),
): GeneratedSystem {
  const { words, ways } = text;
  const compiled: Compiled = compile(text.source);
  const into = new Int32Array(words * ways);
  const actions = new Int32Array(ways);
  const reports = new Int32Array(ways);
  const views = Array.from({ length: ways }, (_, i) => into.subarray(i * words, (i + 1) * words));
  return {
    words,
    ways,
    properties: text.properties,
    initial: () => text.initial.slice(),
    finished: (state) => compiled.finished(state, 0),
    isThreadAction: (action) => text.threadActions[action] === 1,
    successors: (state, visit) => {
      let n = 0;
      try {
        n = compiled.expand(state, 0, into, actions, reports, 0);
      } catch (thrown) {
        if (isFailed(thrown)) explainFailure(machine, thrown);
        throw thrown;
      }
      for (let i = 0; i < n; i++) {
        visit(actions[i] as number, views[i] as Int32Array, reports[i] as number);
      }
    },
  };
}
