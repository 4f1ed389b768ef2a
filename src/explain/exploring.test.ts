// Whichever way a model is explored, the verdict is the same; and what is wrong with a model is said
// in the interpreter's words.

import { describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { nodeCrew } from '../explore-node/crew.ts';
import type { TlbForm } from '../kernel/tlb-form.ts';
import { Declarations } from '../lang/declare.ts';
import { Machine, type ModelText } from '../lang/machine.ts';
import { type Codes, step } from '../lang/program.ts';
import { int } from '../lang/sorts.ts';
import { type Explored, type ExploringOptions, exploring, type Switches } from './exploring.ts';
import { checked, replay } from './judge.ts';

type Wish = Omit<ExploringOptions, 'targets'>;

function explored(machine: Machine, wish: Wish, targets = checked): Explored {
  const run = exploring(machine, { ...wish, targets });
  for (;;) {
    const { done, value } = run.next(true);
    if (done === true) return value;
  }
}

interface Named {
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly machine: Machine;
  readonly mayHoldOf: () => Machine;
}
function found(name: string): Named {
  const [id, variantId] = name.split(':');
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error('renamed?');
  const inForm = (tlb: TlbForm): Machine => new Machine(modelOf(scenario, variant, [], tlb));
  return { scenario, variant, machine: inForm('explicit'), mayHoldOf: () => inForm('may') };
}

const ways: readonly [string, Wish][] = [
  ['generated code', { sizes: { small: 10, large: 1e6 } }],
  ['what is chosen for very many states', { sizes: { small: 10, large: 20 } }],
  ['symmetry', { switches: { symmetry: true } }],
  ['fusion', { switches: { fusion: true } }],
  ['local first', { switches: { localFirst: true } }],
  ['both', { switches: { fusion: true, localFirst: true } }],
  ['both, and symmetry never', { switches: { fusion: true, localFirst: true, symmetry: false } }],
  ['all three', { switches: { symmetry: true, fusion: true, localFirst: true } }],
  ['the tree store', { store: 'tree', sizes: { small: 10, large: 1e6 } }],
  ['what TLBs may hold', { tlb: 'may' }],
  ['the same in generated code', { tlb: 'may', sizes: { small: 10, large: 1e6 } }],
  ['the same under symmetry', { tlb: 'may', switches: { symmetry: true } }],
  [
    'the same with fewer interleavings',
    { tlb: 'may', switches: { fusion: true, localFirst: true } },
  ],
  ['never that, for very many states', { tlb: 'explicit', sizes: { small: 10, large: 20 } }],
];

describe.each([
  'LUF-buddy:broken',
  'LUF-munmap:repaired',
  'LUF-write2:broken',
  'LUF-kept-folio:repaired',
  'LUF-buddy:mainline-broken',
])('%s: the verdict of a plain search, and the same shortest way', (name) => {
  const { scenario, variant, machine, mayHoldOf } = found(name);
  const plain = explored(machine, {});
  const may = mayHoldOf();
  test.each(ways)('%s', (_, wish) => {
    const result = explored(machine, { ...wish, mayHoldOf: () => may });
    expect(result.verdict).toBe(plain.verdict);
    expect(result.violation?.properties).toEqual(plain.violation?.properties);
    if (plain.violation === undefined || result.violation === undefined) return;
    expect(result.depth).toBe(plain.depth);
    const { path, properties } = result.violation;
    expect(replay(scenario, variant, path, properties).steps).toHaveLength(plain.depth);
  });
});

describe('what is reduced when', () => {
  const { machine } = found('LUF-munmap:repaired');
  const reducedBy = (switches: Switches, large: number): string | undefined =>
    explored(machine, { switches, sizes: { small: 10, large } }).reduced;
  test('nothing, up to a number of states', () => {
    expect(reducedBy({}, 1e6)).toBeUndefined();
  });
  test('beyond it, something', () => {
    expect(reducedBy({}, 20)).toMatch(/symmetry|local first/);
  });
  test('only what is not switched off', () => {
    expect(reducedBy({ symmetry: false }, 20)).toBe('fusion, local first');
    expect(reducedBy({ symmetry: false, fusion: false }, 20)).toBe('local first');
    expect(reducedBy({ symmetry: false, fusion: false, localFirst: false }, 20)).toBeUndefined();
  });
  test('before reductions, what TLBs may hold; with more of them beyond', () => {
    const { mayHoldOf } = found('LUF-munmap:repaired');
    const by = (wish: Wish, large: number): string | undefined =>
      explored(machine, { mayHoldOf, sizes: { small: 10, large }, ...wish }).reduced;
    expect(by({}, 1e6)).toBeUndefined();
    expect(by({}, 1500)).toBe('may-hold TLBs');
    expect(by({ switches: { symmetry: false } }, 20)).toBe('may-hold TLBs, fusion, local first');
    expect(by({ tlb: 'may' }, 1e6)).toBe('may-hold TLBs');
    expect(by({ tlb: 'explicit' }, 20)).toBe('symmetry, fusion, local first');
    expect(by({ tlb: 'may', switches: { symmetry: true } }, 20)).toBe('may-hold TLBs, symmetry');
  });
  test('all together, on request and for very many states', () => {
    const all = 'symmetry, fusion, local first';
    expect(reducedBy({ symmetry: true, fusion: true, localFirst: true }, 1e6)).toBe(all);
    expect(reducedBy({}, 20)).toBe(all);
    expect(reducedBy({ fusion: false }, 20)).toBe('symmetry, local first');
  });
  test('time is bounded for all goes together', () => {
    const bounds = { maxSeconds: 1e-9 };
    const result = explored(machine, { bounds, switches: { symmetry: true } });
    expect(result).toMatchObject({ verdict: 'bounded', bound: '1e-9 s', reduced: 'symmetry' });
  });
  test('a bound stays a bound, and says what is known', () => {
    const broken = found('LUF-buddy:broken').machine;
    const wish = { switches: { fusion: true, localFirst: true }, bounds: { maxDepth: 18 } };
    const result = explored(broken, wish);
    expect(result.verdict).toBe('bounded');
    expect(result.bound).toBe('depth 18, though leak is known to happen (fusion, local first)');
  });
});

describe('an error of the model is the same for each way', () => {
  const d = new Declarations();
  const count = d.scalar('count', int(9));
  const more = (): Codes => [1, 2, 3].map((n) => step(`add ${n}`, count.set(count.plus(2))));
  const text: ModelText = {
    sizes: { thread: 2, cpu: 2 },
    declarations: d,
    init: [],
    threads: ['a', 'b'].map((name) => ({ name, code: more() as never })),
    ambient: [],
    observers: [],
  };
  const told = (wish: Wish): string => {
    try {
      explored(new Machine(text), wish, []);
      return 'nothing';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const expected = told({});
  test('it is one', () => expect(expected).toContain('count'));
  test.each([
    ...ways,
    ['two workers', { sizes: { small: 2, large: 1e6 }, workers: 2, crew: nodeCrew }],
  ] as [string, Wish][])('%s', (_, wish) => {
    expect(told({ sizes: { small: 2, large: 1e6 }, ...wish })).toBe(expected);
  });
});
