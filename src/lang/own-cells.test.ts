import { expect, test } from 'vitest';
import { search } from '../explore/search.ts';
import { Declarations } from './declare.ts';
import { type Id, type MaybeRef, theId } from './expr.ts';
import { Machine, type ModelText } from './machine.ts';
import type { Code, Stmt } from './nodes.ts';
import type { Observer } from './observer.ts';
import { withOwnCells } from './own-cells.ts';
import { each, flatStmts, pickStep, type Stmts, step, waitStep } from './program.ts';
import { bool, maybe } from './sorts.ts';

type Last = (cpu: Id<'cpu'>) => MaybeRef<'cpu'>;
interface More {
  readonly entry?: (thread: number) => number;
  readonly start?: (last: Last) => Stmts;
  readonly afterwards?: (last: Last) => Stmts;
  readonly hardware?: (last: Last) => Stmts;
  readonly hears?: (last: Last) => Stmts;
}

function cpu(n: number): Id<'cpu'> {
  return theId('cpu', n);
}

/** Each of two threads picks a CPU into its entry of `last`, uses it once, and waits for the other. */
function model({
  entry = (thread) => thread,
  start,
  afterwards,
  hardware,
  hears,
}: More = {}): ModelText {
  const d = new Declarations();
  const last = d.column('last', ['cpu'], maybe('cpu'));
  const seen = d.column('seen', ['cpu'], bool);
  const stmts = (made: ((last: Last) => Stmts) | undefined): Stmt[] =>
    flatStmts(made?.(last) ?? []);
  const observer: Observer = {
    id: 'told',
    reports: [],
    declarations: new Declarations(),
    hears: { used: () => stmts(hears) },
    init: [],
  };
  const code = (t: number): Code[] => [
    pickStep('pick', { pick: ['cpu'], does: (one) => [last(cpu(entry(t))).set(one.cpu)] }),
    step('use', seen(cpu(t)).set(last(cpu(entry(t))).isSome()), {
      op: 'emit',
      event: 'used',
      fields: {},
    }),
    waitStep('wait', seen(cpu(1 - t))),
    step('then', t === 0 ? stmts(afterwards) : []),
  ];
  const always = { op: 'const', value: 1 } as const;
  return {
    sizes: { cpu: 2, thread: 2 },
    declarations: d,
    init: stmts(start),
    threads: [0, 1].map((t) => ({ name: `t${t}`, code: code(t) })),
    ambient: [{ label: 'hardware', params: [], when: always, body: stmts(hardware) }],
    observers: [observer],
  };
}

function own(text: ModelText): string[] {
  const made = withOwnCells(new Machine(text));
  return made.threads.flatMap(({ locals = [] }) => locals.map(({ name }) => name));
}

test('what one thread alone touches is a local of that thread', () => {
  expect(own(model())).toEqual(['last#0', 'last#1']);
});

test('so it is reset where nobody reads it again: fewer states, the same end', () => {
  const text = model();
  const [plain, made] = [text, withOwnCells(new Machine(text))].map((one) =>
    search(new Machine(one, { resetDead: true }), { targets: [] }),
  );
  expect(made?.states).toBeLessThan(plain?.states as number);
  expect([made?.verdict, made?.completed, made?.depth]).toEqual([plain?.verdict, 1, plain?.depth]);
});

test('actions and program counters are those of the model as it is', () => {
  const text = model();
  const [plain, made] = [text, withOwnCells(new Machine(text))].map((one) => new Machine(one));
  expect(made?.actions).toEqual(plain?.actions);
  expect(made?.threadLayouts.map(({ points }) => points)).toEqual(
    plain?.threadLayouts.map(({ points }) => points),
  );
});

test('what two threads touch stays where it is, and so does what starts with a value', () => {
  expect(own(model({ entry: () => 0 }))).toEqual([]);
  expect(own(model({ start: (last) => [last(cpu(1)).set(cpu(1))] }))).toEqual(['last#0']);
});

test('whoever may touch any entry keeps a table shared: a loop, the hardware, an observer', () => {
  const all = (last: Last): Stmts => [each('cpu', (one) => [last(one).clear()])];
  const one = (last: Last): Stmts => [last(cpu(0)).clear()];
  expect(own(model({ afterwards: all }))).toEqual([]);
  expect(own(model({ afterwards: one }))).toEqual(['last#0', 'last#1']);
  expect(own(model({ hardware: one }))).toEqual([]);
  expect(own(model({ hears: one }))).toEqual([]);
});
