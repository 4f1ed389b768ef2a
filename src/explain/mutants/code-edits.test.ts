import { expect, test } from 'vitest';
import { emit } from '../../events/emit.ts';
import { Declarations } from '../../lang/declare.ts';
import { all, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  branch,
  each,
  loopWhile,
  path,
  pickStep,
  step,
  waitStep,
  when,
} from '../../lang/program.ts';
import { bool, id, int, maybe, setOf } from '../../lang/sorts.ts';
import { aroundOf } from './around.ts';
import { pathEdits } from './code-edits.ts';
import { isDesigns, slipOf } from './programs.ts';
import { textOf } from './testing/text.ts';

const d = new Declarations();
d.column('cpu_of', ['thread'], id('cpu'));
const lock = d.scalar('ptl', maybe('thread'));
const mask = d.scalar('mm_cpumask', setOf('cpu'));
const tlb = d.column('tlb', ['cpu'], bool);
d.owner = 'design';
const debt = d.table('ubc', ['thread'], { cpus: setOf('cpu'), kept: setOf('cpu') });
const gen = d.scalar('gen', int(7));
const done = d.scalar('done', int(7));

const flush = path<null, null>(
  { name: 'flush', source: 'none', leavesOut: '', reads: [], writes: ['tlb'] },
  () => [
    step(
      'ipi',
      emit('tlb.flush', { cpus: all('cpu') }),
      each('cpu', (cpu) => [tlb(cpu).set(false)]),
    ),
  ],
);
const other = path<null, null>(
  { name: 'other', source: 'none', leavesOut: '', reads: [], writes: ['mm_cpumask'] },
  () => [step('clear', mask.clear())],
);

/** Each slip in the body of a function, and the function with it. */
function slips(body: readonly Code[]): Record<string, string> {
  const head = { name: 'f', source: 'none', leavesOut: '', reads: [], writes: [] };
  return slipsIn(path<null, null>(head, () => body)(null, null));
}

function slipsIn(call: Code): Record<string, string> {
  if (call.op !== 'call') throw new Error('a path is a call');
  const context = {
    around: aroundOf(d, { cpu: 2, thread: 2 }),
    isFlush: ({ path: { name } }: { path: { name: string } }) => name === 'flush',
    isDesigns,
  };
  return Object.fromEntries(
    pathEdits(call.body, context).map((edit) => [slipOf(edit), textOf(edit.make())]),
  );
}

test('a flush is left out, or comes after the lock is released; its lock goes as a pair', () => {
  const body = [
    waitStep('lock', lock.isNone(), lock.set(me)),
    flush(null, null),
    step('unlock', lock.clear()),
  ];
  expect(slips(body)).toEqual({
    'lock:ptl/no-lock': 'flush()',
    'lock/swap': 'flush() lock[no ptl]{ptl=me} unlock{ptl=none}',
    'flush/no-flush': 'lock[no ptl]{ptl=me} unlock{ptl=none}',
    'flush/late-flush': 'lock[no ptl]{ptl=me} unlock{ptl=none} flush()',
    'unlock/no-step': 'lock[no ptl]{ptl=me} flush()',
  });
});

test('a flush goes behind a release that is not its neighbour, and a call is left out', () => {
  const body = [flush(null, null), other(null, null), step('unlock', lock.clear())];
  expect(slips(body)).toEqual({
    'flush/no-flush': 'other() unlock{ptl=none}',
    'flush/swap': 'other() flush() unlock{ptl=none}',
    'flush/late-flush': 'other() unlock{ptl=none} flush()',
    'other/no-call': 'flush() unlock{ptl=none}',
    'other/swap': 'flush() unlock{ptl=none} other()',
    'unlock/no-step': 'flush() other()',
  });
});

test('a mask is narrowed to the own CPU or to the others; a debt goes into another record', () => {
  const own = debt(me);
  const found = slips([step('add', own.cpus.add(mask), gen.set(gen.plus(1)))]);
  expect(found).toEqual({
    'add/no-step': '',
    'add:ubc.cpus/drop': 'add{gen=gen + 1}',
    'add:ubc.cpus/own-cpu': 'add{ubc.cpus=ubc.cpus with mm_cpumask meets cpu_of; gen=gen + 1}',
    'add:ubc.cpus/other-cpus': 'add{ubc.cpus=ubc.cpus with mm_cpumask without cpu_of; gen=gen + 1}',
    'add:ubc.cpus/wrong-record': 'add{ubc.kept=ubc.kept with mm_cpumask; gen=gen + 1}',
    'add:gen/drop': 'add{ubc.cpus=ubc.cpus with mm_cpumask}',
    'add:gen~1/off-by-one': 'add{ubc.cpus=ubc.cpus with mm_cpumask; gen=gen}',
    'add:gen/wrong-record': 'add{ubc.cpus=ubc.cpus with mm_cpumask; done=done + 1}',
  });
});

test('a check holds always or never, asks for less, and compares off by one', () => {
  const check = when(gen.lt(done).and(mask.isSome()), [mask.clear()]);
  expect(slips([step('check', check, done.set(0))])).toEqual({
    'check/no-step': '',
    'check:if-gen-lt-done-and-mm_cpumask-not-empty/always': 'check{mm_cpumask=empty; done=0}',
    'check:if-gen-lt-done-and-mm_cpumask-not-empty/never': 'check{done=0}',
    'check:if-gen-lt-done-and-mm_cpumask-not-empty~1/drop-term':
      'check{if mm_cpumask not empty{mm_cpumask=empty}; done=0}',
    'check:if-gen-lt-done-and-mm_cpumask-not-empty~2/drop-term':
      'check{if gen < done{mm_cpumask=empty}; done=0}',
    'check:if-gen-lt-done-and-mm_cpumask-not-empty~3/off-by-one':
      'check{if done >= gen and mm_cpumask not empty{mm_cpumask=empty}; done=0}',
    'check:mm_cpumask/drop': 'check{if gen < done and mm_cpumask not empty{}; done=0}',
    'check:done/drop': 'check{if gen < done and mm_cpumask not empty{mm_cpumask=empty}}',
  });
});

test('a range leaves out its last one', () => {
  const found = slips([
    step(
      'all',
      each('cpu', (cpu) => [tlb(cpu).set(false)]),
    ),
  ]);
  expect(found['all:each-cpu/short']).toBe('all{each cpu{if not (cpu is 1){tlb=0}}}');
});

test('between steps: a local is not read again, a loop is gone round once, a wait is left out', () => {
  const head = { name: 'f', source: 'none', leavesOut: '', reads: [], writes: [] };
  const locals = { todo: setOf('cpu') };
  const call = path<null, null, typeof locals>({ ...head, locals }, (_, __, l) => [
    step('read', l.todo.set(mask), gen.set(0)),
    loopWhile(
      l.todo.isSome(),
      pickStep('one', {
        pick: ['cpu'],
        among: ({ cpu }) => l.todo.has(cpu),
        does: ({ cpu }) => [l.todo.remove(cpu.only())],
      }),
    ),
    branch(l.todo.isEmpty(), [step('then', gen.set(1))], [step('else', gen.set(2))]),
  ])(null, null);
  const found = slipsIn(call);
  const rest = 'if todo is empty{then{gen=1}}else{else{gen=2}}';
  const loop = 'while todo not empty{one[todo has cpu]{todo=todo without cpu}}';
  expect(found['read:todo/stale']).toBe(`read{gen=0} ${loop} ${rest}`);
  expect(found['while-todo-not-empty/once']).toBe(
    `read{todo=mm_cpumask; gen=0} if todo not empty{one[todo has cpu]{todo=todo without cpu}} ${rest}`,
  );
  expect(found['while-todo-not-empty/never']).toBe(`read{todo=mm_cpumask; gen=0} ${rest}`);
  expect(found['one:among/no-wait']).toContain('one{todo=todo without cpu}');
  expect(found['if-todo-is-empty/always']).toBe(`read{todo=mm_cpumask; gen=0} ${loop} then{gen=1}`);
  expect(found['if-todo-is-empty/never']).toBe(`read{todo=mm_cpumask; gen=0} ${loop} else{gen=2}`);
});

test('two places of one name are told apart, and a name is fit for a shell', () => {
  const twice = [step('f(x)', gen.set(1)), step('f(x)', gen.set(2))];
  expect(Object.keys(slips(twice))).toEqual(['f-x/no-step', 'f-x/swap', 'f-x.2/no-step']);
});
