import { expect, test } from 'vitest';
import { search } from '../explore/search.ts';
import { controlOf } from './control.ts';
import { withDeadReset } from './dead-reset.ts';
import { Declarations } from './declare.ts';
import { livenessOf } from './liveness.ts';
import { Machine, type ModelText } from './machine.ts';
import type { Code, Local } from './nodes.ts';
import { block, branch, leave, loopWhile, path, pickStep, step, waitStep } from './program.ts';
import { bool, int, maybe, type Sort } from './sorts.ts';

const head = { name: 'p', source: '', leavesOut: '', reads: [], writes: ['seen', 'go'] };

/** A thread picks one of four CPUs, uses that once, and then waits for another. */
function model(): ModelText {
  const d = new Declarations();
  const seen = d.scalar('seen', bool);
  const go = d.scalar('go', bool);
  const code = path<object, object, { got: ReturnType<typeof maybe<'cpu'>> }>(
    { ...head, locals: { got: maybe('cpu') } },
    (_k, _a, l) => [
      pickStep('pick', { pick: ['cpu'], does: ({ cpu }) => [l.got.set(cpu)] }),
      step('use', seen.set(l.got.isSome().or(seen))),
      waitStep('wait', go),
      step('more', go.set(seen)),
    ],
  )({}, {});
  return {
    sizes: { thread: 2, cpu: 4 },
    declarations: d,
    init: [],
    threads: [
      { name: 'a', code: [code] },
      { name: 'b', code: [step('go', go.set(true))] },
    ],
    ambient: [],
    observers: [],
  };
}

test('a value that nobody reads any more does not multiply states', () => {
  const count = (resetDead: boolean): number =>
    search(new Machine(model(), { resetDead }), { targets: [] }).states;
  // Start, four picks, used, waited, done; b before or after. Dead, the picks are one from `use` on.
  expect(count(true)).toBeLessThan(count(false));
  expect(count(true)).toBe(2 + 8 + 2 + 1 + 1);
});

function controlWith<L extends Record<string, Sort>>(
  locals: L,
  body: Parameters<typeof path<object, object, L>>[1],
): { nodes: readonly string[]; live: (label: string) => string[]; code: Code } {
  const code = path<object, object, L>({ ...head, locals } as never, body)({}, {});
  const control = controlOf([code]);
  const { live } = livenessOf(control, []);
  const at = (label: string): number =>
    control.nodes.findIndex((node) => node.kind === 'step' && node.step.label === label);
  return {
    nodes: control.nodes.map((node) => node.kind),
    live: (label) => [...(live[at(label)] as ReadonlySet<Local>)].map(({ name }) => name).sort(),
    code,
  };
}

test('liveness follows branches, loops, jumps and conditional assignments', () => {
  const flag = new Declarations().scalar('go', bool);
  const { live } = controlWith({ a: bool, b: bool, c: int(3) }, (_k, _x, l) => [
    step('one', l.a.set(flag), l.b.set(flag)),
    block(
      'out',
      step('two', l.c.set(0)),
      loopWhile(l.c.lt(2), step('three', l.c.set(l.c.plus(1)))),
      branch(l.a, [leave('out')]),
      step('four', flag.set(l.b)),
    ),
    step('five', flag.set(true)),
  ]);
  expect(live('one')).toEqual([]);
  expect(live('two')).toEqual(['a', 'b']);
  expect(live('three')).toEqual(['a', 'b', 'c']);
  expect(live('four')).toEqual(['b']);
  expect(live('five')).toEqual([]);
});

test('steps keep their numbers, so that program counters are the same', () => {
  const text = model();
  const [plain, reset] = [false, true].map((resetDead) => new Machine(text, { resetDead }));
  expect(reset?.threadLayouts.map(({ points }) => points)).toEqual(
    plain?.threadLayouts.map(({ points }) => points),
  );
  expect(reset?.actions).toEqual(plain?.actions);
});

test('broken on purpose: a live value that is taken for dead changes what happens', () => {
  const flag = new Declarations().scalar('go', bool);
  const { code } = controlWith({ a: bool }, (_k, _x, l) => [
    step('set', l.a.set(true)),
    step('use', flag.set(l.a)),
  ]);
  const control = controlOf([code]);
  const { live, held } = livenessOf(control, []);
  const resets = (claimed: readonly ReadonlySet<Local>[]): number =>
    withDeadReset(control, { live: claimed, held }).nodes.length - control.nodes.length;
  expect(resets(live)).toBe(0);
  expect(resets(control.nodes.map(() => new Set()))).toBe(1);
});
