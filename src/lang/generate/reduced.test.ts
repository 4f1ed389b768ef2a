import { expect, test } from 'vitest';
import { scenarios } from '../../catalogue/all.ts';
import { modelOf } from '../../catalogue/build.ts';
import { search } from '../../explore/search.ts';
import { Machine } from '../machine.ts';
import type { Plan } from '../reduce/plan.ts';
import { runnerSource, surroundingsOf } from '../reduce/source.ts';
import { generatedSystem } from './explorable.ts';
import { generate } from './generate.ts';

test.each([
  ['LUF-munmap', 'repaired', false],
  ['LUF-kept-folio', 'repaired', true],
  ['LUF-atomic', 'v11', true],
  ['LATR-frame', 'repaired', true],
] as const)(
  'generated code with reductions finds in %s:%s what the interpreter does, hardware late: %s',
  (id, variantId, lateHardware) => {
    const scenario = scenarios.find((one) => one.id === id);
    const variant = scenario?.variants.find((one) => one.id === variantId);
    if (scenario === undefined || variant === undefined) throw new Error('renamed?');
    const reductions = { fusion: true, localFirst: true, lateHardware };
    const machine = new Machine(modelOf(scenario, variant), { reductions });
    const text = generate(machine, {
      declarations: [runnerSource(machine.plan as Plan, reductions, surroundingsOf(machine))],
      members: ['expand: reducedExpand'],
    });
    const targets = ['deadlock'];
    const { seconds: _, ...expected } = search(machine, { targets });
    const { seconds: __, ...found } = search(generatedSystem(machine, text), { targets });
    expect(found).toEqual(expected);
  },
);
