// Symmetry and the reset of dead locals against the unreduced search, on variants of every
// scenario of the catalogue that are small enough, and on worlds in which everything of a kind is alike.

import { describe, expect, test } from 'vitest';
import { modelOf } from '../src/catalogue/build.ts';
import { chosenVariants, variantNamed } from '../src/catalogue/testing/chosen.ts';
import { checked } from '../src/explain/judge.ts';
import { search } from '../src/explore/search.ts';
import { immediate } from '../src/kernel/designs/immediate.ts';
import { mainline } from '../src/kernel/designs/mainline.ts';
import { Machine } from '../src/lang/machine.ts';
import { orderOf, symmetryOf } from '../src/lang/symmetry/derive.ts';
import { type Component, permutations } from '../src/lang/symmetry/group.ts';
import { compare } from '../src/lang/symmetry/testing/compare.ts';
import { symmetricWorld } from '../src/lang/symmetry/testing/symmetric-world.ts';

const SMALL = 1500;
function textOf(name: string): ReturnType<typeof modelOf> {
  const { scenario, variant } = variantNamed(name);
  return modelOf(scenario, variant);
}

describe('with dead locals reset, and with symmetry, verdicts and depths are the same', () => {
  let compared = 0;
  const chosen = chosenVariants();
  test.each(chosen)('$name', ({ scenario, variant }) => {
    const text = modelOf(scenario, variant);
    const options = { targets: checked, bounds: { maxStates: SMALL } };
    const plain = search(new Machine(text), options);
    if (plain.verdict === 'bounded') return;
    compared++;
    const machine = new Machine(text, { resetDead: true });
    const reset = search(machine, options);
    expect(reset.verdict).toBe(plain.verdict);
    expect(reset.states).toBeLessThanOrEqual(plain.states);
    if (plain.violation !== undefined) expect(reset.depth).toBe(plain.depth);
    const result = compare(machine, symmetryOf(machine), SMALL);
    expect(result?.differences).toEqual([]);
    expect(result?.representatives).toBeLessThanOrEqual(reset.states);
  });
  test('much of the catalogue is small', () => {
    expect(compared).toBeGreaterThan(chosen.length / 3);
  });
});

// The factor is less than the group's order where a run is too short to bring about every exchange
// from the one state it starts in: frames are exchanged by freeing and allocating.
test.each([
  { cpus: 2, pages: 2, frames: 2, order: 8, least: 3.3, design: immediate, does: ['load'] },
  { cpus: 3, pages: 2, frames: 3, order: 72, least: 9.5, design: immediate, does: ['load'] },
  {
    cpus: 2,
    pages: 1,
    frames: 3,
    order: 12,
    least: 4.2,
    design: mainline,
    does: ['reclaim', 'load'],
  },
  { cpus: 3, pages: 2, frames: 3, order: 288, least: 11, design: immediate, does: ['reclaim'] },
] as const)(
  '$cpus CPUs, $pages pages, $frames frames that $does: at least $least times less',
  (world) => {
    const text = symmetricWorld({ ...world, design: { design: world.design } });
    const machine = new Machine(text, { resetDead: true });
    const symmetry = symmetryOf(machine);
    expect(orderOf(symmetry)).toBe(world.order);
    const result = compare(machine, symmetry, 100_000);
    expect(result?.differences).toEqual([]);
    const factor = (result?.states ?? 0) / (result?.representatives ?? 1);
    expect(factor).toBeGreaterThan(world.least);
    expect(factor).toBeLessThanOrEqual(world.order);
  },
);

describe('broken on purpose: a group that the text does not have is caught', () => {
  const all = (of: string, n: number): Component => ({
    kinds: [of],
    elements: permutations(n).map((images) => ({ [of]: images })),
  });
  test.each([
    ['CPUs apart from the threads pinned to them', 'LUF-buddy:repaired', all('cpu', 3)],
    ['threads of different texts', 'LUF-buddy:repaired-other-file', all('mm', 2)],
    ['file pages without their contents', 'LUF-buddy:repaired-other-file', all('slot', 2)],
    ['threads apart from the CPUs they are pinned to', 'LUF-atomic:mainline', all('thread', 3)],
    ['CPUs', 'LUF-write2:repaired', all('cpu', 3)],
  ])('%s in %s', (_, name, wrong) => {
    const machine = new Machine(textOf(name), { resetDead: true });
    const right = symmetryOf(machine);
    expect(compare(machine, right, 20_000)?.differences).toEqual([]);
    const frames = right.components.filter(({ kinds }) => kinds.join() === 'frame');
    const symmetry = { ...right, components: [...frames, wrong] };
    expect(compare(machine, symmetry, 20_000)?.differences).not.toEqual([]);
  });
});
