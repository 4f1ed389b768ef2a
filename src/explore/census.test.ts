import { describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { modelOf } from '../catalogue/build.ts';
import { generate } from '../lang/generate/generate.ts';
import { Machine } from '../lang/machine.ts';
import { census } from './census.ts';
import { search } from './search.ts';

function machineOf(name: string): Machine {
  const [id, variantId] = name.split(':');
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error(name);
  return new Machine(modelOf(scenario, variant));
}

const bounds = { maxStates: 100_000, maxSeconds: 60 };

describe('a census', () => {
  test.each([['LUF-buddy:broken'], ['LUF-buddy:repaired'], ['LUF-munmap:broken']])(
    'of %s sees what a search sees, by either executor',
    (name) => {
      const machine = machineOf(name);
      const all = search(machine, { targets: [] });
      const kinds = (_: Int32Array, __: Int32Array, reports: number): number[] => [reports];
      const plain = census(machine, { kinds, bounds });
      const { seconds: _, ...made } = census(generate(machine), { kinds, bounds });
      expect({ states: plain.states, depth: plain.depth, completed: plain.completed }).toEqual({
        states: all.states,
        depth: all.depth,
        completed: all.completed,
      });
      expect({ ...plain, seconds: 0 }).toEqual({ ...made, seconds: 0 });
      const first = search(machine, { targets: machine.properties });
      const nearest = [...plain.found.values()].map((way) => way.length).sort((a, b) => a - b)[0];
      expect(nearest).toBe(first.violation?.path.length);
    },
  );

  test('says which bound stopped it', () => {
    const kinds = (): number[] => [];
    const few = census(machineOf('LUF-buddy:repaired'), {
      kinds,
      bounds: { ...bounds, maxStates: 50 },
    });
    expect(few.bound).toBe('50 states');
    const go = (): boolean => false;
    const stopped = census(machineOf('LUF-munmap:broken'), { kinds, bounds, go });
    expect(stopped.bound).toBe('interrupted');
  });
});
