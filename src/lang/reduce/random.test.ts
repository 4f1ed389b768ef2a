// Programs made at random, right and wrong ones: with every reduction the same reports are found,
// the same deadlocks, and the same states in which everybody is done.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEADLOCK, search } from '../../explore/search.ts';
import { Declarations } from '../declare.ts';
import { type Bool, boundId, me } from '../expr.ts';
import { Machine, type ModelText } from '../machine.ts';
import type { Bound, Code, Stmt } from '../nodes.ts';
import type { Observer } from '../observer.ts';
import {
  branch,
  type Codes,
  flatStmts,
  leave,
  loop,
  path,
  pickStep,
  step,
  waitStep,
  when,
} from '../program.ts';
import { bool, maybe, setOf } from '../sorts.ts';
import type { Plan } from './plan.ts';
import { brokenDiamonds } from './testing/diamonds.ts';

type Item =
  | { readonly kind: 'section'; readonly lock: number; readonly body: readonly Item[] }
  | { readonly kind: 'shared section'; readonly write: boolean; readonly body: readonly Item[] }
  | { readonly kind: 'picked section'; readonly body: readonly Item[] }
  | { readonly kind: 'if read'; readonly cell: number; readonly body: readonly Item[] }
  | { readonly kind: 'until'; readonly cell: number; readonly body: readonly Item[] }
  | { readonly kind: 'lock' | 'unlock'; readonly lock: number }
  | { readonly kind: 'set' | 'clear' | 'flip' | 'wait' | 'own'; readonly cell: number }
  | { readonly kind: 'copy' | 'look'; readonly cell: number; readonly other: number }
  | { readonly kind: 'ping' | 'pong' | 'try lock' };

const number = fc.integer({ min: 0, max: 1 });
const { item } = fc.letrec<{ item: Item; body: Item[] }>((tie) => ({
  body: fc.array(tie('item'), { maxLength: 3 }),
  item: fc.oneof(
    { depthSize: 'small' },
    fc.record({ kind: fc.constantFrom('set', 'clear', 'flip', 'wait', 'own'), cell: number }),
    fc.record({ kind: fc.constantFrom('copy', 'look'), cell: number, other: number }),
    fc.record({ kind: fc.constantFrom('ping', 'pong', 'try lock') }),
    fc.record({ kind: fc.constantFrom('lock', 'unlock'), lock: number }),
    fc.record({ kind: fc.constant('section'), lock: number, body: tie('body') }),
    fc.record({ kind: fc.constant('section'), lock: number, body: tie('body') }),
    fc.record({ kind: fc.constant('shared section'), write: fc.boolean(), body: tie('body') }),
    fc.record({ kind: fc.constant('picked section'), body: tie('body') }),
    fc.record({ kind: fc.constantFrom('if read', 'until'), cell: number, body: tie('body') }),
  ) as fc.Arbitrary<Item>,
}));

/** A model of the items, one list for each thread; `ambient` flips a cell while a lock is free. */
function modelOf(threads: readonly (readonly Item[])[], ambient: boolean): ModelText {
  const d = new Declarations();
  const locks = [d.scalar('lock 0', maybe('thread')), d.scalar('lock 1', maybe('thread'))];
  const cells = [d.scalar('cell 0', bool), d.scalar('cell 1', bool)];
  const shared = d.table('shared', [], { writer: maybe('thread'), readers: setOf('thread') });
  const each = d.table('each', ['cpu'], { lock: maybe('thread'), value: bool });
  const own = d.column('own', ['thread'], bool);
  const lockAt = (n: number): (typeof locks)[number] => locks[n] as (typeof locks)[number];
  const cellAt = (n: number): (typeof cells)[number] => cells[n] as (typeof cells)[number];
  const tables = ['lock 0', 'lock 1', 'cell 0', 'cell 1', 'shared', 'each', 'own'];
  let calls = 0;

  const section = path<object, { body: readonly Item[] }, { cpu: ReturnType<typeof maybe<'cpu'>> }>(
    {
      name: 'picked section',
      source: 'at random',
      leavesOut: '',
      reads: [],
      writes: tables,
      locals: { cpu: maybe('cpu') },
    },
    (_k, { body }, l) => [
      pickStep('pick', { pick: ['cpu'], does: ({ cpu }) => [l.cpu.set(cpu)] }),
      waitStep('lock one', each(l.cpu.the()).lock.isNone(), each(l.cpu.the()).lock.set(me)),
      step('flip one', each(l.cpu.the()).value.set(each(l.cpu.the()).value.not())),
      codeOf(body),
      step('look at one', emit('look', { same: each(l.cpu.the()).value.is(cellAt(0)) })),
      step('unlock one', each(l.cpu.the()).lock.clear()),
    ],
  );
  const reading = path<
    object,
    { item: Extract<Item, { body: unknown; cell: number }> },
    { seen: typeof bool }
  >(
    {
      name: 'reading',
      source: 'at random',
      leavesOut: '',
      reads: [],
      writes: tables,
      locals: { seen: bool },
    },
    (_k, args, l) => {
      const label = `again ${calls++}`;
      const read = step('read', l.seen.set(cellAt(args.item.cell)));
      if (args.item.kind === 'if read') return [read, branch(l.seen, codeOf(args.item.body))];
      return [loop(label, read, branch(l.seen, [leave(label)]), codeOf(args.item.body))];
    },
  );

  const codeOf = (items: readonly Item[]): Codes => items.map(oneOf);
  const oneOf = (one: Item): Codes => {
    switch (one.kind) {
      case 'section':
        return [
          waitStep('lock', lockAt(one.lock).isNone(), lockAt(one.lock).set(me)),
          codeOf(one.body),
          step('unlock', lockAt(one.lock).clear()),
        ];
      case 'shared section':
        return one.write
          ? [
              waitStep(
                'write lock',
                shared().writer.isNone().and(shared().readers.isEmpty()),
                shared().writer.set(me),
              ),
              codeOf(one.body),
              step('write unlock', shared().writer.clear()),
            ]
          : [
              waitStep('read lock', shared().writer.isNone(), shared().readers.add(me.only())),
              codeOf(one.body),
              step('read unlock', shared().readers.remove(me.only())),
            ];
      case 'picked section':
        return [section({}, { body: one.body })];
      case 'if read':
      case 'until':
        return [reading({}, { item: one })];
      case 'lock':
        return [waitStep('lock', lockAt(one.lock).isNone(), lockAt(one.lock).set(me))];
      case 'unlock':
        return [step('unlock', lockAt(one.lock).clear())];
      case 'set':
        return [step('set', cellAt(one.cell).set(true))];
      case 'clear':
        return [step('clear', cellAt(one.cell).set(false))];
      case 'flip':
        return [step('flip', cellAt(one.cell).set(cellAt(one.cell).not()))];
      case 'wait':
        return [waitStep('wait', cellAt(one.cell))];
      case 'own':
        return [step('own', own(me).set(own(me).not()), when(own(me), [emit('ping')]))];
      case 'copy':
        return [step('copy', cellAt(one.cell).set(cellAt(one.other)))];
      case 'look':
        return [step('look', emit('look', { same: cellAt(0).is(cellAt(1)) }))];
      case 'try lock':
        return [
          pickStep('try lock', {
            pick: ['cpu'],
            among: ({ cpu }) => each(cpu).lock.isNone().and(each(cpu).value),
            does: ({ cpu }) => [each(cpu).value.set(false)],
            otherwise: [emit('pong')],
          }),
        ];
      default:
        return [step(one.kind, emit(one.kind))];
    }
  };

  const cpu: Bound & { of: 'cpu' } = { name: 'cpu', of: 'cpu' };
  return {
    sizes: { thread: threads.length, cpu: 2 },
    declarations: d,
    init: [],
    threads: threads.map((items, t) => ({
      name: `t${t}`,
      code: (codeOf(items) as readonly unknown[]).flat(20) as Code[],
    })),
    ambient: ambient
      ? [
          {
            label: 'flips by itself',
            params: [cpu],
            when: lockAt(0)
              .isNone()
              .and(each(boundId(cpu)).value).node,
            body: [cellAt(1).set(cellAt(1).not())],
          },
        ]
      : [],
    observers: [listener()],
  };
}

/** Reports what depends on values, and what depends on the order of events. */
function listener(): Observer {
  const d = new Declarations();
  const pinged = d.scalar('pinged', bool);
  return {
    id: 'listener',
    reports: ['differ', 'order'],
    declarations: d,
    hears: {
      look: ({ same }) => flatStmts([when((same as Bool).not(), [report('differ')])]),
      ping: () => [pinged.set(true)],
      pong: () => flatStmts([when(pinged, [report('order'), pinged.set(false)])]),
    },
    init: [],
  };
}
function emit(event: string, fields: Record<string, Bool> = {}): Stmt {
  const given = Object.entries(fields).map(([name, { sort, node }]) => [name, { sort, node }]);
  return { op: 'emit', event, fields: Object.fromEntries(given) };
}
function report(id: string): Stmt {
  return { op: 'report', id, parties: {} };
}

function answers(machine: Machine): unknown {
  const verdicts = ['differ', 'order', DEADLOCK].map(
    (target) => search(machine, { targets: [target] }).verdict,
  );
  return { verdicts, completed: search(machine, { targets: [] }).completed };
}

const RUNS = Number(process.env.RANDOM_PROGRAMS ?? 100);
const MOST_STATES = 3000;

test('programs made at random answer the same', { timeout: 600_000 }, () => {
  let fewer = 0;
  fc.assert(
    fc.property(
      fc.array(fc.array(item, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 3 }),
      fc.boolean(),
      (threads, ambient) => {
        const text = modelOf(threads, ambient);
        const full = new Machine(text);
        const { states, verdict } = search(full, {
          targets: [],
          bounds: { maxStates: MOST_STATES },
        });
        fc.pre(verdict === 'holds');
        const plan = new Machine(text, { reductions: { fusion: true } }).plan as Plan;
        const expected = answers(full);
        for (const reductions of [
          { fusion: true },
          { localFirst: true },
          { fusion: true, localFirst: true },
        ]) {
          const machine = new Machine(text, { reductions, plan });
          expect(answers(machine)).toEqual(expected);
          if (search(machine, { targets: [] }).states < states) fewer++;
        }
        if (states > 300) return;
        const looking = new Machine(text);
        search(
          {
            words: full.words,
            properties: full.properties,
            initial: () => full.initial(),
            finished: (state) => full.finished(state),
            isThreadAction: (action) => full.isThreadAction(action),
            successors: (state, visit) => {
              expect(brokenDiamonds(looking, plan, state)).toEqual([]);
              full.successors(state, visit);
            },
          },
          { targets: [] },
        );
      },
    ),
    { numRuns: RUNS, seed: 20261122 },
  );
  expect(fewer).toBeGreaterThan(RUNS);
});
