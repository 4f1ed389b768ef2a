// Models that nobody would write: random expressions, statements and control flow, in which the
// generated executor must do what the interpreter does, down to the errors it finds.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { search } from '../../explore/search.ts';
import { Declarations } from '../declare.ts';
import {
  Bool,
  boundId,
  constant,
  exists,
  type Id,
  Int,
  localRef,
  type Maybe,
  type SetOf,
  theId,
} from '../expr.ts';
import { tableOf } from '../footprint.ts';
import { Machine, type ModelText } from '../machine.ts';
import type { Bound, Code, Local } from '../nodes.ts';
import type { Observer } from '../observer.ts';
import {
  branch,
  each,
  flatStmts,
  leave,
  loop,
  type Stmts,
  step,
  waitStep,
  when,
} from '../program.ts';
import { bool, id, int, type MaybeSort, maybe, setOf } from '../sorts.ts';
import { inAgreement } from './testing/agree.ts';

const CPUS = 3;
const d = new Declarations();
const flags = [d.scalar('flag', bool), d.scalar('lock', bool)] as const;
const counts = [d.scalar('small', int(2)), d.scalar('large', int(6))] as const;
const ones = [d.scalar('one', maybe('cpu')), d.scalar('other', maybe('cpu'))] as const;
const sure = d.scalar('sure', id('cpu'));
const sets = [d.scalar('set', setOf('cpu'))] as const;
const row = d.table('row', ['cpu'], { n: int(5), to: maybe('cpu'), all: setOf('cpu') });
const grid = d.column('grid', ['cpu', 'cpu'], int(900));
const fixed = d.column('fixed', ['cpu'], int(3));
const guarded = d.column('guarded', ['cpu'], bool, (cpu) => ({
  held: flags[1].and(cpu.isnt(theId('cpu', 2))),
  lock: 'the lock',
}));

/** What can be named where an expression stands, besides the state. */
interface Given {
  readonly ids: readonly Id<'cpu'>[];
  readonly ints: readonly Int[];
  readonly maybes: readonly Maybe<'cpu'>[];
}
interface Exprs {
  readonly bool: Bool;
  readonly int: Int;
  readonly id: Id<'cpu'>;
  readonly maybe: Maybe<'cpu'>;
  readonly set: SetOf<'cpu'>;
}
const depth = { maxDepth: 3, depthSize: 'small' } as const;

function expressions(given: Given): fc.LetrecValue<Exprs> {
  return fc.letrec<Exprs>((tie: fc.LetrecTypedTie<Exprs>) => ({
    bool: fc.oneof(
      depth,
      fc.constantFrom(...flags, new Bool(constant(1))),
      fc.tuple(tie('bool'), tie('bool')).map(([a, b]) => a.and(b)),
      fc.tuple(tie('bool'), tie('bool')).map(([a, b]) => a.or(b)),
      fc.tuple(tie('bool'), tie('bool')).map(([a, b]) => a.is(b)),
      tie('bool').map((a) => a.not()),
      fc.tuple(tie('int'), tie('int')).map(([a, b]) => a.is(b)),
      fc.tuple(tie('int'), tie('int')).map(([a, b]) => a.lt(b)),
      fc.tuple(tie('id'), tie('maybe')).map(([a, b]) => a.is(b)),
      fc.tuple(tie('maybe'), tie('maybe')).map(([a, b]) => a.is(b)),
      tie('maybe').map((a) => a.isSome()),
      // As one writes it: asked for only where there is one.
      fc.tuple(tie('maybe'), tie('set')).map(([a, s]) => a.isSome().and(s.has(a.the()))),
      fc.tuple(tie('set'), tie('id')).map(([s, a]) => s.has(a)),
      fc.tuple(tie('set'), tie('set')).map(([a, b]) => a.within(b)),
      tie('set').map((s) => s.isEmpty()),
      fc
        .tuple(tie('set'), tie('int'))
        .map(([s, n]) => exists('cpu', (cpu) => s.has(cpu).and(row(cpu).n.lt(n)))),
      tie('id').map((a) => guarded(a)),
    ),
    int: fc.oneof(
      depth,
      fc.constantFrom<Int>(...counts, ...given.ints),
      fc.integer({ min: 0, max: 4 }).map((n) => new Int(constant(n), int(9))),
      fc.tuple(tie('int'), tie('int')).map(([a, b]) => a.plus(b)),
      fc.tuple(tie('int'), tie('int')).map(([a, b]) => a.minus(b)),
      tie('id').map((a) => row(a).n),
      tie('id').map((a) => fixed(a)),
      fc.tuple(tie('id'), tie('id')).map(([a, b]) => grid(a, b)),
      fc.tuple(tie('bool'), tie('int'), tie('int')).map(([c, a, b]) => ite(c, a, b)),
    ),
    id: fc.oneof(
      depth,
      fc.constantFrom<Id<'cpu'>>(sure, ...given.ids),
      fc.integer({ min: 0, max: CPUS - 1 }).map((n) => theId('cpu', n)),
      tie('maybe').map((a) => a.the()),
    ),
    maybe: fc.oneof(
      depth,
      fc.constantFrom<Maybe<'cpu'>>(...ones, ...given.maybes),
      tie('id').map((a) => row(a).to),
    ),
    set: fc.oneof(
      depth,
      fc.constantFrom<SetOf<'cpu'>>(...sets),
      tie('id').map((a) => row(a).all),
      tie('id').map((a) => a.only()),
      fc.tuple(tie('set'), tie('set')).map(([a, b]) => a.union(b)),
      fc.tuple(tie('set'), tie('set')).map(([a, b]) => a.minus(b)),
      fc.tuple(tie('set'), tie('set')).map(([a, b]) => a.meet(b)),
    ),
  }));
}

function ite(c: Bool, a: Int, b: Int): Int {
  return new Int({ op: 'ite', c: c.node, a: a.node, b: b.node }, int(9));
}

/** Most values fit what they are stored in, or nothing would go on for long. */
function clamped(n: Int, max: number): Int {
  return ite(
    n.lt(0),
    new Int(constant(0), int(9)),
    ite(n.lt(max + 1), n, new Int(constant(max), int(9))),
  );
}

let names = 0;
function statements(given: Given, loops: boolean, nested = 2): fc.Arbitrary<Stmts> {
  const { bool: bools, int: ints, id: ids, maybe: maybes, set } = expressions(given);
  const ints2 = (max: number): fc.Arbitrary<Int> =>
    fc.tuple(ints, fc.nat(9)).map(([n, dice]) => (dice === 0 ? n : clamped(n, max)));
  const plain: fc.Arbitrary<Stmts>[] = [
    ints2(2).map((n) => [counts[0].set(n)]),
    ints2(6).map((n) => [counts[1].set(n)]),
    fc.tuple(ids, ints2(5)).map(([a, n]) => [row(a).n.set(n)]),
    fc.tuple(ids, ids, ints2(900)).map(([a, b, n]) => [grid(a, b).set(n)]),
    maybes.map((m) => [ones[0].set(m)]),
    ids.map((m) => [ones[1].set(m), sure.set(m)]),
    fc.constant([ones[0].clear()]),
    bools.map((b) => [flags[0].set(b)]),
    bools.map((b) => [flags[1].set(b)]),
    set.map((s) => [sets[0].set(s)]),
    fc.tuple(ids, maybes).map(([a, m]) => [row(a).to.set(m)]),
    fc.tuple(ids, set).map(([a, s]) => [row(a).all.set(s)]),
    fc.tuple(ids, bools).map(([a, b]) => [when(flags[1], [guarded(a).set(b)])]),
    fc.tuple(ids, ints).map(([a, n]) => [
      {
        op: 'emit',
        event: 'e',
        fields: { who: { sort: id('cpu'), node: a.node }, n: { sort: int(9), node: n.node } },
      },
    ]),
  ];
  if (loops) plain.push(bools.map((b) => [when(b, [leave('round')])]));
  if (nested === 0) return fc.oneof(...plain);
  const inner = statements(given, loops, nested - 1);
  const bound: Bound & { of: 'cpu' } = { name: `c${names++}`, of: 'cpu' };
  const more = { ...given, ids: [...given.ids, boundId(bound)] };
  const everyOne = statements(more, loops, 0);
  return fc
    .array(
      fc.oneof(
        ...plain,
        fc.tuple(bools, inner, inner).map(([c, a, b]) => [when(c, a, b)]),
        everyOne.map((body): Stmts => [{ op: 'each', bound, body: flatStmts(body) }]),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((list) => list.flat());
}

function steps(given: Given): fc.Arbitrary<Code> {
  const { bool: bools } = expressions(given);
  const body = statements(given, true);
  const bound: Bound & { of: 'cpu' } = { name: `p${names++}`, of: 'cpu' };
  const picked = { ...given, ids: [...given.ids, boundId(bound)] };
  const choice = expressions(picked).bool;
  return fc.oneof(
    body.map((stmts) => step('step', ...stmts)),
    fc.tuple(bools, body).map(([c, stmts]) => waitStep('wait', c, ...stmts)),
    fc.tuple(choice, fc.option(choice), statements(picked, true), fc.option(body)).map(
      ([among, wait, stmts, otherwise]): Code => ({
        op: 'step',
        label: 'pick',
        picks: [bound],
        among: among.node,
        when: wait?.node,
        body: flatStmts(stmts),
        otherwise: otherwise === null ? undefined : flatStmts(otherwise),
        place: undefined,
      }),
    ),
  );
}

/** A thread: two loops of random steps, with random choices between them by its own variables. */
function thread(): fc.Arbitrary<Code> {
  const x: Local & { sort: ReturnType<typeof int> } = { name: 'x', sort: int(4) };
  const y: Local & { sort: MaybeSort<'cpu'> } = { name: 'y', sort: maybe('cpu') };
  const [lx, ly] = [localRef(x), localRef(y)];
  const { int: ints, maybe: maybes } = expressions({ ids: [], ints: [], maybes: [] });
  const own = fc.constantFrom<Bool>(lx.lt(2), lx.is(3), ly.isSome(), ly.is(theId('cpu', 1)));
  const get = fc
    .tuple(ints, maybes)
    .map(([n, m]): Code => step('get', lx.set(clamped(n, 4)), ly.set(m)));
  const one = steps({ ids: [], ints: [lx], maybes: [ly] });
  const stretch = fc
    .tuple(get, one, one, own, one, fc.boolean())
    .map(([g, a, b, c, e, out]) =>
      loop(
        'round',
        g,
        a,
        branch(c, [b, lx.set(clamped(lx.plus(1), 4))], [e]),
        out ? leave('round') : [],
      ),
    );
  return fc.tuple(stretch, stretch).map(([a, b]) => ({
    op: 'call',
    path: { name: 'random', source: '', leavesOut: '', reads: [], writes: everything },
    locals: [x, y],
    body: [a, b],
  }));
}
const everything = d.cells.map(tableOf);

const watched = new Declarations();
const heard = watched.scalar('heard', setOf('cpu'));
const watching: Observer = {
  id: 'watching',
  reports: ['first', 'second'],
  declarations: watched,
  init: [],
  hears: {
    e: (fields) => {
      const { who, n } = fields as { who: Id<'cpu'>; n: Int };
      return flatStmts([
        when(
          heard.has(who),
          [{ op: 'report', id: 'first', parties: {} }, heard.clear()],
          [when(n.lt(2), [heard.add(who.only())], [{ op: 'report', id: 'second', parties: {} }])],
        ),
      ]);
    },
  },
};

const models: fc.Arbitrary<ModelText> = fc
  .tuple(
    thread(),
    thread(),
    expressions({ ids: [], ints: [], maybes: [] }).bool,
    statements({ ids: [], ints: [], maybes: [] }, false),
  )
  .map(([a, b, now, does]) => ({
    sizes: { thread: 2, cpu: CPUS },
    declarations: d,
    init: flatStmts([
      ones[0].set(theId('cpu', 1)),
      ones[1].set(theId('cpu', 2)),
      each('cpu', (cpu) => [row(cpu).to.set(cpu), fixed(cpu).set(2)]),
      fixed(theId('cpu', 1)).set(3),
      sets[0].set(theId('cpu', 2).only()),
    ]),
    threads: [
      { name: 'a', code: [a] },
      { name: 'b', code: [b] },
    ],
    ambient: [{ label: 'hardware', params: [], when: now.node, body: flatStmts(does) }],
    observers: [watching],
  }));

test('random models: the executors agree in every state, and in every error', () => {
  let states = 0;
  let errors = 0;
  fc.assert(
    fc.property(models, (text) => {
      let machine: Machine;
      try {
        machine = new Machine(text);
      } catch (error) {
        if (error instanceof Problem) return; // Known to be wrong before it runs.
        throw error;
      }
      const system = inAgreement(machine);
      try {
        states += search(system, { targets: [], bounds: { maxStates: 150 } }).states;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        errors++;
      }
    }),
    { numRuns: 150, seed: 4 },
  );
  expect(states).toBeGreaterThan(1000);
  expect(errors).toBeGreaterThan(10);
});
