// The ways to explore a model that the bench can measure. A new engine is one more entry here, and a
// line in `configurations` of run.ts.

import { symmetric } from '../src/explain/reduced.ts';
import { type SearchResult, search } from '../src/explore/search.ts';
import { nodeCrew } from '../src/explore-node/crew.ts';
import { generate } from '../src/lang/generate/generate.ts';
import { Machine, type ModelText } from '../src/lang/machine.ts';

export interface EngineOptions {
  readonly workers: number;
}

/** What a run must tell: counts to compare, and the memory that states and queue take. */
export interface Counts {
  readonly verdict: SearchResult['verdict'];
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly bytes: number;
}

export type Engine = (text: ModelText, options: EngineOptions) => Counts | Promise<Counts>;

const unbounded = {
  maxStates: Number.POSITIVE_INFINITY,
  maxDepth: Number.POSITIVE_INFINITY,
  maxSeconds: Number.POSITIVE_INFINITY,
  maxBytes: Number.POSITIVE_INFINITY,
};

export const engines: Readonly<Record<string, Engine>> = {
  interpreter: (text) => {
    const machine = new Machine(text);
    return search(machine, { targets: machine.properties, bounds: unbounded });
  },
  generated: (text, { workers }) => {
    const machine = new Machine(text);
    const source = generate(machine);
    const options = { targets: machine.properties, bounds: unbounded };
    return search(source, { ...options, ...(workers > 1 ? { workers, crew: nodeCrew } : {}) });
  },
  symmetric: (text, { workers }) => {
    const machine = new Machine(text);
    const { text: source } = symmetric(machine);
    const options = { targets: machine.properties, bounds: unbounded };
    return search(source, { ...options, ...(workers > 1 ? { workers, crew: nodeCrew } : {}) });
  },
};
