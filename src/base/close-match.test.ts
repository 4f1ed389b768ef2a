import { expect, test } from 'vitest';
import { closeMatches, distance } from './close-match.ts';

test('one slip of the finger is one edit', () => {
  expect(distance('check', 'check')).toBe(0);
  expect(distance('chek', 'check')).toBe(1);
  expect(distance('hceck', 'check')).toBe(1);
  expect(distance('', 'list')).toBe(4);
});

test('offers what was meant, nearest first, and nothing far-fetched', () => {
  const known = ['LUF-write2', 'LUF-munmap', 'LUF-buddy'];
  expect(closeMatches('luf-writ2', known)).toEqual(['LUF-write2']);
  expect(closeMatches('munmap', known)).toEqual(['LUF-munmap']);
  expect(closeMatches('mainline', known)).toEqual([]);
  expect(closeMatches('LUF', known)).toHaveLength(3);
});
