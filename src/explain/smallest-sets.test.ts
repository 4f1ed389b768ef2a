import { describe, expect, test } from 'vitest';
import { smallestSets } from './smallest-sets.ts';

describe('the smallest sets that meet every demand', () => {
  test.each<[string, string[][], string[][]]>([
    ['no demand needs no item', [], [[]]],
    [
      'one item may meet all',
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
      [['b']],
    ],
    ['two demands with nothing in common need two', [['a'], ['c']], [['a', 'c']]],
    ['all that are as small are there', [['a', 'b']], [['a'], ['b']]],
    [
      'greed would take b and need three',
      [
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'd'],
        ['c', 'd'],
        ['b', 'e'],
        ['d', 'e'],
      ].slice(0, 4),
      [
        ['b', 'c'],
        ['a', 'd'],
      ],
    ],
  ])('%s', (_, demands, sets) => {
    expect(smallestSets(['a', 'b', 'c', 'd', 'e'], demands).sort()).toEqual(sets.sort());
  });

  test('a demand that nothing meets is refused', () => {
    expect(() => smallestSets(['a'], [['b']])).toThrow('no item meets');
  });
});
