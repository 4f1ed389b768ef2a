import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { immediate } from '../../kernel/designs/immediate.ts';
import { latr } from '../../kernel/designs/latr.ts';
import { lufV11 } from '../../kernel/designs/luf-v11.ts';
import { lufV12 } from '../../kernel/designs/luf-v12/design.ts';
import { strict } from '../../kernel/designs/strict.ts';
import { Declarations } from '../declare.ts';
import { me, theId } from '../expr.ts';
import { Machine, type ModelText } from '../machine.ts';
import type { Stmt } from '../nodes.ts';
import { type Codes, each, loop, pickStep, step, waitStep, when } from '../program.ts';
import { bool, int, maybe, setOf } from '../sorts.ts';
import { applied } from './action.ts';
import { type Symmetry, symmetryOf } from './derive.ts';
import { productOf } from './group.ts';
import { canonical, normalOf } from './normal.ts';
import { compare, generated } from './testing/compare.ts';
import { symmetricWorld } from './testing/symmetric-world.ts';

/** A list of nodes threaded through a table of the same kind, a set, a matrix and a talking ring. */
function tangled(): ModelText {
  const d = new Declarations();
  const next = d.column('next', ['node'], maybe('node'));
  const near = d.table('near', ['node', 'node'], { bit: bool });
  const last = d.scalar('last', maybe('node'));
  const held = d.column('held', ['thread'], setOf('node'));
  const told = d.column('told', ['thread'], int(2));
  const code = (to: number): Codes => [
    loop(
      'for ever',
      pickStep('link', {
        pick: ['node'],
        when: ({ node }) => next(node).isNone().and(near(node, node).bit.not()),
        does: ({ node }) => [
          next(node).set(last),
          last.set(node),
          each('node', (other) => [when(held(me).has(other), [near(node, other).bit.set(true)])]),
          held(me).add(node.only()),
        ],
      }),
      step('tell', told(theId('thread', to)).set(1)),
      waitStep('hear', told(me).is(1), told(me).set(0)),
      pickStep('unlink', {
        pick: ['node'],
        when: ({ node }) => held(me).has(node).and(last.isnt(node)),
        does: ({ node }) => [
          next(node).clear(),
          held(me).remove(node.only()),
          each('node', (other) => [near(node, other).bit.set(false)]),
        ],
      }),
    ),
  ];
  return {
    sizes: { thread: 3, node: 4 },
    declarations: d,
    init: [],
    threads: [1, 2, 0].map((to, t) => ({ name: `t${t}`, code: code(to) as never })),
    ambient: [],
    observers: [],
  };
}

const world = { cpus: 2, pages: 2, frames: 3, does: ['reclaim', 'load'] } as const;
const models: readonly [string, ModelText][] = [
  ['immediate flushes', symmetricWorld({ ...world, design: { design: immediate } })],
  ['LUF v11', symmetricWorld({ ...world, cpus: 3, design: { design: lufV11 } })],
  ['LUF v12', symmetricWorld({ ...world, design: { design: lufV12 } })],
  ['two rules', symmetricWorld({ ...world, pages: 1, frames: 4, design: { design: strict } })],
  [
    'LATR',
    symmetricWorld({ ...world, cpus: 3, does: ['load', 'reclaim'], design: { design: latr } }),
  ],
  ['a ring of threads and a kind that refers to itself', tangled()],
];

describe.each(models)('%s', (_, text) => {
  const machine = new Machine(text, { resetDead: true });
  const symmetry = symmetryOf(machine);
  const normal = normalOf(machine, symmetry);
  const fast = generated(machine, symmetry);
  const group = productOf(symmetry.components);

  /** A state some random steps from the start. */
  function walk(choices: readonly number[]): Int32Array {
    let state = machine.initial();
    for (const choice of choices) {
      const ways: Int32Array[] = [];
      machine.successors(state, (_action, next) => ways.push(next.slice()));
      if (ways.length === 0) break;
      state = ways[choice % ways.length] as Int32Array;
    }
    return state;
  }
  const image = (state: Int32Array): Int32Array => {
    const copy = new Int32Array(machine.words + 2);
    copy.set(state, 1);
    fast(copy, 1);
    expect([copy[0], copy[machine.words + 1]]).toEqual([0, 0]);
    return copy.slice(1, machine.words + 1);
  };
  const choices = fc.array(fc.nat(1000), { maxLength: 120 });

  test('every state of an orbit gets one representative, which is of the orbit', () => {
    expect(group.length).toBeGreaterThan(2);
    fc.assert(
      fc.property(choices, fc.nat(group.length - 1), (steps, e) => {
        const state = walk(steps);
        const representative = image(state);
        const other = applied(normal.places, group[e] as (typeof group)[number], state);
        expect(image(other)).toEqual(representative);
        expect(
          group.some((element) =>
            applied(normal.places, element, state).every((w, i) => w === representative[i]),
          ),
        ).toBe(true);
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  test('the generated form is the plain one', () => {
    fc.assert(
      fc.property(choices, (steps) => {
        const state = walk(steps);
        expect(image(state)).toEqual(canonical(normal, state));
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});

test('broken on purpose: a loop in the order of CPUs, exchanged all the same, is caught', () => {
  const ordered = (text: 'first' | 'any'): ModelText => {
    const d = new Declarations();
    const left = d.scalar('left', setOf('cpu'));
    const next = d.scalar('next', maybe('cpu'));
    const done = d.scalar('done', setOf('cpu'));
    const heard = d.scalar('wrong', bool);
    const lowest = each('cpu', (cpu) => [
      when(next.isNone().and(left.has(cpu)), [next.set(cpu)]),
    ]) as Stmt;
    const flushed: Stmt = {
      op: 'emit',
      event: 'flushed',
      fields: { cpu: { sort: next.the().sort, node: next.the().node } },
    };
    const code: Codes = [
      loop(
        'flush',
        text === 'first'
          ? waitStep('lowest', left.isSome(), lowest)
          : pickStep('any', {
              pick: ['cpu'],
              among: ({ cpu }) => left.has(cpu),
              does: ({ cpu }) => [next.set(cpu)],
            }),
        step(
          'flush',
          flushed,
          done.add(next.the().only()),
          left.remove(next.the().only()),
          next.clear(),
        ),
      ),
    ];
    return {
      sizes: { thread: 1, cpu: 3 },
      declarations: d,
      init: [left.set(theId('cpu', 0).only().with(theId('cpu', 1)).with(theId('cpu', 2)))],
      threads: [{ name: 'flusher', code: code as never }],
      ambient: [],
      observers: [
        {
          id: 'in order',
          reports: ['backwards'],
          declarations: new Declarations(),
          init: [],
          hears: {
            // CPU 1 comes after CPU 0 where CPUs are taken by number. It is a slip: the rule names
            // two CPUs, and so takes them out of the group by itself.
            flushed: () => [
              when(done.has(theId('cpu', 1)).and(done.has(theId('cpu', 0)).not()), [
                { op: 'report', id: 'backwards', parties: {} },
                heard.set(true),
              ]),
            ],
          },
        },
      ],
    };
  };
  const machine = new Machine(ordered('first'), { resetDead: true });
  const found = symmetryOf(machine);
  expect(found.components).toEqual([]);
  expect(found.frozen.get('cpu')).toContain("a loop over cpu depends on its order through 'next'");
  expect(compare(machine, found, 1000)?.differences).toEqual([]);

  const forced: Symmetry = symmetryOf(
    new Machine({ ...ordered('any'), observers: [] }, { resetDead: true }),
  );
  expect(productOf(forced.components)).toHaveLength(6);
  expect(compare(machine, forced, 1000)?.differences).not.toEqual([]);
});
