// The generated executor agrees with the interpreter in every state that it is shown: of variants of every
// scenario of the catalogue, breadth first up to a bound, and along random walks beyond it.

import { describe, expect, test } from 'vitest';
import { modelOf } from '../../catalogue/build.ts';
import { chosenVariants, isAll, variantNamed } from '../../catalogue/testing/chosen.ts';
import { search } from '../../explore/search.ts';
import { rules } from '../../rules/all.ts';
import { asObserver } from '../../rules/as-observer.ts';
import { Machine, type ModelText } from '../machine.ts';
import type { Observer } from '../observer.ts';
import { generatedSystem } from './explorable.ts';
import { generate } from './generate.ts';
import { inAgreement, walk } from './testing/agree.ts';

/** Enough for most variants to be seen whole; all agree up to 30,000 as well, in twice the time. */
const STATES = isAll ? 6_000 : 3_000;

function modelNamed(name: string, watching: readonly Observer[] = []): ModelText {
  const { scenario, variant } = variantNamed(name);
  return modelOf(scenario, variant, watching);
}

test.each(chosenVariants())(
  '$name: generated code does what the interpreter does',
  ({ scenario, variant }) => {
    const system = inAgreement(new Machine(modelOf(scenario, variant)));
    const { states } = search(system, { targets: [], bounds: { maxStates: STATES } });
    expect(states).toBeGreaterThan(1);
    if (states > STATES) walk(system, 250, 1);
  },
);

test('and so it does with every rule watching', () => {
  const system = inAgreement(new Machine(modelNamed('LUF-munmap:v12', rules.map(asObserver))));
  const { states } = search(system, { targets: [], bounds: { maxStates: 3000 } });
  expect(states).toBeGreaterThan(1000);
});

test.each(['fault-race:v12', 'LUF-direct-write:repaired', '1cf35d47712d:v11'])(
  '%s: walks through the large ones',
  (name) => {
    const system = inAgreement(new Machine(modelNamed(name)));
    for (let seed = 1; seed <= 20; seed++) walk(system, 300, seed);
  },
);

describe('a generator that is wrong is caught', () => {
  const machine = new Machine(modelNamed('LUF-munmap:broken'));
  const text = generate(machine);
  const taken = new Set<number>();
  search(
    {
      ...inAgreement(machine),
      successors: (state, visit) => {
        machine.successors(state, (action, next, reports) => {
          taken.add(action);
          visit(action, next, reports);
        });
      },
    },
    { targets: [] },
  );

  /** The source with one thing changed in what stands for an action that is really taken. */
  function broken(place: RegExp, change: (match: string) => string): string[] {
    const sources: string[] = [];
    for (const action of taken) {
      const start = text.source.indexOf(`// ${action}: `);
      const end = text.source.indexOf('reports[n++]', start);
      const match = place.exec(text.source.slice(start, end));
      if (match === null) continue;
      const at = start + match.index;
      const rest = text.source.slice(at + match[0].length);
      sources.push(text.source.slice(0, at) + change(match[0]) + rest);
    }
    return sources;
  }
  function caught(source: string): boolean {
    const system = inAgreement(machine, generatedSystem(machine, { ...text, source }));
    try {
      search(system, { targets: [] });
    } catch {
      return true;
    }
    return false;
  }

  test.each<[string, RegExp, (match: string) => string, number]>([
    ['an action number', /actions\[n\] = \d+/, (match) => `${match}0`, 1],
    ['a word written wrongly', /into\[o( \+ \d+)?\] = w\d+/, (match) => `${match} ^ 1`, 1],
    ['a way that is always open', /(?<=if \().*(?=\) \{\n)/, () => 'true', 0.5],
    ['a bit too many', /(?<=\) \| )0x\w+(?=;)/, (match) => `${match}1`, 0.5],
    ['a bit too few', /(?<=&= )-0x\w+/, () => '-1', 0.3],
    ['a report', /let r = 0/, (match) => `${match} | 4`, 1],
  ])('%s', (_, place, change, share) => {
    const sources = broken(place, change).slice(0, 10);
    expect(sources.length).toBeGreaterThan(0);
    // Some stand in a branch that is not taken, or are made over before the step ends.
    expect(sources.filter(caught).length).toBeGreaterThanOrEqual(share * sources.length);
  });
});
