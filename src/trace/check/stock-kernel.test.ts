// A kernel that keeps its TLBs right, interleaved at random, must never be accused, whatever part of
// its records is missing; one with a planted fault must be.

import { describe, expect, test } from 'vitest';
import { isAll } from '../../catalogue/testing/chosen.ts';
import { checkRecords } from './check-trace.ts';
import { judgeRecords, type MadeRecord, recordsOf } from './testing/records.ts';
import { type Plant, StockKernel } from './testing/stock-kernel.ts';
import { StockMachine } from './testing/stock-machine.ts';
import { inStepsOf, thin, withLosses, withoutMask } from './testing/thin.ts';

const seeds = Array.from({ length: 12 }, (_, i) => (i + 1) * 7919);

function kernel(seed: number, plant: Plant = 'none'): StockKernel {
  return new StockKernel({ seed, plant, cpus: 2 + (seed % 3), steps: 3000 });
}

describe.each(seeds)('seed %i', (seed) => {
  const { records, staleUses } = kernel(seed);

  test('the stock kernel is clean, and the rules have looked', async () => {
    expect(staleUses).toBe(0);
    const verdict = await judgeRecords(records);
    expect(verdict.violations).toEqual([]);
    expect(verdict.verdict).toBe('clean');
    for (const { id, exercised } of verdict.rules) {
      // Few of its calls unmap.
      expect(exercised, id).toBeGreaterThan(id === 'address-changed-before-flush' ? 5 : 20);
    }
  });

  // Who predicts hears of every event, and so does the judge beside him.
  test.each<Plant>(['none', 'skip-batch'])(
    '%s: what is not told changes nothing',
    async (plant) => {
      const made = kernel(seed, plant).records;
      const { prediction, ...all } = await checkRecords('made', recordsOf(made), { predict: true });
      expect(prediction).toBeDefined();
      expect(await judgeRecords(made)).toEqual(all);
    },
  );

  const thinned: Record<string, (records: readonly MadeRecord[]) => MadeRecord[]> = {
    'in microseconds': (all) => inStepsOf(1000, all),
    'from the middle on': (all) => all.slice(all.length / 2),
    'with CPU 1 beginning later': (all) =>
      all.filter((one, i) => one.cpu !== 1 || i > all.length / 3),
    'with CPU 1 ending early': (all) => all.filter((one, i) => one.cpu !== 1 || i < all.length / 3),
    'without CPU masks': (all) => all.map(withoutMask),
    'without returns of functions': (all) => all.filter(({ event }) => !event.endsWith('_ret')),
    'without try_to_unmap_one': (all) => all.filter(({ event }) => !event.startsWith('unmap_one')),
    'without ptep_clear_flush': (all) => all.filter(({ event }) => event !== 'clear_flush'),
    'without either flush probe': (all) =>
      all.filter(({ event }) => event !== 'clear_flush' && !event.startsWith('flush_range')),
    'without flush_tlb_func': (all) => all.filter(({ event }) => event !== 'flush_func'),
    'with losses': (all) => withLosses(all),
  };
  test.each(Object.entries(thinned))('no alarm %s', async (_, thin) => {
    const verdict = await judgeRecords(thin(records));
    expect(verdict.violations).toEqual([]);
  });

  test.each<Plant>(['skip-range', 'skip-batch', 'skip-clear-flush'])(
    '%s is found',
    async (plant) => {
      const verdict = await judgeRecords(kernel(seed, plant).records);
      expect(verdict.verdict).toBe('violated');
      const frames = verdict.violations.filter(({ rule }) => rule === 'frame-reused-before-flush');
      expect(frames.length).toBeGreaterThan(0);
      for (const { cpus, proofs } of frames) {
        expect(cpus.length).toBeGreaterThan(0);
        expect(proofs.map(({ cpu }) => cpu).sort()).toEqual(cpus);
      }
    },
  );
});

// Fifty times as many are tried with `npm run test:all`.
test('no alarm whatever is missing together', async () => {
  const kernels = isAll ? 2000 : 40;
  let exercised = 0;
  for (let i = 1; i <= kernels; i++) {
    const machine = new StockMachine(i * 7907, 1, false);
    const pick = (below: number): number => machine.pick(below);
    const [cpus, steps] = [2 + pick(5), 2000 + 2000 * pick(3)];
    const { records, staleUses } = new StockKernel({ seed: i * 104_729, cpus, steps });
    expect(staleUses).toBe(0);
    for (let n = 0; n < 5; n++) {
      const { what, records: left } = thin(records, pick);
      const { violations, rules } = await judgeRecords(left);
      expect(violations, `kernel ${i}, ${cpus} CPUs, ${steps} steps, ${what}`).toEqual([]);
      if (rules.some((rule) => rule.exercised > 0)) exercised++;
    }
  }
  expect(exercised).toBeGreaterThan(kernels * 2);
}, 3_600_000);

test('a trace judged by what its beginning suggests is judged as after a reading of its own', async () => {
  const { records } = kernel(7919, 'skip-range');
  const readings: number[] = [];
  for (const made of [records, records.filter(({ cpu }, i) => cpu !== 1 || i > 900)]) {
    for (const given of [made, withLosses(made), made.map(withoutMask)]) {
      const whole = await judgeRecords(given);
      for (const firstLook of [20, 500, 2000]) {
        let times = 0;
        const read = recordsOf(given);
        const verdict = await checkRecords(
          'made',
          (...asked) => {
            times++;
            return read(...asked);
          },
          { firstLook },
        );
        expect(verdict).toEqual(whole);
        readings.push(times);
      }
    }
  }
  // The first look, the judging, and the judging once more where the guess was wrong.
  expect(new Set(readings)).toEqual(new Set([2, 3]));
});

test('losses make the verdict unknown and say where', async () => {
  const verdict = await judgeRecords(withLosses(kernel(7919).records));
  expect(verdict.verdict).toBe('unknown');
  expect(verdict.reasons[0]?.time).toMatch(/^\d+\.\d+$/);
  expect(verdict.reasons[0]?.cpu).toBeTypeOf('number');
});
