import { expect, test } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { compile } from '../../base/system-text.ts';
import { search } from '../../explore/search.ts';
import { Declarations } from '../declare.ts';
import { me, theId } from '../expr.ts';
import { Machine, type ModelText } from '../machine.ts';
import type { Code } from '../nodes.ts';
import {
  branch,
  type Codes,
  each,
  leave,
  loop,
  path,
  pickStep,
  type Stmts,
  step,
  when,
} from '../program.ts';
import { bool, int, maybe, setOf } from '../sorts.ts';
import { generatedSystem } from './explorable.ts';
import { explainFailure } from './failure.ts';
import { generate } from './generate.ts';
import { interpreted } from './interpreted.ts';
import { inAgreement } from './testing/agree.ts';

function model(declarations: Declarations, threads: readonly Codes[], more = {}): Machine {
  const text: ModelText = {
    sizes: { thread: Math.max(1, threads.length), cpu: 3, frame: 5, nothing: 0 },
    declarations,
    init: [],
    threads: threads.map((code, i) => ({ name: `t${i}`, code: code as readonly Code[] })),
    ambient: [],
    observers: [],
    ...more,
  };
  return new Machine(text);
}
function states(machine: Machine): number {
  return search(inAgreement(machine), { targets: [] }).states;
}
function problemOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof Problem) return error.render();
    throw error;
  }
  return 'nothing wrong';
}

const d = new Declarations();
const count = d.scalar('count', int(3));
const one = d.scalar('one', maybe('cpu'));
const set = d.scalar('set', setOf('cpu'));
const row = d.column('row', ['cpu'], int(5));
const wide = d.table('wide', ['frame', 'cpu'], { value: int(1000), owner: maybe('frame') });
const lock = d.scalar('lock', maybe('thread'));
const guarded = d.scalar('guarded', bool, () => ({ held: lock.is(me), lock: 'the lock' }));
const seen = d.scalar('seen', bool);
const none = d.column('none', ['nothing'], bool);
/** Reads all of them, so that they are state. */
const look = step('look', when(guarded, [seen.set(true)]), when(seen, [lock.clear()]));

test.each<[string, Codes, string]>([
  ['an overflow', [step('s', count.set(count.plus(2)))], 'LUF-E004'],
  ['going below zero', [step('s', count.set(count.minus(1)))], 'LUF-E004'],
  ['asking which one of none', [step('s', row(one.the()).set(row(one.the()).plus(1)))], 'LUF-E001'],
  [
    'asking in a condition',
    [step('s', when(row(one.the()).is(0), [row(theId('cpu', 0)).set(1)]))],
    'LUF-E001',
  ],
  ['a store without the lock', [step('s', guarded.set(true)), look], 'LUF-E003'],
])('%s is found, and told as the interpreter tells it', (_, code, expected) => {
  const machine = model(d, [
    [step('begin', count.set(2), when(seen, [one.clear()])), ...code, ...code, ...code],
  ]);
  const told = problemOf(() => search(machine, { targets: [] }));
  expect(told).toContain(expected);
  expect(problemOf(() => search(generatedSystem(machine), { targets: [] }))).toBe(told);
});

const [first, second] = [theId('cpu', 0), theId('cpu', 1)];
const to = d.column('to', ['cpu'], maybe('cpu'));
/** There is one, and the generator knows; then there is none. */
test.each<[string, Stmts]>([
  ['cleared', [when(one.isSome(), [one.clear(), row(one.the()).set(1)])]],
  ['asked, then cleared', [row(one.the()).set(1), one.clear(), row(one.the()).set(2)]],
  [
    'cleared in a branch',
    [row(one.the()).set(1), when(seen, [one.clear()]), row(one.the()).set(2)],
  ],
  [
    'asked in a branch only',
    [one.clear(), when(seen.not(), [row(one.the()).set(1)]), row(one.the()).set(2)],
  ],
  [
    'known in a branch only',
    [one.clear(), when(one.isSome(), [seen.set(true)]), row(one.the()).set(2)],
  ],
  [
    'known in a condition only',
    [one.clear(), when(one.isSome().and(row(one.the()).is(1)), []), row(one.the()).set(2)],
  ],
  ['the other branch', [one.clear(), when(one.isNone(), [row(one.the()).set(2)])]],
  [
    'cleared at a computed place',
    [row(to(first).the()).set(1), to(to(second).the()).clear(), row(to(first).the()).set(2)],
  ],
])('what is known to be some is known no longer: %s', (_, body) => {
  const begin = step(
    'begin',
    one.set(second),
    seen.set(true),
    to(first).set(second),
    to(second).set(first),
  );
  const use = step(
    'use',
    when(row(first).is(4), [count.set(row(second))]),
    when(count.is(1), [one.clear()]),
  );
  const machine = model(d, [[begin, step('s', ...body), use]]);
  const told = problemOf(() => search(machine, { targets: [] }));
  expect(told).toContain('asks which one');
  expect(problemOf(() => search(generatedSystem(machine), { targets: [] }))).toBe(told);
});

test('what generated code throws is plain data, and the state in it explains it', () => {
  const machine = model(d, [
    [step('s', count.set(count.plus(3))), step('t', count.set(count.plus(3)))],
  ]);
  const { source, initial, words, ways } = generate(machine);
  const compiled = compile(source);
  const into = new Int32Array(words * ways);
  const rest = [new Int32Array(ways), new Int32Array(ways), 0] as const;
  expect(compiled.expand(initial, 0, into, ...rest)).toBe(1);
  let thrown: unknown;
  try {
    compiled.expand(into, 0, new Int32Array(words * ways), ...rest);
  } catch (error) {
    thrown = structuredClone(error);
  }
  expect(thrown).toEqual({ modelError: [...into] });
  expect(() => explainFailure(machine, thrown as never)).toThrowError(Problem);
  expect(() => explainFailure(machine, { modelError: [...initial] })).toThrow(/does not/);
});

test('a state that the interpreter has no quarrel with is an error of the generator', () => {
  const machine = model(d, [[step('s', count.set(count.plus(1))), look]]);
  const text = generate(machine);
  const source = text.source.replace('actions[n] = 0;', 'fail();');
  expect(source).not.toBe(text.source);
  const wrong = generatedSystem(machine, { ...text, source });
  expect(() => search(wrong, { targets: [] })).toThrow(/the interpreter does not/);
});

test('tables over several words are read and written at computed places', () => {
  const frame = d.scalar('frame', maybe('frame'));
  const code = (n: number): Codes => [
    pickStep('pick', {
      pick: ['frame', 'cpu'],
      among: ({ frame: f, cpu }) => frame.isNone().and(wide(f, cpu).value.is(0)),
      does: ({ frame: f, cpu }) => [frame.set(f), one.set(cpu), wide(f, cpu).value.set(7 + n)],
    }),
    step(
      'use',
      wide(frame.the(), one.the()).owner.set(frame),
      wide(frame.the(), one.the()).value.set(wide(frame.the(), one.the()).value.plus(1)),
      when(wide(frame.the(), one.the()).owner.is(frame), [
        row(one.the()).set(n),
        set.add(one.the().only()),
      ]),
      when(set.has(one.the()).and(row(one.the()).lt(2)), [frame.clear()], [seen.set(true)]),
    ),
  ];
  expect(states(model(d, [code(1), code(2)]))).toBeGreaterThan(100);
});

test('long stretches between steps, with joins, are written once', () => {
  const many = path<
    object,
    object,
    { set: ReturnType<typeof setOf<'frame'>>; n: ReturnType<typeof int> }
  >(
    {
      name: 'many',
      source: '',
      leavesOut: '',
      reads: [],
      writes: ['seen'],
      locals: { set: setOf('frame'), n: int(20) },
    },
    (_k, _a, l) => [
      pickStep('pick', { pick: ['frame'], does: ({ frame }) => [l.set.set(frame.only())] }),
      ...Array.from({ length: 12 }, (_, i) =>
        branch(l.set.has(theId('frame', i % 5)), [l.n.set(l.n.plus(1))], [l.n.set(l.n)]),
      ),
      step('use', seen.set(l.n.is(3)), when(seen, [seen.set(false)])),
    ],
  );
  const machine = model(d, [[many({}, {})]]);
  expect(generate(machine).source).toContain('settle: for');
  expect(generate(machine).source.length).toBeLessThan(40_000);
  expect(states(machine)).toBe(7); // the start, five picks, the end
});

test('jumps out of a step lead where they lead', () => {
  const code = [
    loop(
      'round',
      pickStep('take', {
        pick: ['cpu'],
        among: ({ cpu }) => set.has(cpu),
        does: ({ cpu }) => [
          set.remove(cpu.only()),
          when(cpu.is(theId('cpu', 1)), [leave('round')]),
          row(cpu).set(row(cpu).plus(1)),
        ],
        otherwise: [when(seen, [leave('round')]), seen.set(true), set.add(theId('cpu', 2).only())],
      }),
    ),
    step(
      'after',
      when(row(theId('cpu', 2)).is(2), [one.set(theId('cpu', 2))]),
      when(one.isSome(), [seen.set(false)]),
    ),
  ];
  const all = each('cpu', (cpu) => [set.add(cpu.only())]);
  expect(states(model(d, [code, code], { init: [all] }))).toBeGreaterThan(20);
});

test('a table of a kind that there is none of has no entries', () => {
  const nobody = d.scalar('nobody', maybe('nothing'));
  const code = [
    step('s', when(nobody.isSome(), [seen.set(none(nobody.the()))])),
    step('t', when(seen, [none(nobody.the()).set(true), nobody.clear()])),
  ];
  expect(states(model(d, [code]))).toBe(3);
});

test('the functions may be as small or as large as one likes', () => {
  const code = [
    step('a', count.set(count.plus(1))),
    step('b', set.add(theId('cpu', 1).only())),
    look,
  ];
  const machine = model(d, [code, code]);
  const sizes = [0, 1000, Number.POSITIVE_INFINITY].map((shared) => {
    const { source, ...text } = generate(machine, { limits: { whole: 0, shared } });
    const system = generatedSystem(machine, { ...text, source });
    search(inAgreement(machine, system), { targets: [] });
    return source.split('\nfunction ').length;
  });
  expect(new Set(sizes).size).toBeGreaterThan(1);
});

test('the interpreter in the shape of generated code', () => {
  const machine = model(d, [[step('a', count.set(count.plus(1))), look]]);
  const { source, initial, words, ways } = generate(machine);
  const made = [compile(source), interpreted(machine)].map((compiled) => {
    const into = new Int32Array(3 * words * ways);
    const [actions, reports] = [new Int32Array(3 * ways), new Int32Array(3 * ways)];
    const n = compiled.expand(initial, 0, into, actions, reports, 1);
    const end = compiled.expand(into, words, into, actions, reports, n);
    const finished = [compiled.finished(into, words), compiled.finished(into, n * words)];
    return { n, end, into, actions, reports, finished };
  });
  expect(made[0]).toEqual(made[1]);
  expect(made[0]).toMatchObject({ n: 2, end: 3, finished: [false, true] });
});

test('names cannot break out of their comments', () => {
  const own = new Declarations();
  const evil = own.scalar('evil\n} throw 1; //', bool);
  const machine = model(own, [
    [step('s\u2028throw 1', when(evil, [evil.set(false)], [evil.set(true)]))],
  ]);
  expect(states(machine)).toBe(2);
});

test('each step stands under its label', () => {
  const machine = model(d, [[step('first', count.set(count.plus(1))), look]]);
  expect(generate(machine).source).toMatch(/\/\/ \d+: first\n/);
});
