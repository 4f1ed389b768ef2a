import { expect, test } from 'vitest';
import { scenarios } from '../../catalogue/all.ts';
import { modelOf } from '../../catalogue/build.ts';
import { search } from '../../explore/search.ts';
import { Machine } from '../machine.ts';
import type { Plan } from './plan.ts';
import { runnerSource, surroundingsOf } from './source.ts';

type Expand = (
  from: Int32Array,
  at: number,
  into: Int32Array,
  actions: Int32Array,
  reports: Int32Array,
  n: number,
) => number;

const WAYS = 512;

/** The source around functions that let a machine without reductions write the successors. */
function expandOf(plain: Machine, plan: Plan, reductions: object): Expand {
  const writes =
    (thread: number | undefined): Expand =>
    (from, at, into, actions, reports, n) => {
      let next = n;
      plain.successors(from.slice(at, at + plain.words), (action, state, seen) => {
        if (plain.actions[action]?.thread !== thread) return;
        into.set(state, next * plain.words);
        actions[next] = action;
        reports[next++] = seen;
      });
      return next;
    };
  const names = plan.threads.map((_, t) => `thread${t}`);
  const about = { ...surroundingsOf(plain), ways: WAYS };
  const make = new Function(
    ...names,
    'hardware',
    `${runnerSource(plan, reductions, about)}\nreturn reducedExpand;`,
  );
  return make(...names.map((_, t) => writes(t)), writes(undefined)) as Expand;
}

test.each([
  ['LUF-munmap', 'repaired', { fusion: true, localFirst: true }],
  ['LUF-munmap', 'repaired', { fusion: true }],
  ['LUF-munmap', 'repaired', { localFirst: true }],
  ['LUF-buddy', 'v12', { fusion: true, localFirst: true }],
  ['LUF-buddy', 'v12', { lateHardware: true }],
  ['LATR-frame', 'repaired', { fusion: true, localFirst: true, lateHardware: true }],
])('as source the runner of %s:%s %o does the same in every state', (id, variantId, reductions) => {
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error('renamed?');
  const text = modelOf(scenario, variant);
  const machine = new Machine(text, { reductions });
  const expand = expandOf(new Machine(text), machine.plan as Plan, reductions);
  const { words } = machine;
  const into = new Int32Array(words * WAYS);
  const actions = new Int32Array(WAYS);
  const reports = new Int32Array(WAYS);
  let compared = 0;
  search(
    {
      words,
      properties: machine.properties,
      initial: () => machine.initial(),
      finished: (state) => machine.finished(state),
      isThreadAction: (action) => machine.isThreadAction(action),
      successors: (state, visit) => {
        const count = expand(state, 0, into, actions, reports, 0);
        let n = 0;
        machine.successors(state, (action, next, seen) => {
          const same = next.every((word, i) => word === into[n * words + i]);
          if (!same || actions[n] !== action || reports[n] !== seen) {
            expect({ action: actions[n], reports: reports[n], same }).toEqual({
              action,
              reports: seen,
              same: true,
            });
          }
          n++;
          compared++;
          visit(action, next, seen);
        });
        expect(n).toBe(count);
      },
    },
    { targets: [] },
  );
  expect(compared).toBeGreaterThan(100);
});
