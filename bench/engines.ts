// The ways to explore a model that the bench can measure, with the settings that commands use.

import { reduced } from '../src/explain/reduced.ts';
import { type SearchResult, search } from '../src/explore/search.ts';
import { nodeCrew } from '../src/explore-node/crew.ts';
import { generate } from '../src/lang/generate/generate.ts';
import { Machine } from '../src/lang/machine.ts';
import type { Symmetry } from '../src/lang/symmetry/derive.ts';
import { canonicalSource } from '../src/lang/symmetry/generate.ts';
import { normalOf } from '../src/lang/symmetry/normal.ts';
import type { Case } from './cases.ts';

/** What a run must tell: counts to compare, and the memory that states and queue take. */
export interface Counts {
  readonly verdict: SearchResult['verdict'];
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly bytes: number;
}

export const engineNames = [
  'generated',
  'interpreter',
  'symmetry',
  'all reductions',
  'declared symmetry',
] as const;
export type EngineName = (typeof engineNames)[number];

const unbounded = {
  maxStates: Number.POSITIVE_INFINITY,
  maxDepth: Number.POSITIVE_INFINITY,
  maxSeconds: Number.POSITIVE_INFINITY,
  maxBytes: Number.POSITIVE_INFINITY,
};

/** Explores a case to its end. */
export function explored(one: Case, engine: EngineName, workers: number): Counts {
  const machine = new Machine(one.text());
  const options = {
    targets: machine.properties,
    bounds: unbounded,
    ...(one.store === undefined ? {} : { store: one.store }),
    ...(workers > 1 ? { workers, crew: nodeCrew } : {}),
  };
  switch (engine) {
    case 'interpreter':
      return search(machine, options);
    case 'generated':
      return search(generate(machine), options);
    case 'symmetry':
      return search(reduced(machine, { symmetry: true }).text, options);
    case 'all reductions': {
      const { text } = reduced(machine, { symmetry: true, fusion: true, localFirst: true });
      return search(text, options);
    }
    case 'declared symmetry': {
      if (one.declared === undefined) throw new Error(`no symmetry is declared for ${one.id}`);
      return search(quotient(one, one.declared), options);
    }
  }
}

/**
 * With a symmetry that nobody has derived, and states as TLC has them: what a local held last stays
 * there, and is renamed with the rest, whether or not anybody will read it.
 */
function quotient(one: Case, symmetry: Symmetry): ReturnType<typeof generate> {
  const machine = new Machine(one.text());
  for (const thread of machine.threadLayouts) {
    const { held } = thread.liveness();
    Object.assign(thread, { liveness: () => ({ live: held, held }) });
  }
  const source = canonicalSource(normalOf(machine, symmetry));
  const declarations = [`const canonical = (() => {\n${source}\n})();`];
  return generate(machine, { declarations, members: ['canonical'] });
}
