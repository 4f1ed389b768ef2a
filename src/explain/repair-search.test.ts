import { expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { flushBefore } from './flush-here.ts';
import { judge } from './judge.ts';
import { searchRepairs } from './repair-search.ts';

const buddy = scenarios.find((one) => one.id === 'LUF-buddy') as Scenario;
const broken = buddy.variants.find((one) => one.id === 'broken') as Variant;
const verdict = judge(buddy, broken);
const { violation } = verdict;

test('the flush point that was taken away is found, and flushes from the emptied entry to the new owner', () => {
  if (violation === undefined) throw new Error('holds');
  const run = searchRepairs({ ...verdict, violation });
  let next = run.next(true);
  while (next.done !== true) next = run.next(true);
  const { points, flushes, bounded } = next.value;
  expect(bounded).toBe(0);
  expect(points).toEqual([{ points: ['prep_new_page'], states: 1_235 }]);
  expect(flushes.map(({ who, steps, wider }) => [who, steps[0], steps.at(-1), wider])).toEqual([
    // The entry goes at step 5, the frame has its new owner at 19, and foreign bytes at 20.
    ['kswapd', 6, 14, undefined],
    ['kswapd', 15, 15, 'try_to_unmap_flush'],
    ['kswapd', 16, 17, undefined],
    ['slab', 19, 20, undefined],
  ]);
});

test('a flush before the entry is emptied mends nothing, nor does one that is in the way of nobody', () => {
  const place = (n: number) => violation?.steps[n - 1] ?? { label: '', stack: [] };
  const withFlush = (who: string, n: number): Variant => ({
    ...broken,
    threads: buddy.threads.map((one) => (one.name === who ? flushBefore(one, place(n)) : one)),
  });
  expect(judge(buddy, withFlush('kswapd', 17)).result.verdict).toBe('holds');
  expect(judge(buddy, withFlush('kswapd', 5)).result.verdict).toBe('violated');
  expect(judge(buddy, withFlush('reader', 21)).result.verdict).not.toBe('holds');
});
