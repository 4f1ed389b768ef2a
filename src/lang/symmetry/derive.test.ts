import { describe, expect, test } from 'vitest';
import { search } from '../../explore/search.ts';
import { Declarations } from '../declare.ts';
import { type Bool, Id, me, theId } from '../expr.ts';
import { Machine, type ModelText } from '../machine.ts';
import type { Node } from '../nodes.ts';
import { type Codes, each, path, pickStep, type Stmts, step, waitStep, when } from '../program.ts';
import { bool, id, int, maybe, setOf } from '../sorts.ts';
import { orderOf, type Symmetry, symmetryOf } from './derive.ts';
import { productOf } from './group.ts';

/** State over three CPUs; every thread runs `code`, and what is set is read by all. */
class World {
  readonly d = new Declarations();
  readonly owner = this.d.scalar('owner', maybe('cpu'));
  readonly mask = this.d.scalar('mask', setOf('cpu'));
  readonly count = this.d.column('count', ['cpu'], int(3));
  readonly ready = this.d.column('ready', ['cpu'], bool);
  readonly fixed = this.d.column('fixed', ['cpu'], bool);
  readonly home = this.d.column('home', ['thread'], id('cpu'));
  readonly sum = this.d.scalar('sum', int(7));

  model(codes: readonly Codes[], init: Stmts = []): ModelText {
    return {
      sizes: { thread: codes.length, cpu: 3 },
      declarations: this.d,
      init: init as ModelText['init'],
      threads: codes.map((code, t) => ({
        name: `t${t}`,
        code: [...(code as ModelText['threads'][number]['code'])],
      })),
      ambient: [],
      observers: [],
    };
  }
}

function symmetry(text: ModelText): Symmetry {
  return symmetryOf(new Machine(text, { resetDead: true }));
}
/** Reads everything, so that all of it is state. */
function look(w: World): Codes {
  return [
    pickStep('look', {
      pick: ['cpu'],
      when: ({ cpu }) =>
        w.mask.has(cpu).and(w.ready(cpu)).and(w.count(cpu).is(0)).and(w.owner.isSome()),
      does: ({ cpu }) => [
        w.owner.clear(),
        w.mask.remove(cpu.only()),
        w.count(cpu).set(1),
        w.ready(cpu).set(false),
      ],
    }),
  ];
}
const any = (w: World): Codes => [
  pickStep('take', {
    pick: ['cpu'],
    does: ({ cpu }) => [w.mask.add(cpu.only()), w.owner.set(cpu)],
  }),
];

test('identities that are only compared, stored and indexed with can all be exchanged', () => {
  const w = new World();
  expect(orderOf(symmetry(w.model([[any(w), look(w)].flat() as Codes])))).toBe(6);
});

test('a machine that keeps what dead locals held is refused', () => {
  const w = new World();
  expect(() => symmetryOf(new Machine(w.model([any(w)])))).toThrow('resetDead');
});

test('threads of one text can be exchanged', () => {
  const w = new World();
  const code = [any(w), look(w)].flat() as Codes;
  expect(orderOf(symmetry(w.model([code, code])))).toBe(12);
});

describe('what tells identities apart takes them out of the group', () => {
  const cases: readonly [string, number, (w: World) => Stmts, string?][] = [
    [
      'a loop that takes the first',
      1,
      (w) => [each('cpu', (cpu) => [when(w.owner.isNone(), [w.owner.set(cpu)])])],
      "through 'owner'",
    ],
    ['a loop whose last turn stays', 1, (w) => [each('cpu', (cpu) => [w.owner.set(cpu)])], 'owner'],
    [
      'a loop that counts as it goes',
      1,
      (w) => [each('cpu', (cpu) => [w.count(cpu).set(w.sum), w.sum.set(w.sum.plus(1))])],
      'sum',
    ],
    [
      'a loop that sees its neighbours',
      1,
      (w) => [each('cpu', (a) => [each('cpu', (b) => [w.ready(b).set(w.ready(a).not())])])],
      'ready',
    ],
    [
      'a loop that adds up',
      6,
      (w) => [
        each('cpu', (cpu) => [when(w.ready(cpu), [w.mask.add(cpu.only())]), w.count(cpu).set(0)]),
        each('cpu', (cpu) => [when(w.ready(cpu), [w.sum.set(w.sum.plus(1))])]),
        when(w.sum.is(7), [w.mask.clear()]),
      ],
    ],
    ['one identity by name', 2, (w) => [w.mask.add(theId('cpu', 1).only())]],
    ['one identity as an index', 2, (w) => [w.ready(theId('cpu', 0)).set(true)]],
    [
      'two identities by name',
      1,
      (w) => [when(w.owner.is(theId('cpu', 0)), [w.owner.set(theId('cpu', 1))])],
    ],
    [
      'an order',
      1,
      (w) => [when(lessThan(w.owner.the(), theId('cpu', 2)), [w.owner.clear()])],
      'is used as int',
    ],
    [
      'arithmetic',
      1,
      (w) => [
        w.owner.set(
          new Id({ op: 'add', a: w.owner.the().node, b: { op: 'const', value: 1 } }, 'cpu'),
        ),
      ],
      'is used as',
    ],
    [
      'an identity kept as a number',
      1,
      (w) => [
        { op: 'assign', target: w.sum.node as never, value: w.owner.the().node },
        when(w.sum.is(2), [w.owner.clear()]),
      ],
      'id of cpu is used as int',
    ],
    [
      'a number as an index',
      1,
      (w) => [w.ready(new Id(w.sum.node, 'cpu')).set(true)],
      'int is used',
    ],
    [
      'a mask',
      1,
      (w) => [{ op: 'assign', target: w.mask.node as never, value: { op: 'const', value: 5 } }],
      'fixed mask',
    ],
    [
      'a table that nothing writes',
      2,
      (w) => [each('cpu', (cpu) => [when(w.fixed(cpu), [w.ready(cpu).set(true)])])],
    ],
    [
      'an identity of another kind',
      1,
      (w) => [w.ready(me as unknown as Id<'cpu'>).set(true)],
      'id of thread is used as id of cpu',
    ],
  ];
  test.each(cases)('%s: %i left', (_, order, body, why) => {
    const w = new World();
    const code = [any(w), step('do', ...body(w)), look(w)].flat() as Codes;
    const found = symmetry(w.model([code], [w.fixed(theId('cpu', 2)).set(true)]));
    expect(orderOf(found)).toBe(order);
    if (why === undefined) expect([...found.frozen]).toEqual([]);
    else expect(found.frozen.get('cpu')).toContain(why);
  });
});

function lessThan(a: Id, b: Id): Bool {
  const node: Node = { op: 'lt', a: a.node, b: b.node };
  return { node } as Bool;
}

test('a local that may be read before it is set is identity 0', () => {
  const w = new World();
  const early = path<object, object, { one: ReturnType<typeof id<'cpu'>> }>(
    {
      name: 'early',
      source: '',
      leavesOut: '',
      reads: [],
      writes: ['mask'],
      locals: { one: id('cpu') },
    },
    (_k, _a, l) => [step('read', w.mask.add(l.one.only())), step('set', l.one.set(l.one))],
  )({}, {});
  expect(orderOf(symmetry(w.model([[early, look(w)].flat() as Codes])))).toBe(2);
});

test('a thread goes with the CPU it is pinned to', () => {
  const w = new World();
  const code = [
    step('mine', w.mask.add(w.home(me).only())),
    waitStep('all', w.mask.isEmpty().not()),
    look(w),
  ].flat() as Codes;
  const pins = [0, 1].map((t) => w.home(theId('thread', t)).set(theId('cpu', t)));
  const found = symmetry(w.model([code, code], pins));
  expect(found.components.map(({ kinds }) => [...kinds].sort())).toEqual([['cpu', 'thread']]);
  expect(orderOf(found)).toBe(2);
});

test('threads that name each other are exchanged only with each other', () => {
  const w = new World();
  const told = w.d.column('told', ['thread'], bool);
  const talk = (to: number): Codes => [
    step('tell', told(theId('thread', to)).set(true)),
    waitStep('hear', told(me), told(me).set(false)),
  ];
  const pair = (...to: readonly number[]): number => orderOf(symmetry(w.model(to.map(talk))));
  expect(pair(1, 0)).toBe(2);
  expect(pair(1, 2, 0)).toBe(3); // round the ring, not across it
  expect(pair(1, 0, 0)).toBe(1);
});

test('a factor is found for what moves alone, and one for what moves together', () => {
  const w = new World();
  const code = [any(w), look(w)].flat() as Codes;
  const found = symmetry(w.model([code, code]));
  expect(found.components.map(({ elements }) => elements.length).sort()).toEqual([2, 6]);
  expect(productOf(found.components)).toHaveLength(12);
});

test('the initial state need not be symmetric: it is a state like any other', () => {
  const w = new World();
  const code = [any(w), look(w)].flat() as Codes;
  const machine = new Machine(
    w.model([code], [w.ready(theId('cpu', 1)).set(true), w.owner.set(theId('cpu', 2))]),
    { resetDead: true },
  );
  expect(orderOf(symmetryOf(machine))).toBe(6);
  expect(search(machine, { targets: [] }).verdict).toBe('holds');
});
