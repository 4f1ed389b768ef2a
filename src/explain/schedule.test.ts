import { describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { judge } from './judge.ts';
import { replaySchedule } from './replaying.ts';
import { Stepper } from './stepper.ts';

function named(id: string, of: string): [Scenario, Variant] {
  const scenario = scenarios.find((one) => one.id === id) as Scenario;
  return [scenario, scenario.variants.find((one) => one.id === of) as Variant];
}
const buddy = named('LUF-buddy', 'broken');
const STORY = 'H1S0-15S2=1--S1';

test.each([
  ['LUF-buddy', 'broken'],
  ['LUF-write2', 'v11'],
  ['LUF-arm64', 'mainline-broken'],
])('the schedule of %s:%s leads to the same steps again', (id, of) => {
  const at = named(id, of);
  const { violation } = judge(...at);
  expect(violation).toBeDefined();
  expect(replaySchedule(...at, violation?.schedule ?? '')).toEqual(violation);
});

test('a deadlock replays as one', () => {
  const found = scenarios
    .flatMap((one) => one.variants.map((variant): [Scenario, Variant] => [one, variant]))
    .find(([, variant]) => variant.expect === 'deadlock');
  if (found === undefined) throw new Error('no variant ends in a deadlock');
  const { violation } = judge(...found);
  expect(replaySchedule(...found, violation?.schedule ?? '').property).toBe('deadlock');
});

test('blanks and counts of one mean nothing', () => {
  expect(replaySchedule(...buddy, ' H1 S0-14 -1\n S2=1 -- S1 ').schedule).toBe(STORY);
});

describe('a schedule that does not replay is refused with the place', () => {
  test.each([
    ['H1S0-13S2=1--S1', 'step 19, the end of the schedule: nothing is wrong up to here'],
    ['H1S0-15S2--S1', 'step 18, S2: 2 ways for slab on CPU 2, none is named'],
    ['H1S0-15S2=3--S1', 'step 18, S2=3: 2 ways for slab on CPU 2, there is no =3'],
    ['H1S0-16S2=1--S1', 'step 18, -16: kswapd on CPU 0 cannot go on here'],
    ['H1S0-15S2=1--S1H1', 'step 21 of 22: this is already a violation (leak)'],
    ['S7', 'step 1, S7: thread 7, which there is not, cannot go on here'],
    ['--', 'step 1, -: nobody has begun yet'],
    ['S0..', "character 3: '..' is no step"],
  ])('%s', (schedule, sentence) => {
    expect(() => replaySchedule(...buddy, schedule)).toThrow(
      expect.objectContaining({ code: 'LUF-E111' }) as Error,
    );
    try {
      replaySchedule(...buddy, schedule);
    } catch (error) {
      const { where, message } = error as { where: string; message: string };
      expect(`${where}: ${message}`).toBe(sentence);
    }
  });
});

describe('stepping by hand', () => {
  test('the shortest way to a violation is as long as the one that was searched for', () => {
    const stepper = new Stepper(...buddy);
    const reached = stepper.how(['leak']);
    expect(reached.kind === 'way' && reached.steps.length).toBe(21);
    expect(stepper.taken).toEqual([]);
    for (const action of reached.kind === 'way' ? reached.actions : []) stepper.take(action);
    expect(stepper.ending()).toBe('violated');
    expect(stepper.enabled()).toEqual([]);
    expect(replaySchedule(...buddy, stepper.schedule).property).toBe('leak');
  });

  test('undo leads back to the same choices', () => {
    const stepper = new Stepper(...buddy);
    const before = stepper.enabled();
    for (let i = 0; i < 5; i++) stepper.take(stepper.enabled()[0]?.step.action ?? -1);
    expect(stepper.undo(5)).toBe(5);
    expect(stepper.enabled()).toEqual(before);
    expect(stepper.undo()).toBe(0);
  });

  test('what cannot be reached is said to be so, and what has no name too', () => {
    const stepper = new Stepper(...named('LUF-buddy', 'repaired'));
    expect(stepper.how(['leak']).kind).toBe('never');
    expect(stepper.how(['no', 'such', 'step'])).toEqual({ kind: 'unknown' });
  });

  test('a finished run, and one in which all are stuck, end as such', () => {
    const stepper = new Stepper(...named('LUF-buddy', 'immediate'));
    for (let i = 0; stepper.ending() === undefined && i < 500; i++) {
      const way = stepper.enabled().find((one) => one.step.who !== 'hardware');
      stepper.take(way?.step.action ?? -1);
    }
    expect(stepper.ending()).toBe('finished');
  });
});
