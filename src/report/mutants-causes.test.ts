import { expect, test } from 'vitest';
import type { Mutant } from '../explain/mutants/score.ts';
import type { MutantAnswer } from '../explain/mutants/trial.ts';
import { causeCounts, causeOf } from './mutants-causes.ts';
import { survivor } from './testing/survivor.ts';

function mutant(answer: Partial<MutantAnswer>, operator = 'swap', unexplored = 0): Mutant {
  return survivor(answer, { operator, unexplored });
}

test('a cause is what differs nearest to a program', () => {
  const cause = (answer: Partial<MutantAnswer>, unexplored = 0): unknown =>
    causeOf(mutant(answer, 'swap', unexplored));
  expect(cause({ outcome: 'truth' })).toBe(undefined);
  expect(cause({ reaching: 0, whole: 0 })).toBe('unreached');
  expect(cause({ reaching: 0, whole: 0 }, 1)).toBe('partly');
  expect(cause({ alike: 2 })).toBe('same');
  expect(cause({ different: [] })).toBe('order');
  expect(cause({ different: ['luf_ugen', 'mmap_lock.readers'] })).toBe('records');
  expect(cause({ different: ['luf_ugen', 'pte.frame'] })).toBe('entries');
  expect(cause({ different: ['pte.frame', 'tlb.frame'] })).toBe('reached');
});

test('what a bound left is counted apart', () => {
  const some = [
    mutant({ different: ['pte.frame'] }),
    mutant({ different: ['pte.frame'], left: 1 }, 'drop'),
    mutant({ different: ['pte_dirty.bit'] }, 'drop', 1),
    mutant({ outcome: 'equivalent', alike: 2 }),
  ];
  expect(causeCounts(some)).toEqual([
    {
      cause: 'entries',
      decided: 1,
      open: 2,
      most: [
        ['drop', 2],
        ['swap', 1],
      ],
    },
  ]);
});
