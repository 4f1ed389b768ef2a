// The bench compares like with like: the same states and transitions on all sides, the published
// ones where there are any, and checks that find a mistake.

import { describe, expect, test } from 'vitest';
import { search } from '../src/explore/search.ts';
import { generate } from '../src/lang/generate/generate.ts';
import { comparedMoves } from '../src/lang/generate/testing/compare-moves.ts';
import { Machine } from '../src/lang/machine.ts';
import { agree } from './agree.ts';
import { type Case, cases, lufDefines } from './cases.ts';
import { explored } from './engines.ts';
import { measured, missing } from './measure.ts';
import { type LufWorld, lufText } from './models/luf/model.ts';
import { median, rowAgainstOne, rowsAgainstSpin, rowsAgainstTlc } from './rows.ts';
import { spinCounts, verifierOf } from './spin.ts';

const absent = await missing({ spin: '-V', gcc: '--version', time: '--version' });
const named = (name: string): string =>
  absent.length === 0 ? name : `${name} (skipped: ${absent.join(' and ')} not installed)`;
const withSpin = test.skipIf(absent.length > 0);
const timeout = 300_000;

function caseOf(id: string): Case {
  const found = cases.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no case '${id}'`);
  return found;
}
async function askSpin(
  one: Pick<Case, 'promela' | 'states'>,
): Promise<ReturnType<typeof spinCounts>> {
  const verifier = await verifierOf(one.promela, one.states, '-O0');
  try {
    return spinCounts((await measured(verifier.program, verifier.args, verifier.folder)).stdout);
  } finally {
    verifier.remove();
  }
}

/** A little of the wide model, whose full size takes too long for a test. */
const wide: LufWorld = {
  cpus: 4,
  pages: 6,
  writablePages: 1,
  frames: 8,
  tlb: 'may-hold',
  reclaim: { threads: 1, rounds: 1 },
  fault: { threads: 1, rounds: 1 },
  write: { threads: 1, rounds: 1 },
};

/** The quickest of each model: what is compared with Spin here. `--quick` compares more. */
const small = ['luf-write-quick', 'two-phase-5', 'asidalloc-2'].map(caseOf);

describe('a case has the counts that are written beside it', () => {
  const quick = cases.filter((one) => one.size === 'quick' || one.size === 'test');
  test.each(quick.map((one) => [one.id, one] as const))('%s', (_, one) => {
    const { verdict, states, transitions } = explored(one, 'generated', 1);
    expect({ verdict, states, transitions }).toEqual({
      verdict: 'holds',
      states: one.states,
      transitions: one.transitions,
    });
  });

  test('also for the interpreter', () => {
    const one = caseOf('luf-write-quick');
    expect(explored(one, 'interpreter', 1)).toMatchObject({ states: one.states });
  });

  withSpin.each(small.map((one) => [one.id, one] as const))(
    named('%s, for Spin'),
    { timeout },
    async (_, one) => {
      const { states, transitions } = one;
      expect(await askSpin(one)).toEqual({ states, transitions, errors: 0 });
    },
  );
});

test('counts that differ from what is written end the bench', () => {
  const one = caseOf('two-phase-3');
  expect(() => agree(one, 'Spin', { states: 288, transitions: 1_144 }, one)).toThrowError(
    'two-phase-3: Spin finds 288 states and 1144 transitions, not 288 and 1145',
  );
});

test('symmetry over the tasks is derived, and leaves every sixth state or so', () => {
  const one = caseOf('asidalloc-2');
  const { states, verdict } = explored(one, 'symmetry', 1);
  expect(verdict).toBe('holds');
  expect(states).toBeLessThan(one.states / 1.9);
});

test('two-phase commit has its published counts', () => {
  expect(caseOf('two-phase-3').states).toBe(288);
  expect(caseOf('two-phase-5').states).toBe(8_832);
});

test('the titles tell how wide a state is', () => {
  const words = (id: string): number => new Machine(caseOf(id).text()).words;
  expect([words('luf-small'), words('luf-wide'), words('asidalloc-3')]).toEqual([3, 12, 5]);
});

withSpin(named('the wide model is the same for Spin'), { timeout }, async () => {
  const machine = new Machine(lufText(wide));
  const { states, transitions } = search(machine, { targets: machine.properties });
  const promela = { file: 'luf.pml', defines: lufDefines(wide), depth: 1_000 };
  expect(await askSpin({ promela, states })).toEqual({ states, transitions, errors: 0 });
});

// A model that finds nothing because it looks at nothing would be a poor thing to be fast on.
describe.each<[string, LufWorld]>([
  ['explicit', { ...wide, cpus: 2, pages: 2, frames: 2, tlb: 'explicit' }],
  ['may-hold', wide],
])('a flush that is left out is found, %s entries', (_, world) => {
  const broken: LufWorld = {
    ...world,
    broken: true,
    reclaim: { threads: 1, rounds: 2 },
    fault: { threads: 1, rounds: 2 },
  };
  test('by lufcheck', () => {
    const machine = new Machine(lufText(broken));
    const { violation } = search(generate(machine), { targets: machine.properties });
    expect(violation?.properties).toEqual(['stale-read']);
  });
  withSpin(named('by Spin'), { timeout }, async () => {
    const promela = { file: 'luf.pml', defines: lufDefines(broken), depth: 100_000 };
    expect(await askSpin({ promela, states: 100_000 })).toMatchObject({ errors: 1 });
  });
});

test('a row says how many times better ours is', () => {
  const run = (cpuSeconds: number, peakBytes: number) => ({
    stdout: '',
    cpuSeconds,
    wallSeconds: cpuSeconds,
    peakBytes,
  });
  const one = { ...caseOf('two-phase-8'), states: 1_000, transitions: 5_000 };
  const rows = rowsAgainstSpin(
    one,
    'interpreter',
    { runs: [run(1, 2 ** 20), run(2, 2 ** 20), run(9, 2 ** 20)], bytes: 20_000 },
    { runs: [run(4, 2 ** 21)] },
  );
  expect(rows.map(({ ours, peer, ratio, unit }) => [ours, peer, ratio, unit])).toEqual([
    [500, 250, 2, '1/s'],
    [2_500, 1_250, 2, '1/s'],
    [20, 2_097, 104.9, 'B'],
    [1, 2, 2, 'MiB'],
  ]);
  expect(rowsAgainstTlc(one, 'interpreter', { runs: [run(5.27, 0)] })).toMatchObject([
    { ours: 5.27, peer: 52.7, peerName: 'TLC (published)', ratio: 10 },
  ]);
  const [two, single] = [
    [run(1, 0), run(2, 0)],
    [run(3, 0), run(4, 0)],
  ].map((runs) => ({ runs }));
  expect(rowAgainstOne(one, 2, two ?? { runs: [] }, single ?? { runs: [] })).toMatchObject({
    ours: 1,
    peer: 3,
    ratio: 3,
  });
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

describe('loads change nothing, and a search is told of them only by number and report', () => {
  const world: LufWorld = { ...wide, cpus: 2, pages: 2, frames: 3, tlb: 'explicit', broken: true };
  const text = generate(new Machine(lufText(world)));

  test('which are those of the steps that are left out', () => {
    const [leftOut] = comparedMoves(text);
    expect(leftOut).toBeGreaterThan(100);
  });

  test.each([
    ['a number that is lost', /still\[0\]\+\+;/g, ''],
    ['a report that nobody made', /still\[1\] \|= r;/g, 'still[1] |= 1;'],
  ])('%s is noticed', (_, place, instead) => {
    const source = text.source.replaceAll(place, instead);
    expect(source).not.toBe(text.source);
    expect(() => comparedMoves(text, source)).toThrow();
  });
});
