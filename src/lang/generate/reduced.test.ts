import { expect, test } from 'vitest';
import { scenarios } from '../../catalogue/all.ts';
import { modelOf } from '../../catalogue/build.ts';
import { search } from '../../explore/search.ts';
import { Machine } from '../machine.ts';
import type { Plan } from '../reduce/plan.ts';
import { runnerSource } from '../reduce/source.ts';
import { generatedSystem } from './explorable.ts';
import { generate } from './generate.ts';

test.each([
  ['LUF-munmap', 'repaired'],
  ['LUF-kept-folio', 'repaired'],
  ['LUF-atomic', 'v11'],
])('generated code with reductions finds in %s:%s what the interpreter does', (id, variantId) => {
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error('renamed?');
  const reductions = { fusion: true, localFirst: true };
  const machine = new Machine(modelOf(scenario, variant), { reductions });
  const about = {
    words: machine.words,
    counters: machine.threads.map((thread) => thread.pc),
    ways: Math.max(...machine.threads.flatMap(({ points }) => points.map((ways) => ways.length))),
  };
  const text = generate(machine, {
    declarations: [runnerSource(machine.plan as Plan, reductions, about)],
    members: ['expand: reducedExpand'],
  });
  const targets = ['deadlock'];
  const { seconds: _, ...expected } = search(machine, { targets });
  const { seconds: __, ...found } = search(generatedSystem(machine, text), { targets });
  expect(found).toEqual(expected);
});
