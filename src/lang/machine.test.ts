import { expect, test } from 'vitest';
import { Problem } from '../base/problem.ts';
import { search } from '../explore/search.ts';
import { Declarations } from './declare.ts';
import { me } from './expr.ts';
import { Machine, type ModelText } from './machine.ts';
import type { Code } from './nodes.ts';
import {
  branch,
  type Codes,
  each,
  leave,
  loop,
  loopWhile,
  path,
  pickStep,
  step,
  waitStep,
  when,
} from './program.ts';
import { bool, int, maybe, setOf } from './sorts.ts';

interface K {
  readonly d: Declarations;
  readonly count: ReturnType<typeof counter>;
  readonly lock: ReturnType<typeof locking>;
}
function counter(d: Declarations, max = 3): ReturnType<typeof d.scalar<ReturnType<typeof int>>> {
  return d.scalar('count', int(max));
}
function locking(d: Declarations): ReturnType<typeof d.scalar<ReturnType<typeof maybe<'thread'>>>> {
  return d.scalar('lock', maybe('thread'));
}

function model(text: Partial<ModelText> & Pick<ModelText, 'declarations'>): Machine {
  return new Machine({
    sizes: { thread: text.threads?.length ?? 1, cpu: 3 },
    init: [],
    threads: [],
    ambient: [],
    observers: [],
    ...text,
  });
}
function threads(...codes: readonly Codes[]): { name: string; code: Code[] }[] {
  return codes.map((code, i) => ({ name: `t${i}`, code: [...(code as readonly Code[])] }));
}
function states(machine: Machine): number {
  return search(machine, { targets: [] }).states;
}

test('two threads of two steps interleave to nine states', () => {
  const d = new Declarations();
  const a = d.scalar('a', bool);
  const b = d.scalar('b', bool);
  const seen = d.scalar('seen', bool);
  const machine = model({
    declarations: d,
    threads: threads(
      [step('one', a.set(true)), step('two', a.set(false))],
      [step('one', b.set(true)), step('two', b.set(false), when(a, [seen.set(true)]))],
    ),
  });
  expect(states(machine)).toBe(9); // `seen` and `b` are never read, so they are no state at all
});

test('a lock keeps others out, and without it a race shows', () => {
  const run = (locked: boolean): number => {
    const d = new Declarations();
    const count = counter(d);
    const lock = locking(d);
    const body = path<K, object, { got: ReturnType<typeof int> }>(
      {
        name: 'increment',
        source: 'a test',
        leavesOut: 'nothing',
        reads: [],
        writes: ['count', 'lock'],
        locals: { got: int(3) },
      },
      (k, _, l) => [
        locked ? waitStep('lock', k.lock.isNone(), k.lock.set(me)) : [],
        step('read', l.got.set(k.count)),
        step('write', k.count.set(l.got.plus(1))),
        locked ? step('unlock', k.lock.clear()) : [],
      ],
    );
    const k: K = { d, count, lock };
    const finals = new Set<unknown>();
    const machine = model({ declarations: d, threads: threads([body(k, {})], [body(k, {})]) });
    search(
      {
        words: machine.words,
        properties: [],
        initial: () => machine.initial(),
        finished: (state) => machine.finished(state),
        isThreadAction: (action) => machine.isThreadAction(action),
        successors: (state, visit) => {
          if (machine.finished(state)) finals.add(machine.describe(state).count);
          machine.successors(state, visit);
        },
      },
      { targets: [] },
    );
    return finals.size;
  };
  expect(run(true)).toBe(1);
  expect(run(false)).toBe(2);
});

test('locals are zero again when their path has ended', () => {
  const d = new Declarations();
  const flag = d.scalar('flag', bool);
  const noisy = path<object, object, { x: ReturnType<typeof int> }>(
    {
      name: 'noisy',
      source: '',
      leavesOut: '',
      reads: [],
      writes: ['flag'],
      locals: { x: int(3) },
    },
    (_k, _a, l) => [
      pickStep('pick', {
        pick: ['cpu'],
        among: () => flag.not(),
        does: ({ cpu }) => [each('cpu', (one) => [when(one.is(cpu), [l.x.set(l.x.plus(1))])])],
      }),
      step('use', flag.set(l.x.is(1))),
    ],
  );
  const machine = model({ declarations: d, threads: threads([noisy({}, {})]) });
  expect(states(machine)).toBe(3); // start, picked, done: whichever CPU was picked
});

test('a pick without candidates waits, or does the other thing', () => {
  const d = new Declarations();
  const set = d.scalar('set', setOf('cpu'));
  const empty = d.scalar('empty', bool);
  const code = [
    loop(
      'drain',
      pickStep('take', {
        pick: ['cpu'],
        among: ({ cpu }) => set.has(cpu),
        does: ({ cpu }) => [set.remove(cpu.only())],
        otherwise: [empty.set(true), leave('drain')],
      }),
    ),
    waitStep('after', empty),
  ];
  const all = each('cpu', (cpu) => [set.add(cpu.only())]);
  const machine = model({ declarations: d, init: [all], threads: threads(code) });
  expect(states(machine)).toBe(8 + 1 + 1); // subsets of three, then empty, then done
});

test.each<[string, string, (k: K) => Codes, Partial<Parameters<typeof path>[0]>]>([
  ['LUF-E002', 'an undeclared write', (k) => [step('s', k.count.set(1))], {}],
  [
    'LUF-E004',
    'an overflow',
    (k) => [step('s', k.count.set(k.count.plus(9)))],
    { writes: ['count'] },
  ],
  ['LUF-E001', 'a loop without a step', () => [loop('l')], {}],
  ['LUF-E001', 'a jump to nowhere', () => [step('s', leave('elsewhere'))], {}],
  [
    'LUF-E001',
    'a choice between steps by shared state',
    (k) => [branch(k.count.is(0), [step('s')])],
    {},
  ],
  ['LUF-E001', 'a while by shared state', (k) => [loopWhile(k.count.is(0), step('s'))], {}],
])('%s: %s is refused with its place', (code, _, body, declared) => {
  const d = new Declarations();
  const k: K = { d, count: counter(d), lock: locking(d) };
  const text = {
    name: 'wrong',
    source: 'a test',
    leavesOut: '',
    reads: [],
    writes: [],
    ...declared,
  };
  const build = (): number =>
    states(
      model({ declarations: d, threads: threads([path<K, object>(text, (x) => body(x))(k, {})]) }),
    );
  expect(build).toThrowError(Problem);
  expect(build).toThrowError(expect.objectContaining({ code }));
});

test('LUF-E003: protected state written without its lock', () => {
  const d = new Declarations();
  const lock = locking(d);
  const guarded = d.scalar('guarded', bool, () => ({ held: lock.is(me), lock: 'the lock' }));
  const read = d.scalar('read', bool);
  const machine = model({
    declarations: d,
    threads: threads([
      step('take', lock.clear()),
      step('write', guarded.set(true)),
      step('r', when(guarded, [read.set(true)])),
    ]),
  });
  expect(() => states(machine)).toThrowError(
    expect.objectContaining({ code: 'LUF-E003', message: "'guarded' is written without the lock" }),
  );
});
