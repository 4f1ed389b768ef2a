import { expect, test } from 'vitest';
import { DEADLOCK, search } from '../../explore/search.ts';
import { immediate } from '../../kernel/designs/immediate.ts';
import { mainline } from '../../kernel/designs/mainline.ts';
import { no } from '../expr.ts';
import { Machine } from '../machine.ts';
import { waitStep } from '../program.ts';
import { type Symmetry, symmetryOf } from './derive.ts';
import { permutations } from './group.ts';
import { quotient } from './quotient.ts';
import { generated } from './testing/compare.ts';
import { symmetricWorld } from './testing/symmetric-world.ts';
import { concretePath } from './unpermute.ts';

// The slip that everybody knows: the batch is not flushed before its frames are freed.
const forgetful = { design: mainline, without: ['try_to_unmap_flush'] } as const;
const leaky = new Machine(
  symmetricWorld({ cpus: 2, pages: 2, frames: 2, does: ['reclaim', 'load'], design: forgetful }),
  { resetDead: true },
);

test('a violation among representatives becomes a run of the same length from the real start', () => {
  const canonical = generated(leaky, symmetryOf(leaky));
  const targets = leaky.properties;
  const { violation } = search(quotient(leaky, canonical), { targets });
  const full = search(leaky, { targets }).violation;
  const run = concretePath(leaky, canonical, violation?.path ?? []);
  expect(run).toHaveLength(full?.path.length ?? -1);
  let state = leaky.initial();
  let reported: string[] = [];
  for (const action of run) {
    const { next, happenings } = leaky.replay(state, action);
    reported = happenings.filter(({ kind }) => kind === 'report').map(({ name }) => name);
    state = next;
  }
  expect(reported).toEqual(violation?.properties);
});

test('a deadlock is one in original names, too', () => {
  const world = symmetricWorld({
    cpus: 3,
    pages: 2,
    frames: 3,
    does: ['reclaim'],
    design: { design: immediate },
  });
  const forever = waitStep('wait for ever', no);
  const threads = world.threads.map((one) => ({ ...one, code: [...one.code, forever] }));
  const machine = new Machine({ ...world, threads }, { resetDead: true });
  const canonical = generated(machine, symmetryOf(machine));
  const { violation } = search(quotient(machine, canonical), { targets: [DEADLOCK] });
  let state = machine.initial();
  for (const action of concretePath(machine, canonical, violation?.path ?? [])) {
    state = machine.replay(state, action).next;
  }
  let moves = 0;
  machine.successors(state, (action) => {
    if (machine.isThreadAction(action)) moves++;
  });
  expect(moves).toBe(0);
  expect(machine.finished(state)).toBe(false);
});

test('broken on purpose: a way through the orbits of what is no symmetry has no run', () => {
  const wrong: Symmetry = {
    components: [{ kinds: ['cpu'], elements: permutations(2).map((cpu) => ({ cpu })) }],
    frozen: new Map(),
  };
  const canonical = generated(leaky, wrong);
  const { violation } = search(quotient(leaky, canonical), { targets: leaky.properties });
  expect(() => concretePath(leaky, canonical, violation?.path ?? [])).toThrow('not a symmetry');
});
