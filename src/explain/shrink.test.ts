import { describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { place, thread } from '../catalogue/places.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import { cutName, cutsNamed, without } from './cuts.ts';
import { judge } from './judge.ts';
import { replayStory } from './replay-story.ts';
import { replaySchedule } from './replaying.ts';
import { type Shrunk, shrinking } from './shrink.ts';
import { storyOf } from './story.ts';

const buddy = scenarios.find((one) => one.id === 'LUF-buddy') as Scenario;
const broken = buddy.variants.find((one) => one.id === 'broken') as Variant;

type Thread = (typeof buddy.threads)[number];

function shrink(scenario: Scenario, variant: Variant): Shrunk {
  const run = shrinking(judge(scenario, variant));
  for (;;) {
    const { done, value } = run.next(true);
    if (done === true) return value;
  }
}

// A process of its own on a CPU of its own, with a file of its own; a second load; a frame too many.
const padded: Scenario = {
  ...buddy,
  world: { cpus: 4, mms: 2, vas: 1, frames: 4, slots: 2 },
  setup: {
    vmas: [
      ...buddy.setup.vmas,
      { mm: 1, va: 0, file: 1, writable: false, shared: true, present: 'read-only' },
    ],
    cached: [0, 1],
    loaded: [null, 0, null, 1],
  },
  threads: [
    buddy.threads[0] as (typeof buddy.threads)[number],
    thread('reader', 1, (k, cpu) => [
      load(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('slab', 2, (k) => [new_slab(k, {})]),
    thread('bystander', 3, (k, cpu) => [load(k, { cpu, ...place(1, 0) })]),
  ],
};

describe('a padded scenario', () => {
  const { cuts, verdict } = shrink(padded, broken);

  test('comes back to its core', () => {
    const { threads = [], world } = verdict.variant;
    expect(threads.map(({ name }) => name)).toEqual(['kswapd', 'reader', 'slab']);
    expect(world).toMatchObject({ cpus: 3, mms: 1, slots: 1 });
    expect(cuts.map(cutName)).toContain('thread:bystander');
    expect(cuts.filter(({ kind }) => kind === 'call')).toHaveLength(1);
  });

  test('goes wrong as before, in what the names of the cuts lead to', () => {
    const before = judge(padded, broken);
    if (before.violation === undefined || verdict.violation === undefined) throw new Error('holds');
    expect(storyOf(verdict, verdict.violation).title).toBe(storyOf(before, before.violation).title);
    const again = without(padded, broken, cutsNamed(cuts.map(cutName).join()));
    const replayed = replaySchedule(padded, again, verdict.violation.schedule);
    expect(replayed.property).toBe('leak');
    const named = { scenario: padded.id, variant: broken.id, from: [padded] };
    const { schedule } = verdict.violation;
    const story = replayStory({ ...named, cut: cuts.map(cutName).join(), schedule });
    expect(story.property).toBe('leak');
    // The same schedule in the whole scenario is another one.
    expect(() => replayStory({ ...named, schedule })).toThrow();
    expect(verdict.result.states).toBeLessThan(before.result.states / 10);
  });

  test('nothing more can go', () => {
    const { scenario, variant } = verdict;
    expect(shrink(scenario, variant).cuts).toEqual([]);
  });
});

const [kswapd, reader, slab] = buddy.threads as [Thread, Thread, Thread];
const elsewhere = { mm: 0, va: 1, file: 1, writable: false, shared: true, present: 'read-only' };

/** The scenario with more in it; `of`: what its world has more of. */
function withMore(of: Partial<Scenario>): Scenario {
  return { ...buddy, ...of };
}

const pads: readonly (readonly [string, Scenario])[] = [
  [
    'a second reader of the page, on a CPU of its own',
    withMore({
      world: { ...buddy.world, cpus: 4 },
      setup: { ...buddy.setup, loaded: [null, 0, null, 0] },
      threads: [
        kswapd,
        reader,
        slab,
        thread('other', 3, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
      ],
    }),
  ],
  [
    'another page of another file, which the reader loads first',
    withMore({
      world: { ...buddy.world, vas: 2, frames: 3, slots: 2 },
      setup: {
        ...buddy.setup,
        vmas: [...buddy.setup.vmas, elsewhere as (typeof buddy.setup.vmas)[number]],
        cached: [0, 1],
      },
      threads: [
        kswapd,
        thread('reader', 1, (k, cpu) => [
          load(k, { cpu, ...place(0, 1) }),
          load(k, { cpu, ...place(0, 0) }),
        ]),
        slab,
      ],
    }),
  ],
  [
    'somebody else who takes memory, and two frames too many',
    withMore({
      world: { ...buddy.world, cpus: 4, frames: 4 },
      setup: { ...buddy.setup, loaded: [null, 0, null, null] },
      threads: [kswapd, reader, slab, thread('greedy', 3, (k) => [new_slab(k, {})])],
    }),
  ],
];

test.each(pads)('padded with %s, the core is the same', (_, scenario) => {
  const core = shrink(buddy, broken).verdict;
  const { verdict, cuts } = shrink(scenario, broken);
  expect(cuts.length).toBeGreaterThan(0);
  expect(verdict.variant.threads?.map(({ name }) => name).sort()).toEqual([
    'kswapd',
    'reader',
    'slab',
  ]);
  expect(verdict.variant.world).toEqual(core.variant.world);
  expect(verdict.result.states).toBe(core.result.states);
  expect(verdict.violation?.steps.map(({ label }) => label)).toEqual(
    core.violation?.steps.map(({ label }) => label),
  );
});

test('what is not there, or in use, cannot be left out', () => {
  for (const name of ['thread:nobody', 'vma:3.0', 'cpu', 'slot']) {
    expect(() => without(buddy, broken, cutsNamed(name))).toThrow('not there, or is in use');
  }
  expect(() => cutsNamed('half a frame')).toThrow('names no part');
});
